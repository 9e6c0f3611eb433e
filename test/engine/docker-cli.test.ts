import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { has, ServedGuest } from './support/served-guest.ts';
import { Transcript } from './support/transcript.ts';

const available = has('docker', '--version');
if (!available) console.warn('docker-cli.test.ts: skipped, there is no docker CLI on this machine');
const terminals = available && has('script', '--version');
if (available && !terminals)
  console.warn('docker-cli.test.ts: terminals are skipped, there is no script(1) on this machine');

let served: ServedGuest;

beforeAll(async () => {
  if (available) served = await ServedGuest.start(['busybox', 'ubuntu']);
});

afterAll(() => served?.stop());

/** The real docker CLI as a process. */
class RealDocker {
  readonly stdout = new Transcript();
  readonly stderr = new Transcript();
  readonly exitCode: Promise<number>;
  readonly #process: ChildProcess;

  constructor(command: string, args: readonly string[]) {
    const env = {
      ...process.env,
      DOCKER_HOST: `unix://${served.socketPath}`,
      DOCKER_CLI_HINTS: 'false',
      TERM: 'xterm',
    };
    this.#process = spawn(command, args, { env, timeout: 50_000 });
    this.#process.stdout!.on('data', (bytes: Uint8Array) => this.stdout.add(bytes));
    this.#process.stderr!.on('data', (bytes: Uint8Array) => this.stderr.add(bytes));
    this.exitCode = new Promise((resolve) =>
      this.#process.once('close', (code) => {
        this.stdout.end();
        this.stderr.end();
        resolve(code ?? -1);
      }),
    );
  }

  static run(...args: readonly string[]): RealDocker {
    return new RealDocker('docker', args);
  }

  /** With a terminal of its own. */
  static inTerminal(...args: readonly string[]): RealDocker {
    return new RealDocker('script', ['-qec', `stty cols 90 rows 30; docker ${args.join(' ')}`, '/dev/null']);
  }

  type(text: string): void {
    this.#process.stdin!.write(text);
  }

  endInput(): void {
    this.#process.stdin!.end();
  }

  interrupt(): void {
    this.#process.kill('SIGINT');
  }
}

async function docker(...args: readonly string[]): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const command = RealDocker.run(...args);
  command.endInput();
  const exitCode = await command.exitCode;
  return { stdout: command.stdout.text, stderr: command.stderr.text, exitCode };
}

