import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8 } from '../../src/lib/bytes.ts';
import { buildSanitized } from '../agent/native-agent.ts';

const FrameType = { start: 1, stdin: 2, signal: 3, resize: 4, stdout: 5, stderr: 6, exit: 7, raw: 8, read: 9 };

const path = buildSanitized(new URL('./', import.meta.url));

let directory: string;
let server: Server;
let engine: FakeEngine;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'drydock-stub-'));
  server = createServer((socket) => engine.connected(socket));
  engine = new FakeEngine();
  await new Promise<void>((resolve) => server.listen(join(directory, 'cli.sock'), resolve));
});

afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The worker's side: frames in, frames out. */
class FakeEngine {
  socket!: Socket;
  readonly #frames: { type: number; payload: Uint8Array }[] = [];
  #buffer = Buffer.alloc(0);
  #wake: () => void = () => {};

  connected(socket: Socket): void {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, bytes]);
      while (this.#buffer.length >= 5 && this.#buffer.length >= 5 + this.#buffer.readUInt32LE()) {
        const end = 5 + this.#buffer.readUInt32LE();
        this.#frames.push({ type: this.#buffer[4]!, payload: this.#buffer.subarray(5, end) });
        this.#buffer = this.#buffer.subarray(end);
      }
      this.#wake();
    });
  }

  async next(): Promise<{ type: number; payload: Uint8Array }> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#frames.shift()!;
  }

  send(type: number, payload: Uint8Array | string = ''): void {
    const bytes = typeof payload === 'string' ? encodeUtf8(payload) : payload;
    this.socket.write(new ByteWriter(5 + bytes.length).u32(bytes.length).u8(type).bytes(bytes).finish());
  }

  exit(code: number): void {
    this.send(FrameType.exit, Uint8Array.of(code));
  }

  wantInput(count: number): void {
    this.send(FrameType.read, new ByteWriter(4).u32(count).finish());
  }

  async start() {
    const { type, payload } = await this.next();
    expect(type).toBe(FrameType.start);
    const reader = new ByteReader(payload);
    const string = (): string => decodeUtf8(reader.bytes(reader.u32()));
    const strings = (): string[] => Array.from({ length: reader.u32() }, string);
    return {
      argv: strings(),
      env: strings(),
      cwd: string(),
      tty: reader.u8(),
      rows: reader.u16(),
      columns: reader.u16(),
      rest: reader.remaining,
    };
  }
}

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function run(command: string, args: string[], options: { argv0?: string; env?: Record<string, string> } = {}) {
  const child: ChildProcess = spawn(command, args, {
    cwd: directory,
    stdio: 'pipe',
    argv0: options.argv0,
    env: options.env ?? {},
  });
  const outcome = new Promise<Outcome>((resolve) => {
    let stdout = '';
    let stderr = '';
    child.stdout!.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr!.on('data', (text: Buffer) => (stderr += text.toString()));
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, outcome };
}

/** Runs a shell command on a terminal of its own. */
const onTerminal = (command: string) =>
  run('/usr/bin/script', ['-qec', command, '/dev/null'], { env: { PATH: '/usr/bin:/bin', SHELL: '/bin/sh' } });

describe('the docker stub', () => {
  it('says who called it, and ends with the code it is told', async () => {
    const { outcome } = run(path, ['run', '', 'büsy box'], { argv0: 'xray', env: { A: 'b', EMPTY: '' } });
    expect(await engine.start()).toEqual({
      argv: ['xray', 'run', '', 'büsy box'],
      env: ['A=b', 'EMPTY='],
      cwd: directory,
      tty: 0,
      rows: 0,
      columns: 0,
      rest: 0,
    });
    engine.send(FrameType.stdout, 'out');
    engine.send(FrameType.stderr, 'err');
    engine.send(FrameType.stdout);
    engine.exit(125);
    expect(await outcome).toEqual({ code: 125, signal: null, stdout: 'out', stderr: 'err' });
  });

  it('writes everything out, however the frames arrive', async () => {
    const { outcome } = run(path, []);
    await engine.start();
    const text = Array.from({ length: 60_000 }, (_, i) => `${i}\n`).join('');
    const frames = new ByteWriter(text.length * 2);
    for (let at = 0, size = 0; at < text.length; at += size, size = (size * 5 + 1) % 40_000) {
      frames
        .u32(Math.min(size, text.length - at))
        .u8(FrameType.stdout)
        .bytes(encodeUtf8(text.slice(at, at + size)));
    }
    const bytes = frames.u32(1).u8(FrameType.exit).u8(0).finish();
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 10_007) {
      engine.socket.write(bytes.subarray(at, at + size));
    }
    const { code, stdout } = await outcome;
    expect(code).toBe(0);
    expect(stdout === text).toBe(true);
  });

  it('reads input only when it is asked for, and tells its end', async () => {
    const { child, outcome } = run(path, []);
    await engine.start();
    child.stdin!.end('0123456789');
    engine.wantInput(4);
    expect(await engine.next()).toMatchObject({ type: FrameType.stdin, payload: Buffer.from('0123') });
    engine.wantInput(100);
    expect(await engine.next()).toMatchObject({ type: FrameType.stdin, payload: Buffer.from('456789') });
    expect(await engine.next()).toMatchObject({ type: FrameType.stdin, payload: Buffer.alloc(0) });
    engine.exit(0);
    expect((await outcome).code).toBe(0);
  });

  it('leaves input alone that nobody asked for', async () => {
    const { child, outcome } = run('/bin/sh', ['-c', `${path}; cat`]);
    await engine.start();
    child.stdin!.end('for cat');
    engine.exit(0);
    expect(await outcome).toMatchObject({ code: 0, stdout: 'for cat' });
  });

  it('forwards signals, while output waits for its reader too', async () => {
    const { child, outcome } = run(path, []);
    await engine.start();
    child.stdout!.pause();
    for (let i = 0; i < 40; i++) engine.send(FrameType.stdout, 'x'.repeat(50_000));
    for (const [name, number] of [
      ['SIGINT', 2],
      ['SIGTERM', 15],
      ['SIGHUP', 1],
      ['SIGQUIT', 3],
      ['SIGUSR1', 10],
    ] as const) {
      child.kill(name);
      expect(await engine.next()).toMatchObject({ type: FrameType.signal, payload: Buffer.of(number) });
    }
    child.stdout!.resume();
    engine.exit(130);
    const { code, stdout } = await outcome;
    expect([code, stdout.length]).toEqual([130, 2_000_000]);
  });

  it('ends like any program whose output nobody reads', async () => {
    const { outcome } = run('/bin/bash', ['-c', `${path} | true; echo "\${PIPESTATUS[0]}"`]);
    await engine.start();
    const flood = setInterval(() => engine.send(FrameType.stdout, 'x'.repeat(10_000)), 5);
    const { stdout } = await outcome;
    clearInterval(flood);
    expect(stdout).toBe('141\n');
  });

  it('says that there is no engine, in the words of docker', async () => {
    server.close();
    const { outcome } = run(path, ['ps']);
    expect(await outcome).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
    });
  });

  it('says that the engine went away', async () => {
    const { outcome } = run(path, ['ps']);
    await engine.start();
    engine.socket.destroy();
    expect(await outcome).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the connection to the Docker daemon was closed'),
    });
  });
});

