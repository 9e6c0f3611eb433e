// One run of `docker` (or `xray`) in the guest: the stub there lends its terminal, this gives it to the CLI.

import type { CliIo, CliOutput, TerminalSize } from '../cli/io.ts';
import type { Dial } from '../client/http.ts';
import type { CliRegistries } from '../cli/registries.ts';
import type { Channel } from '../guest/channel.ts';
import { ByteReader, ByteWriter } from '../lib/bytes.ts';
import { deferred } from '../lib/deferred.ts';
import type { Duplex } from '../lib/duplex.ts';
import { GuestFiles } from './guest-files.ts';
import { decodeStart, encodeStubFrame, readStubFrames, StubFrame, type StubMessage } from './stub-frames.ts';

/** Bytes of standard input asked of the stub at a time. */
const inputChunk = 64 * 1024;

const signalNames: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  10: 'USR1',
  12: 'USR2',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
  18: 'CONT',
  20: 'TSTP',
};

/** What a stub asks for: resolves with the exit code. `argv[0]` is the name it was called by. */
export type RunCommand = (io: CliIo, argv: readonly string[]) => Promise<number>;

/** Serves one stub until its command has ended. */
export async function serveStub(
  connection: Duplex,
  channel: Channel,
  outside: { readonly dial: Dial; readonly registries: CliRegistries },
  run: RunCommand,
): Promise<void> {
  const writer = connection.writable.getWriter();
  const send = (type: number, payload: Uint8Array): Promise<void> => writer.write(encodeStubFrame(type, payload));
  const frames = readStubFrames(connection.readable);
  const first = await frames.next();
  if (first.done || first.value.type !== StubFrame.start) {
    await writer.close().catch(() => {});
    return;
  }

  const start = decodeStart(first.value.payload);
  const session = new StubSession(send, { rows: start.rows, columns: start.columns });
  const reading = session.readFrames(frames);
  const output = (type: number, isTty: boolean): CliOutput => ({
    isTty,
    write: async (bytes) => {
      // A stub whose terminal has gone takes no more; the command ends by its signal.
      for (let at = 0; at < bytes.length; at += inputChunk) {
        await send(type, bytes.subarray(at, at + inputChunk)).catch(() => {});
      }
    },
  });
  const io: CliIo = {
    stdin: { isTty: start.tty.stdin, stream: session.stdin },
    stdout: output(StubFrame.stdout, start.tty.stdout),
    stderr: output(StubFrame.stderr, start.tty.stderr),
    env: start.env,
    cwd: start.cwd,
    files: new GuestFiles(channel, start.cwd),
    dial: outside.dial,
    registries: outside.registries,
    terminalSize: () => (start.tty.stdin || start.tty.stdout ? session.size : undefined),
    onResize: (listener) => session.onResize(listener),
    setRawMode: (on) => send(StubFrame.raw, Uint8Array.of(on ? 1 : 0)),
    onSignal: (listener) => session.onSignal(listener),
  };
  const exitCode = await run(io, start.argv);
  await send(StubFrame.exit, Uint8Array.of(exitCode & 0xff)).catch(() => {});
  await writer.close().catch(() => {});
  await reading;
}

/** What the stub sends after its start: input, signals, sizes. */
class StubSession {
  readonly stdin: ReadableStream<Uint8Array>;
  size: TerminalSize;
  readonly #resizeListeners = new Set<() => void>();
  readonly #signalListeners = new Set<(name: string) => void>();
  #input: ReadableStreamDefaultController<Uint8Array> | undefined;
  #arrived = deferred();
  #asked = 0;
  #ended = false;

  constructor(send: (type: number, payload: Uint8Array) => Promise<void>, size: TerminalSize) {
    this.size = size;
    this.stdin = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#input = controller;
        },
        pull: async () => {
          if (this.#ended) return;
          this.#arrived = deferred();
          if (this.#asked <= 0) {
            this.#asked = inputChunk;
            await send(StubFrame.read, new ByteWriter(4).u32(inputChunk).finish());
          }
          await this.#arrived.promise;
        },
      },
      { highWaterMark: 0 },
    );
  }

  async readFrames(frames: AsyncGenerator<StubMessage>): Promise<void> {
    try {
      for await (const { type, payload } of frames) this.#take(type, payload);
    } catch {
      // The connection broke: the same as a stub that is gone.
    }
    this.#end();
    // A stub that vanished without a word was killed; what it ran must not go on unattended.
    this.#signal('HUP');
  }

  onResize(listener: () => void): () => void {
    this.#resizeListeners.add(listener);
    return () => this.#resizeListeners.delete(listener);
  }

  onSignal(listener: (name: string) => void): () => void {
    this.#signalListeners.add(listener);
    return () => this.#signalListeners.delete(listener);
  }

  #take(type: number, payload: Uint8Array): void {
    if (type === StubFrame.stdin) {
      if (payload.length === 0) {
        this.#end();
        return;
      }
      this.#asked -= payload.length;
      this.#input?.enqueue(payload.slice());
      this.#arrived.resolve();
    } else if (type === StubFrame.signal) {
      this.#signal(signalNames[payload[0] ?? 0] ?? '');
    } else if (type === StubFrame.resize) {
      const reader = new ByteReader(payload);
      const rows = reader.u16();
      this.size = { rows, columns: reader.u16() };
      for (const listener of this.#resizeListeners) listener();
    }
  }

  #signal(name: string): void {
    if (name !== '') for (const listener of [...this.#signalListeners]) listener(name);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#input?.close();
    this.#arrived.resolve();
  }
}
