/**
 * One multiplexed byte stream of the channel as a Duplex, with credit both ways: what the guest may send grows as the
 * readable is consumed, and what the writable takes waits for the guest's credit.
 */
import type { Duplex } from '../lib/duplex.ts';
import { FrameType, MAX_DATA } from './frames.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { errnoName, errnoText } from './errno.ts';

/** What the agent accepts on a stream before it has granted anything. */
export const HOST_TO_GUEST_CREDIT = 64 * 1024;
/** A sensible first credit for what the guest may send: the `credit` argument of the ops `stream` and `listener`. */
export const GUEST_TO_HOST_CREDIT = 256 * 1024;

/** Bytes the writable holds for the guest before its `write` waits. */
const WRITE_BUFFER = 64 * 1024;

/** Sends a frame on the channel's port. */
export type SendFrame = (type: number, id: number, payload?: Uint8Array) => void;

/** What it takes to go on with a stream after the machine was saved and restored. Bytes are base64. */
export interface StreamState {
  readonly id: number;
  readonly received: readonly string[];
  readonly window: number;
  readonly ungranted: number;
  readonly guestEnded: boolean;
  readonly hostStopped: boolean;
  readonly credit: number;
  readonly hostEnded: boolean;
  readonly guestStopped: boolean;
}

/** A write to a stream whose reader in the guest is gone, or a stream whose channel is. */
export class StreamError extends Error {
  /** `EPIPE` and the like. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'StreamError';
    this.code = code;
  }
}

/** The state of one stream; `duplex` is its face to the engine. */
export class ChannelStream {
  readonly id: number;
  readonly #duplex: Duplex;
  readonly #send: SendFrame;
  readonly #forget: () => void;

  #taken = false;
  #opened = false;
  #failure: Error | undefined;

  // guest → host
  readonly #received: Uint8Array[] = [];
  #window = 0;
  #ungranted = 0;
  #guestEnded = false;
  #hostStopped = false;
  #readable!: ReadableStreamDefaultController<Uint8Array>;
  #wakeReader: (() => void) | undefined;
  #readableClosed = false;

  // host → guest
  #credit = 0;
  #hostEnded = false;
  #guestStopped = false;
  #writable!: WritableStreamDefaultController;
  #wakeWriter: (() => void) | undefined;

