// Byte streams over MessagePorts, because Safari rejects transferred ReadableStreams. Both ends speak the same small
// protocol: bytes are sent against credit that the reader returns as it consumes, and each direction ends by itself.

import type { Duplex } from '../lib/duplex.ts';

/** Bytes a sender may have under way before the first credit comes back; both ends start from this number. */
const initialCredit = 256 * 1024;
/** Credit is returned in portions, so that a keystroke does not cost a message of its own. */
const creditPortion = initialCredit / 4;
/** The longest `data` message: a slow reader on the other side should not be handed a megabyte at once. */
const maximumChunk = 64 * 1024;

type PortMessage =
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'credit'; readonly bytes: number }
  /** The sender of this message has written all it will; the other direction stays open. */
  | { readonly type: 'end' }
  /** The sender of this message broke off writing. */
  | { readonly type: 'abort'; readonly message: string }
  /** The sender of this message will read no more. */
  | { readonly type: 'stop'; readonly message: string };

/**
 * The byte stream whose other end is the port's other end. Closing `writable` half-closes; cancelling `readable` fails
 * the peer's writes; the port closes once both directions have ended.
 */
export function portToDuplex(port: MessagePort): Duplex {
  const stream = new PortStream(port);
  return { readable: stream.readable, writable: stream.writable };
}

/**
 * Serves `duplex` to whoever holds the port's other end. Resolves when both directions have ended, whether well or not:
 * an error on one side has by then been told to the other.
 */
export async function pipeDuplexToPort(duplex: Duplex, port: MessagePort): Promise<void> {
  const remote = portToDuplex(port);
  await Promise.allSettled([duplex.readable.pipeTo(remote.writable), remote.readable.pipeTo(duplex.writable)]);
}

class PortStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #port: MessagePort;

  #received: Uint8Array[] = [];
  #owedCredit = 0;
  #readEnded = false;
  #readController!: ReadableStreamDefaultController<Uint8Array>;
  /** Set while the reader waits for bytes. */
  #wakeReader: (() => void) | undefined;

  #credit = initialCredit;
  #writeEnded = false;
  #writeController!: WritableStreamDefaultController;
  /** Set while the writer waits for credit. */
  #wakeWriter: (() => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#readController = controller;
        },
        pull: (controller) => this.#pull(controller),
        cancel: (reason) => {
          this.#received = [];
          if (!this.#readEnded) this.#post({ type: 'stop', message: messageOf(reason) });
          this.#endRead();
        },
      },
      // Nothing is taken before somebody reads, so credit follows consumption.
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream<Uint8Array>({
      start: (controller) => {
        this.#writeController = controller;
      },
      write: (chunk) => this.#write(chunk),
      close: () => {
        if (!this.#writeEnded) this.#post({ type: 'end' });
        this.#endWrite();
      },
      abort: (reason) => {
        if (!this.#writeEnded) this.#post({ type: 'abort', message: messageOf(reason) });
        this.#endWrite();
      },
    });
    port.addEventListener('message', (event) => this.#receive((event as MessageEvent<PortMessage>).data));
    // Not every browser fires it; where it does, a worker that went away fails the stream instead of leaving it hanging.
    port.addEventListener('close', () => this.#fail(new Error('The other end of the connection went away.')));
    port.start();
  }

  #post(message: PortMessage): void {
    this.#port.postMessage(message, message.type === 'data' ? [message.bytes.buffer] : []);
  }

  #receive(message: PortMessage): void {
    switch (message.type) {
      case 'data':
        if (this.#readEnded) return;
        this.#received.push(message.bytes);
        this.#wakeReader?.();
        return;
      case 'credit':
        this.#credit += message.bytes;
        this.#wakeWriter?.();
        return;
      case 'end':
        this.#endRead();
        return;
      case 'abort':
        if (this.#readEnded) return;
        this.#received = [];
        this.#readController.error(new Error(message.message));
        this.#endRead();
        return;
      case 'stop':
        if (this.#writeEnded) return;
        this.#writeController.error(new Error(message.message));
        this.#endWrite();
    }
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#received.length === 0 && !this.#readEnded) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    const bytes = this.#received.shift();
    if (bytes === undefined) {
      // An error may have ended the stream while this waited.
      if (controller.desiredSize !== null) controller.close();
      return;
    }
    controller.enqueue(bytes);
    if (this.#readEnded) {
      if (this.#received.length === 0) controller.close();
      return;
    }
    this.#owedCredit += bytes.length;
    if (this.#owedCredit >= creditPortion) {
      this.#post({ type: 'credit', bytes: this.#owedCredit });
      this.#owedCredit = 0;
    }
  }

  async #write(chunk: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < chunk.length) {
      while (this.#credit === 0 && !this.#writeEnded) {
        await new Promise<void>((resolve) => {
          this.#wakeWriter = resolve;
        });
      }
      if (this.#writeEnded) return;
      // A copy: transferring the chunk's own buffer would detach it under other views of the same memory.
      const bytes = chunk.slice(offset, offset + Math.min(this.#credit, maximumChunk));
      this.#credit -= bytes.length;
      offset += bytes.length;
      this.#post({ type: 'data', bytes });
    }
  }

  #fail(error: Error): void {
    if (!this.#readEnded) this.#readController.error(error);
    if (!this.#writeEnded) this.#writeController.error(error);
    this.#endRead();
    this.#endWrite();
  }

  #endRead(): void {
    this.#readEnded = true;
    this.#wakeReader?.();
    this.#closeWhenDone();
  }

  #endWrite(): void {
    this.#writeEnded = true;
    this.#wakeWriter?.();
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (this.#readEnded && this.#writeEnded) this.#port.close();
  }
}

const messageOf = (reason: unknown): string =>
  reason instanceof Error ? reason.message : reason === undefined ? 'The stream was closed.' : String(reason);
