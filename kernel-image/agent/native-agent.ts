/** Runs the agent on the machine at hand, with sanitizers, and connects a Channel to it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Channel } from '../../src/guest/channel.ts';
import type { Program } from '../../src/guest/program.ts';
import type { ProgramResult } from '../../src/guest/results.ts';
import { GuestError } from '../../src/guest/results.ts';

const built = new URL('../../build/native/', import.meta.url);

/**
 * Builds a folder's C program with its build-sanitized.sh, unless that was done before, and returns the program's path.
 * @param args further arguments of the script.
 */
export function buildSanitized(folder: URL, ...args: string[]): string {
  const hash = createHash('sha256').update(args.join('\0'));
  for (const name of readdirSync(folder)
    .filter((name) => /\.(c|h|sh)$/.test(name))
    .sort()) {
    hash.update(name).update(readFileSync(new URL(name, folder)));
  }
  const path = fileURLToPath(new URL(hash.digest('hex').slice(0, 16), built));
  if (existsSync(path)) return path;
  mkdirSync(built, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  execFileSync(fileURLToPath(new URL('build-sanitized.sh', folder)), [unfinished, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(unfinished, path);
  return path;
}

export interface NativeAgent {
  readonly channel: Channel;
  readonly process: ChildProcess;
  /** The raw connection, for frames no Channel would send. */
  readonly socket: Socket;
  /** Runs a program and gives its result even when it failed. */
  attempt(program: Program): Promise<ProgramResult>;
  /** What it wrote to its log, the sanitizers' findings included. */
  log(): string;
  /** The descriptors it has open now. */
  openFds(): string[];
  /** Ends it as a lost channel does, and gives its exit code: 0 unless a sanitizer found something. */
  stop(): Promise<number | null>;
}

/** @param options uid and gid to run as; more options for AddressSanitizer. */
export function startNativeAgent(options: { uid?: number; gid?: number; asan?: string } = {}): NativeAgent {
  const child = spawn(buildSanitized(new URL('./', import.meta.url)), ['--channel', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: { ASAN_OPTIONS: `detect_leaks=1:allocator_may_return_null=1:${options.asan ?? ''}` },
    uid: options.uid,
    gid: options.gid,
  });
  let log = '';
  child.stderr!.on('data', (text: Buffer) => (log += text.toString()));
  const socket = child.stdio[3] as Socket;
  const channel = new Channel((bytes) => void socket.write(bytes));
  socket.on('data', (bytes: Buffer) => channel.receive(new Uint8Array(bytes)));
  socket.on('error', () => {});
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  child.once('exit', () => channel.close(new Error(`the agent is gone: ${log}`)));
  return {
    channel,
    process: child,
    socket,
    attempt: (program) =>
      channel.run(program).catch((error: unknown) => {
        if (error instanceof GuestError) return error.result;
        throw error;
      }),
    log: () => log,
    openFds: () => readdirSync(`/proc/${child.pid}/fd`).sort((a, b) => Number(a) - Number(b)),
    stop: () => {
      socket.end();
      return ended;
    },
  };
}