describe.skipIf(!available)('the real docker CLI', () => {
  it('runs hello-world', async () => {
    const { stdout, stderr, exitCode } = await docker('run', '--rm', 'hello-world');
    expect(stderr).toMatch(
      /^Unable to find image 'hello-world:latest' locally\n[^]*Status: Downloaded newer image for hello-world:latest\n$/,
    );
    expect(stdout.trimStart()).toMatch(/^Hello from Docker!\n/);
    expect(exitCode).toBe(0);
  });

  it('gets output, errors, exit codes and input through', async () => {
    expect(await docker('run', '--rm', 'busybox', 'sh', '-c', 'echo o; echo e >&2; exit 4')).toEqual({
      stdout: 'o\n',
      stderr: 'e\n',
      exitCode: 4,
    });
    expect((await docker('run', '--rm', 'busybox', 'nosuch')).exitCode).toBe(127);
    expect((await docker('run', '--rm', 'busybox', '/etc')).exitCode).toBe(126);
    expect((await docker('run', '--rm', '-m', '1m', 'busybox', 'true')).exitCode).toBe(125);
    const cat = RealDocker.run('run', '--rm', '-i', 'busybox', 'cat');
    cat.type('through and through\n');
    cat.endInput();
    expect(await cat.exitCode).toBe(0);
    expect(cat.stdout.text).toBe('through and through\n');
  });

  it('follows logs, lists and inspects', async () => {
    const { stdout: id } = await docker(
      'run',
      '-d',
      '--name',
      'talker',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3; do echo $i; sleep 0.1; done; sleep 1000',
    );
    const logs = RealDocker.run('logs', '-f', 'talker');
    await logs.stdout.waitFor('1\n2\n3\n');
    expect((await docker('ps', '--format', '{{.ID}} {{.Image}} {{.Names}} {{.State}}')).stdout).toBe(
      `${id.slice(0, 12)} busybox talker running\n`,
    );
    expect((await docker('ps')).stdout).toMatch(
      /^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES\n[^\n]* talker\n$/,
    );
    expect(
      (
        await docker(
          'inspect',
          '-f',
          '{{.State.Status}} {{.HostConfig.NetworkMode}} {{.NetworkSettings.Gateway}}',
          'talker',
        )
      ).stdout,
    ).toBe('running bridge 172.17.0.1\n');
    expect(await docker('exec', 'talker', 'sh', '-c', 'hostname; exit 6')).toMatchObject({
      stdout: `${id.slice(0, 12)}\n`,
      exitCode: 6,
    });
    expect((await docker('rm', '-f', 'talker')).stdout).toBe('talker\n');
    expect(await logs.exitCode).toBe(0);
  });

  it('copies files in and out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-cp-'));
    try {
      const file = join(folder, 'in');
      writeFileSync(file, 'carried', { mode: 0o640 });
      await docker(
        'create',
        '--name',
        'copied',
        'busybox',
        'sh',
        '-c',
        'stat -c "%a %s" /etc/in; mkdir /out; ln -s in /out/link',
      );
      expect(await docker('cp', file, 'copied:/etc/')).toMatchObject({ stdout: '', exitCode: 0 });
      expect((await docker('start', '-a', 'copied')).stdout).toBe('640 7\n');
      expect(await docker('cp', 'copied:/etc/in', join(folder, 'out'))).toMatchObject({ stdout: '', exitCode: 0 });
      expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('carried');
      await docker('cp', 'copied:/out', join(folder, 'out-directory'));
      expect(readlinkSync(join(folder, 'out-directory', 'link'))).toBe('in');
      const { stderr, exitCode } = await docker('cp', 'copied:/nosuch', folder);
      expect(stderr).toBe('Error response from daemon: Could not find the file /nosuch in container copied\n');
      expect(exitCode).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
      await docker('rm', '-f', 'copied');
    }
  });

  it('knows the engine', async () => {
    expect((await docker('version', '--format', '{{.Server.Os}}/{{.Server.Arch}}')).stdout).toBe('linux/386\n');
    const info = await docker('info');
    expect(info.exitCode).toBe(0);
    expect(info.stdout).toContain(' Storage Driver: overlay2\n');
    expect((await docker('images', '--format', '{{.Repository}}:{{.Tag}}')).stdout.split('\n')).toContain(
      'ubuntu:latest',
    );
    expect(
      (await docker('events', '--since', '1h', '--until', '0s', '--filter', 'event=destroy', '--format', '{{.Action}}'))
        .stdout,
    ).toContain('destroy\n');
  });

  it.skipIf(!terminals)('gives bash a terminal, and another one with exec', async () => {
    const terminal = RealDocker.inTerminal('run', '-it', '--rm', '--name', 'box', 'ubuntu', 'bash');
    await terminal.stdout.waitFor(/root@[0-9a-f]{12}:\/# /);
    terminal.type('stty size; id -un\r');
    await terminal.stdout.waitFor(/30 90\r\nroot\r\n/);
    const second = RealDocker.inTerminal('exec', '-it', 'box', 'sh');
    await second.stdout.waitFor('# ');
    second.type('tty; cat /proc/1/comm; exit 7\r');
    await second.stdout.waitFor(/\/dev\/pts\/\d+\r\nbash\r\n/);
    expect(await second.exitCode).toBe(7);
    terminal.type('exit 5\r');
    expect(await terminal.exitCode).toBe(5);
  });

  it('passes signals on, or keeps them', async () => {
    const trap = 'trap "echo caught; exit 3" INT; echo ready; while :; do sleep 0.1; done';
    const proxied = RealDocker.run('run', '--name', 'signalled', 'busybox', 'sh', '-c', trap);
    await proxied.stdout.waitFor('ready\n');
    proxied.interrupt();
    await proxied.stdout.waitFor('caught\n');
    expect(await proxied.exitCode).toBe(3);

    await docker('start', 'signalled');
    const kept = RealDocker.run('attach', '--sig-proxy=false', 'signalled');
    await expect.poll(async () => (await docker('logs', 'signalled')).stdout).toBe('ready\ncaught\nready\n');
    kept.interrupt();
    expect((await docker('inspect', '-f', '{{.State.Running}}', 'signalled')).stdout).toBe('true\n');
    await docker('rm', '-f', 'signalled');
    expect(await kept.exitCode).toBe(137);
    expect(kept.stdout.text).toBe('');
  });

  it.skipIf(!terminals)('lets go of a container at its detach keys', async () => {
    const first = RealDocker.inTerminal('run', '-it', '--name', 'left', '--detach-keys', 'ctrl-x,q', 'busybox', 'sh');
    await first.stdout.waitFor('/ # ');
    first.type('\x18q');
    expect(await first.exitCode).toBe(0);
    expect((await docker('inspect', '-f', '{{.State.Running}}', 'left')).stdout).toBe('true\n');
    const second = RealDocker.inTerminal('attach', 'left');
    second.type('echo again\r');
    await second.stdout.waitFor(/again\r\nagain\r\n/);
    second.type('\x10\x11');
    expect(await second.stdout.waitFor('read escape sequence')).toBeDefined();
    expect(await second.exitCode).toBe(1);
    await docker('rm', '-f', 'left');
  });
});
