// The meeting point of a container's standard streams and whoever is attached to them: Docker's stream.Config.

import type { OutputStream } from '../logs/log-format.ts';

/** The host's ends of a process's streams. With a tty, `stdout` carries everything and `stderr` is absent. */
export interface ProcessStreams {
  readonly stdin?: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr?: ReadableStream<Uint8Array>;
}

/** Receives output. Awaited before more is read, so a slow reader slows the process instead of filling memory. */
export type OutputSink = (stream: OutputStream, bytes: Uint8Array) => Promise<void> | void;

export interface Attachment {
  /** Settles when the output has ended or the attachment was detached. */
  readonly closed: Promise<void>;
  detach(): void;
}

/** How long after a process's end its output may stay silent without ending, in milliseconds (moby: two seconds). */
const orphanPatience = 2000;

/** Whether `promise` settles within so many milliseconds. */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timedOut = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const settled = await Promise.race([promise.then(() => true), timedOut]);
  clearTimeout(timer);
  return settled;
}

/** Streams of one process (a container's init over all its runs, or an exec). */
export class Stdio {
  readonly #sinks = new Map<OutputSink, () => void>();
  #readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  #released = false;
  #stdin: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #input: Promise<void> = Promise.resolve();
  #connected: Promise<void>;
  #resolveConnected!: () => void;

  constructor() {
    this.#connected = new Promise((resolve) => (this.#resolveConnected = resolve));
  }

  /** Sends output to `sink` from now on, also of a process that is yet to start. */
  attachOutput(sink: OutputSink): Attachment {
    let closed!: () => void;
    const attachment = new Promise<void>((resolve) => (closed = resolve));
    const detach = (): void => {
      this.#sinks.delete(sink);
      closed();
    };
    this.#sinks.set(sink, detach);
    return { closed: attachment, detach };
  }

  /**
   * Takes the streams of a process that has just started; resolves when it has `ended` and all its output has been
   * delivered to `log` and to those attached, who are let go then: the exit code is known when they ask for it.
   */
  async connect(streams: ProcessStreams, ended: Promise<unknown>, log?: OutputSink): Promise<void> {
    this.#stdin = streams.stdin?.getWriter();
    this.#resolveConnected();
    const readers = [streams.stdout.getReader(), streams.stderr?.getReader()];
    this.#readers = readers.filter((reader) => reader !== undefined);
    let open = readers.length;
    let reading = 0;
    let received = 0;
    const pump = async (
      stream: OutputStream,
      reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
    ): Promise<void> => {
      for (;;) {
        reading++;
        const result = await reader?.read().catch(() => undefined);
        reading--;
        if (!result || result.done) break;
        received++;
        await log?.(stream, result.value);
        for (const [sink, detach] of this.#sinks) {
          try {
            const delivery = sink(stream, result.value);
            if (delivery) await delivery;
          } catch {
            // The one attached has gone; the container goes on without them, as in Docker.
            detach();
          }
        }
      }
      open--;
    };
    const drained = Promise.all([pump('stdout', readers[0]), pump('stderr', readers[1])]);
    await ended.catch(() => {});
    if (this.#released) throw new Error("the streams are another engine's");
    // A process it left behind may hold the pipes open for ever. Who is only slow to take the output is waited for.
    for (let before = -1; before !== received || reading < open;) {
      before = received;
      if (await settlesWithin(drained, orphanPatience)) break;
    }
    if (this.#released) throw new Error("the streams are another engine's");
    for (const reader of readers) reader?.cancel().catch(() => {});
    await drained;
    this.#stdin?.close().catch(() => {});
    this.#stdin = undefined;
    this.#connected = new Promise((resolve) => (this.#resolveConnected = resolve));
    for (const detach of [...this.#sinks.values()]) detach();
  }

  /** Leaves the streams to another engine, as they are: nothing that has not been delivered is lost. */
  release(): void {
    this.#released = true;
    for (const reader of this.#readers) reader.releaseLock();
    this.#stdin?.releaseLock();
    this.abandon();
  }

  /** Ends all attachments of a process that never started. */
  abandon(): void {
    for (const detach of [...this.#sinks.values()]) detach();
  }

  /**
   * Copies `source` to the process's standard input, waiting for the process to start first. `closeAtEnd` closes the
   * process's input when the source ends (StdinOnce).
   */
  async attachInput(source: ReadableStream<Uint8Array>, closeAtEnd: boolean, signal?: AbortSignal): Promise<void> {
    const reader = source.getReader();
    let stop!: () => void;
    const aborted = new Promise<void>((resolve) => {
      stop = () => {
        resolve();
        void reader.cancel().catch(() => {});
      };
    });
    signal?.addEventListener('abort', stop);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        await Promise.race([this.#connected, aborted]);
        if (done || signal?.aborted) break;
        await this.#write(value);
      }
      if (closeAtEnd && !signal?.aborted) await this.#stdin?.close().catch(() => {});
    } finally {
      signal?.removeEventListener('abort', stop);
      reader.releaseLock();
    }
  }

  /** Several clients may be attached: their writes take turns. A process that reads no more ends the copy. */
  #write(bytes: Uint8Array): Promise<void> {
    const turn = this.#input.then(() => this.#stdin?.write(bytes));
    this.#input = turn.catch(() => {});
    return turn;
  }
}
