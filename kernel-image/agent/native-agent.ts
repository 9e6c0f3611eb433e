/** Runs the agent on the machine at hand, with sanitizers, and connects a Channel to it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Channel } from '../../src/guest/channel.ts';

/** Builds the sanitized agent into a temporary directory; returns its path and a way to remove it. */
export function buildNativeAgent(): { readonly path: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'drydock-agent-'));
  const path = join(directory, 'agent');
  execFileSync(fileURLToPath(new URL('build-sanitized.sh', import.meta.url)), [path], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { path, remove: () => rmSync(directory, { recursive: true }) };
}

export interface NativeAgent {
  readonly channel: Channel;
  readonly process: ChildProcess;
  /** The raw connection, for frames no Channel would send. */
  readonly socket: Socket;
  /** What it wrote to its log, the sanitizers' findings included. */
  readonly log: () => string;
  /** Ends it as a lost channel does, and gives its exit code (0 unless a sanitizer found something). */
  stop(): Promise<number | null>;
}

export function startNativeAgent(path: string): NativeAgent {
  const child = spawn(path, ['--channel', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ASAN_OPTIONS: 'abort_on_error=0:detect_leaks=1:allocator_may_return_null=1' },
  });
  let log = '';
  child.stderr!.on('data', (text: Buffer) => (log += text.toString()));
  const socket = child.stdio[3] as Socket;
  const channel = new Channel((bytes) => void socket.write(bytes));
  socket.on('data', (bytes: Buffer) => channel.receive(new Uint8Array(bytes)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.once('exit', () => channel.close(new Error(`the agent is gone: ${log}`)));
  return {
    channel,
    process: child,
    socket,
    log: () => log,
    stop: () => {
      socket.end();
      return ended;
    },
  };
}