describe('on a terminal, the docker stub', () => {
  const modeOf = (pid: number): string =>
    execFileSync('stty', ['-a', '-F', readlinkSync(`/proc/${pid}/fd/0`)], { encoding: 'utf8' });
  /** The stub that was started with this test's directory as its argument. */
  const stubPid = (): number => Number(execFileSync('pgrep', ['-f', `^${path} ${directory}`], { encoding: 'utf8' }));
  const untilRaw = async (): Promise<void> => {
    while (!/ -icanon .* -echo /s.test(modeOf(stubPid()))) await new Promise((resolve) => setTimeout(resolve, 1));
  };

  it('makes it raw on demand and restores it when it ends', async () => {
    const { child, outcome } = onTerminal(`stty rows 24 cols 80; ${path} ${directory}; stty -a`);
    expect(await engine.start()).toMatchObject({ tty: 7, rows: 24, columns: 80 });
    engine.send(FrameType.raw, Uint8Array.of(1));
    await untilRaw();
    engine.wantInput(100);
    child.stdin!.write('\x03');
    expect(await engine.next()).toMatchObject({ type: FrameType.stdin, payload: Buffer.of(3) });
    engine.exit(0);
    child.stdin!.end();
    expect((await outcome).stdout).toMatch(/ icanon .* echo /s);
  });

  it('restores it when the engine goes away', async () => {
    const { child, outcome } = onTerminal(`${path} ${directory}; stty -a`);
    await engine.start();
    engine.send(FrameType.raw, Uint8Array.of(1));
    await untilRaw();
    engine.socket.destroy();
    child.stdin!.end();
    expect((await outcome).stdout).toMatch(/ icanon .* echo /s);
  });

  it('tells the new size of its window', async () => {
    const { outcome, child } = onTerminal(`${path} ${directory}`);
    await engine.start();
    execFileSync('stty', ['-F', readlinkSync(`/proc/${stubPid()}/fd/0`), 'rows', '50', 'cols', '132']);
    // stty sets rows and columns one after the other.
    for (let size = [0, 0]; size[1] !== 132;) {
      const { type, payload } = await engine.next();
      expect(type).toBe(FrameType.resize);
      size = [payload[0]!, payload[2]!];
      expect(size[0]).toBe(50);
    }
    engine.exit(0);
    child.stdin!.end();
    await outcome;
  });
});
