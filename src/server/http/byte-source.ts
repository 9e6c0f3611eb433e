/**
 * Reads a byte stream with one chunk of look-ahead. HTTP needs it twice: bytes after one message belong to the next (or
 * to a hijacked stream), and while a request is handled somebody must notice that the peer has gone.
 */
export class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk: Uint8Array | undefined;
  #ended = false;
  #pending: Promise<void> | undefined;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The bytes at hand, waiting for some when there are none; undefined at end of file. They stay until consumed. */
  async peek(): Promise<Uint8Array | undefined> {
    while (this.#chunk === undefined && !this.#ended) await (this.#pending ??= this.#fill());
    return this.#chunk;
  }

  async #fill(): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      if (done) this.#ended = true;
      else if (value.length > 0) this.#chunk = value;
    } finally {
      this.#pending = undefined;
    }
  }

  /** Drops the first `count` of the bytes `peek` returned. */
  consume(count: number): void {
    const chunk = this.#chunk;
    if (chunk === undefined || !(count >= 0 && count <= chunk.length))
      throw new RangeError(`consuming ${count} bytes: not that many there`);
    this.#chunk = count === chunk.length ? undefined : chunk.subarray(count);
  }

  /** What has not been consumed, as a stream: the reading half of a hijacked connection. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        pull: async (controller) => {
          const chunk = await this.peek();
          if (chunk === undefined) {
            controller.close();
          } else {
            this.consume(chunk.length);
            controller.enqueue(chunk);
          }
        },
        cancel: (reason) => this.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  /** Tells the peer that nothing more will be read. */
  async cancel(reason?: unknown): Promise<void> {
    this.#ended = true;
    this.#chunk = undefined;
    await this.#reader.cancel(reason).catch(() => {});
  }
}
