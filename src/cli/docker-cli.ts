import type { Ping } from '../api/system.ts';
import { apiVersion } from '../client/transport.ts';
import { EngineClient } from '../client/engine-client.ts';
import { encodeUtf8 } from '../lib/bytes.ts';
import { currentContext, type Asked } from './endpoint.ts';
import type { CliIo } from './io.ts';
import { configFolder, readSettings, type Settings } from './settings.ts';

interface CliOptions extends Partial<Asked> {
  readonly debug?: boolean;
  readonly config?: string;
}

/** What a command works with: the world it sees, the engine, and what ends it early. */
export class DockerCli {
  readonly io: CliIo;
  readonly client: EngineClient;
  /** Aborted by the first SIGINT or SIGTERM. A command that forwards signals does without. */
  readonly signal: AbortSignal;
  readonly debug: boolean;
  /** The folder of the client's own files. */
  readonly folder: string;
  readonly asked: Asked;
  readonly #started = Date.now();
  #settings: Promise<Settings> | undefined;

  /** `config` is another folder for the client's files. */
  constructor(
    io: CliIo,
    signal: AbortSignal,
    { debug = false, config = '', hosts = [], context = '' }: CliOptions = {},
  ) {
    this.io = io;
    this.signal = signal;
    this.debug = debug;
    this.folder = configFolder(io, config);
    this.asked = { hosts, context };
    this.client = new EngineClient({
      dial: io.dial,
      host: io.host,
      version: io.env['DOCKER_API_VERSION']?.replace(/^v/, '') || undefined,
      headers: async () => (await this.settings()).HttpHeaders ?? {},
    });
  }

  /** What the user has set; read once. */
  settings(): Promise<Settings> {
    this.#settings ??= readSettings(this.io, this.folder).then(async ({ settings, warning }) => {
      if (warning !== undefined) await this.printError(warning);
      return settings;
    });
    return this.#settings;
  }

  /** The context in use. */
  async contextName(): Promise<string> {
    return currentContext(this.asked, this.io.env, await this.settings());
  }

  /** The keys that detach: those given, or set once for all. */
  async detachKeys(given: string): Promise<string> {
    return given || ((await this.settings()).detachKeys ?? '');
  }

  /** Writes to stdout. */
  print(text: string): Promise<void> {
    return this.io.stdout.write(encodeUtf8(text));
  }

  /** Writes to stderr. */
  printError(text: string): Promise<void> {
    return this.io.stderr.write(encodeUtf8(text));
  }

  /** What the engine says of itself; Docker's defaults when it cannot be reached. */
  engine(): Promise<Ping> {
    return this.client
      .engine()
      .catch(() => ({ apiVersion, osType: '', experimental: true, builderVersion: '', swarm: '' }));
  }

  /** A line of the CLI's own log, as logrus writes it on a terminal and elsewhere. */
  async log(level: 'debug' | 'warning' | 'error', message: string): Promise<void> {
    if (level === 'debug' && !this.debug) return;
    const now = new Date();
    if (this.io.stderr.isTty) {
      const [name, colour] = { debug: ['DEBU', 37], warning: ['WARN', 33], error: ['ERRO', 31] }[level] as [
        string,
        number,
      ];
      const seconds = Math.trunc((now.getTime() - this.#started) / 1000);
      await this.printError(`\x1b[${colour}m${name}\x1b[0m[${String(seconds).padStart(4, '0')}] ${message} \n`);
    } else {
      const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
      await this.printError(`time="${time}" level=${level} msg=${JSON.stringify(message)}\n`);
    }
  }

  /** Refuses to use input that is no terminal as one. */
  checkTty(attachStdin: boolean, tty: boolean): void {
    if (tty && attachStdin && !this.io.stdin.isTty) throw new Error('the input device is not a TTY');
  }
}
