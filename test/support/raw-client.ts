import { decodeUtf8, encodeUtf8 } from '../../src/lib/bytes.ts';
import { duplexPair, type Duplex } from '../../src/lib/duplex.ts';

/** Writes bytes to a server and waits for the bytes it expects, without any HTTP of its own. */
export class RawClient {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #received = '';

  constructor(connection: Duplex) {
    this.#reader = connection.readable.getReader();
    this.#writer = connection.writable.getWriter();
  }

  /** A client and what `serve` made of its connection. */
  static connect(serve: (connection: Duplex) => Promise<void>): { client: RawClient; served: Promise<void> } {
    const [near, far] = duplexPair();
    return { client: new RawClient(near), served: serve(far) };
  }

  async send(...parts: (string | Uint8Array)[]): Promise<void> {
    for (const part of parts) await this.#writer.write(typeof part === 'string' ? encodeUtf8(part) : part);
  }

  /** Half-closes. */
  endInput(): Promise<void> {
    return this.#writer.close();
  }

  /** Goes away without a word, as a killed process does. */
  async vanish(): Promise<void> {
    const gone = new Error('the client has gone');
    await Promise.allSettled([this.#writer.abort(gone), this.#reader.cancel(gone)]);
  }

  /** Everything received up to and with `end`; what follows stays for the next call. */
  async readUntil(end: string): Promise<string> {
    while (!this.#received.includes(end)) {
      const { done, value } = await this.#reader.read();
      if (done)
        throw new Error(
          `waiting for ${JSON.stringify(end)}: the server closed after ${JSON.stringify(this.#received)}`,
        );
      this.#received += decodeUtf8(value);
    }
    const length = this.#received.indexOf(end) + end.length;
    const taken = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return taken;
  }

  /** Everything up to the end of the connection. */
  async readAll(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      this.#received += decodeUtf8(value);
    }
    const all = this.#received;
    this.#received = '';
    return all;
  }
}