  /** @param forget called when the stream was taken, both directions have ended and every byte is read. */
  constructor(id: number, send: SendFrame, forget: () => void) {
    this.id = id;
    this.#send = send;
    this.#forget = forget;
    this.#duplex = {
      // Nothing is buffered here beyond the credit's worth in #received, so the stream's own queue stays empty.
      readable: new ReadableStream<Uint8Array>(
        {
          start: (controller) => void (this.#readable = controller),
          pull: () => this.#pull(),
          cancel: () => this.#stop(),
        },
        { highWaterMark: 0 },
      ),
      writable: new WritableStream<Uint8Array>(
        {
          start: (controller) => {
            this.#writable = controller;
            // A write that waits for credit must give way, or the abort would wait for it.
            controller.signal.addEventListener('abort', () => this.#wakeWriter?.());
          },
          write: (chunk) => this.#write(chunk),
          close: () => this.#end(),
          abort: () => this.#end(),
        },
        new ByteLengthQueuingStrategy({ highWaterMark: WRITE_BUFFER }),
      ),
    };
  }

  /** The engine's end. */
  take(): Duplex {
    this.#taken = true;
    this.#settle();
    return this.#duplex;
  }

  /** The agent has the stream: bytes may flow. `mode` and `credit` as in the op `stream`. */
  open(mode: number, credit: number): void {
    this.#opened = true;
    this.#window = credit;
    this.#wakeWriter?.();
    if (mode & 2) this.#credit = HOST_TO_GUEST_CREDIT;
    else this.guestStopped(0);
    if (mode & 1) return;
    this.#guestEnded = true;
    this.#closeReadable();
  }

  /** The stream never came to be, or its channel is lost: both sides fail. */
  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#received.length = 0;
    if (!this.#readableClosed) this.#readable.error(error);
    this.#readableClosed = true;
    this.#writable.error(error);
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  received(bytes: Uint8Array): void {
    if (this.#hostStopped || this.#guestEnded || bytes.length === 0) return;
    this.#received.push(bytes);
    this.#wakeReader?.();
  }

  granted(bytes: number): void {
    this.#credit += bytes;
    this.#wakeWriter?.();
  }

  guestEnded(): void {
    this.#guestEnded = true;
    this.#wakeReader?.();
    if (this.#isRead) this.#closeReadable();
    this.#settle();
  }

  /** False too while the readable holds a chunk whose reader let go before it came. */
  get #isRead(): boolean {
    return this.#received.length === 0 && (this.#readableClosed || this.#readable.desiredSize === 0);
  }

  /** The guest reads no more; `errno` says why, 0 for no reason. */
  guestStopped(errno: number): void {
    if (this.#guestStopped) return;
    this.#guestStopped = true;
    if (!this.#hostEnded && this.#opened && errno !== 0) {
      this.#writable.error(new StreamError(errnoName(errno), `write: ${errnoText(errno)}`));
    }
    this.#wakeWriter?.();
    this.#settle();
  }

  async #pull(): Promise<void> {
    while (this.#received.length === 0 && !this.#guestEnded && !this.#readableClosed) {
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      this.#wakeReader = undefined;
    }
    if (this.#readableClosed) return;
    const chunk = this.#received.shift();
    if (chunk) {
      this.#readable.enqueue(chunk);
      this.#grant(chunk.length);
    }
    if (this.#guestEnded && this.#isRead) {
      this.#closeReadable();
      this.#settle();
    }
  }

  /** Returns credit for consumed bytes, a quarter of the window at a time. */
  #grant(bytes: number): void {
    this.#ungranted += bytes;
    if (this.#guestEnded || this.#ungranted * 4 < this.#window) return;
    this.#send(FrameType.credit, this.id, u32(this.#ungranted));
    this.#ungranted = 0;
  }

  #closeReadable(): void {
    if (this.#readableClosed) return;
    this.#readableClosed = true;
    this.#readable.close();
  }

  #stop(): void {
    this.#readableClosed = true;
    this.#received.length = 0;
    if (!this.#hostStopped && !this.#guestEnded) this.#send(FrameType.stop, this.id, u32(0));
    this.#hostStopped = true;
    this.#wakeReader?.();
    this.#settle();
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const { signal } = this.#writable;
      while (this.#credit === 0 && !this.#guestStopped && !this.#failure && !signal.aborted) {
        await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
        this.#wakeWriter = undefined;
      }
      if (this.#failure) throw this.#failure;
      if (signal.aborted) return;
      if (this.#guestStopped) throw new StreamError('EPIPE', `write: ${errnoText(32)}`);
      const size = Math.min(chunk.length - at, this.#credit, MAX_DATA);
      this.#credit -= size;
      this.#send(FrameType.data, this.id, chunk.subarray(at, at + size));
      at += size;
    }
  }

  async #end(): Promise<void> {
    // An end before the agent knows the stream would be lost.
    while (!this.#opened && !this.#failure) {
      await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
      this.#wakeWriter = undefined;
    }
    if (this.#hostEnded || this.#failure) return;
    this.#hostEnded = true;
    if (!this.#guestStopped) this.#send(FrameType.eof, this.id);
    this.#settle();
  }

  save(): StreamState {
    return {
      id: this.id,
      received: this.#received.map(toBase64),
      window: this.#window,
      ungranted: this.#ungranted,
      guestEnded: this.#guestEnded,
      hostStopped: this.#hostStopped,
      credit: this.#credit,
      hostEnded: this.#hostEnded,
      guestStopped: this.#guestStopped,
    };
  }

  /** Goes on where `save` was called on another channel. */
  restore(state: StreamState): void {
    this.#opened = true;
    this.#received.push(...state.received.map(fromBase64));
    this.#window = state.window;
    this.#ungranted = state.ungranted;
    this.#guestEnded = state.guestEnded;
    this.#credit = state.credit;
    this.#guestStopped = state.guestStopped;
    if (state.guestEnded && this.#received.length === 0) this.#closeReadable();
    if (state.hostStopped) void this.#duplex.readable.cancel();
    this.#hostStopped = state.hostStopped;
    this.#hostEnded = state.hostEnded;
    if (state.hostEnded) void this.#duplex.writable.close();
  }

  #settle(): void {
    const received = this.#hostStopped || (this.#guestEnded && this.#isRead);
    if (this.#taken && received && (this.#hostEnded || this.#guestStopped)) this.#forget();
  }
}

/** A frame payload of one number. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
