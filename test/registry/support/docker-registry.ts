// Debian's docker-registry (Distribution 2.8), started on loopback with a folder of its own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RegistrySettings {
  /** User names and passwords, for basic authentication. */
  users?: Readonly<Record<string, string>>;
  /** Asks for tokens of a token server instead. */
  token?: { realm: string; service: string; issuer: string; rootCertBundle: string };
  tls?: { certificate: string; key: string };
  /** URL of the registry this one is a pull-through cache of. */
  proxies?: string;
}

export class DockerRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly origin: string;
  readonly folder: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, host: string, origin: string, folder: string) {
    this.#process = process;
    this.host = host;
    this.origin = origin;
    this.folder = folder;
  }

  static async start(settings: RegistrySettings = {}): Promise<DockerRegistry> {
    const folder = mkdtempSync(join(tmpdir(), 'registry-'));
    const host = `127.0.0.1:${await freePort()}`;
    writeFileSync(join(folder, 'config.json'), JSON.stringify(configuration(settings, folder, host)));
    const child = spawn('docker-registry', ['serve', join(folder, 'config.json')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`docker-registry ended: ${log}`)));
    ended.catch(() => {});
    await Promise.race([ended, listening(() => log)]);
    return new DockerRegistry(child, host, `http${settings.tls ? 's' : ''}://${host}`, folder);
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill();
    await exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function configuration({ users, token, tls, proxies }: RegistrySettings, folder: string, host: string): object {
  const auth: Record<string, object> = {};
  if (users) {
    const path = join(folder, 'htpasswd');
    const lines = Object.entries(users).map(([name, password]) => `${name}:${bcrypt(password)}\n`);
    writeFileSync(path, lines.join(''));
    auth['htpasswd'] = { realm: 'test', path };
  }
  if (token) auth['token'] = { ...token, rootcertbundle: token.rootCertBundle };
  return {
    version: 0.1,
    log: { level: 'info', formatter: 'text' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: {
      addr: host,
      secret: 'test',
      ...(tls && { tls: { certificate: tls.certificate, key: tls.key } }),
    },
    ...(Object.keys(auth).length > 0 && { auth }),
    ...(proxies && { proxy: { remoteurl: proxies } }),
  };
}

/** htpasswd of the registry takes bcrypt only; Debian's perl and openssl have none, but libcrypt has. */
function bcrypt(password: string): string {
  const script = 'import crypt,sys; print(crypt.crypt(sys.argv[1], crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))';
  return execFileSync('/usr/bin/python3', ['-c', script, password], { encoding: 'utf8' }).trim();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(log: () => string): Promise<void> {
  while (!log().includes('listening on')) await new Promise((resolve) => setTimeout(resolve, 20));
}
