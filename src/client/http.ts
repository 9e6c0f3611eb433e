/**
 * HTTP/1.1 over byte streams, as much as the Engine API needs: one request on a connection of its own, its body read as
 * it arrives, or the connection itself once the daemon hands it over (101, `Upgrade: tcp`).
 */
import { concatBytes, encodeUtf8 } from '../lib/bytes.ts';
import { deferred } from '../lib/deferred.ts';
import type { Duplex } from '../lib/duplex.ts';
import { encodeChunk, lastChunk } from '../lib/http-chunk.ts';
import { ResponseParser, type ResponseHead } from './response-parser.ts';

/** Opens a connection to the daemon. */
export type Dial = () => Promise<Duplex>;

export interface HttpRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * A stream is sent as it comes, in chunks. When the daemon answers before its end, or the request fails, it is
   * cancelled; an error of the stream's is one of the request's.
   */
  readonly body?: Uint8Array | ReadableStream<Uint8Array>;
  /** Aborting ends the request and errors a body still being read. */
  readonly signal?: AbortSignal;
}

export interface HttpResponse extends ResponseHead {
  /** Ends with the response. Cancelling it closes the connection. */
  readonly body: ReadableStream<Uint8Array>;
}

/** A connection that now carries raw bytes both ways. */
export interface Hijacked extends ResponseHead {
  readonly stream: Duplex;
}

/** A connection to the daemon could not be opened. */
export class DialError extends Error {}

/** Sends a request. Rejects when no whole head comes back; any status is a response. */
export async function sendRequest(dial: Dial, request: HttpRequest): Promise<HttpResponse> {
  const exchange = await Exchange.open(dial, { ...request, headers: { ...request.headers, Connection: 'close' } });
  return { ...exchange.head, body: exchange.body() };
}

/** Sends a request that asks for the connection. A reply other than 101 comes back as the response it is. */
export async function hijack(dial: Dial, request: HttpRequest): Promise<Hijacked | HttpResponse> {
  const headers = { ...request.headers, Connection: 'Upgrade', Upgrade: 'tcp' };
  const exchange = await Exchange.open(dial, { ...request, headers });
  return exchange.upgraded ? { ...exchange.head, stream: exchange.raw() } : { ...exchange.head, body: exchange.body() };
}

/** One request and its response on one connection. */
class Exchange {
  readonly #connection: Duplex;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #parser: ResponseParser;
  readonly #signal: AbortSignal | undefined;
  #leftover: Uint8Array = new Uint8Array();
  /** Resolves when no more of the request is wanted. */
  readonly #answered = deferred();
  #bodyFailure: Error | undefined;
  /** Ends with the sending of a streamed body. */
  #sending: Promise<void> = Promise.resolve();

  static async open(dial: Dial, request: HttpRequest): Promise<Exchange> {
    request.signal?.throwIfAborted();
    const connection = await dial().catch((cause: unknown) => {
      throw new DialError(String(cause), { cause });
    });
    const exchange = new Exchange(connection, request);
    try {
      exchange.#send(request);
      while (exchange.#parser.head === undefined || (exchange.head.status < 200 && !exchange.upgraded))
        await exchange.#read();
    } catch (error) {
      exchange.close(error);
      throw exchange.#bodyFailure ?? error;
    }
    // A refusal ends what is still being sent; another answer may come bit by bit while the daemon reads.
    if (exchange.head.status >= 300) exchange.#answered.resolve();
    return exchange;
  }

  private constructor(connection: Duplex, request: HttpRequest) {
    this.#connection = connection;
    this.#reader = connection.readable.getReader();
    this.#parser = new ResponseParser(request.method);
    this.#signal = request.signal;
    this.#signal?.addEventListener('abort', this.#abort);
  }

  get head(): ResponseHead {
    return this.#parser.head!;
  }

  get upgraded(): boolean {
    return this.#parser.upgraded;
  }

  /** The response's body. */
  body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            while (this.#parser.pieces.length === 0 && !this.#parser.complete) await this.#read();
          } catch (error) {
            this.close(error);
            throw error;
          }
          for (const piece of this.#parser.pieces.splice(0)) controller.enqueue(piece);
          if (!this.#parser.complete) return;
          controller.close();
          this.#finish();
        },
        cancel: (reason) => this.close(reason),
      },
      { highWaterMark: 0 },
    );
  }

  /** The connection itself: what came after the head, then all that follows. Closing `writable` is a half-close. */
  raw(): Duplex {
    // What a stream still holds when it is cancelled is lost, so nothing is read ahead.
    const readable = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const early = this.#leftover;
          this.#leftover = new Uint8Array();
          if (early.length > 0) return controller.enqueue(early);
          const { done, value } = await this.#reader.read();
          if (!done) return controller.enqueue(value);
          this.#signal?.removeEventListener('abort', this.#abort);
          controller.close();
        },
        cancel: (reason) => {
          this.#signal?.removeEventListener('abort', this.#abort);
          return this.#reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
    return { readable, writable: this.#connection.writable };
  }

  /** The response is whole: says goodbye, so that the daemon sees an end and no failure. */
  #finish(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#answered.resolve();
    this.#sending.then(() => this.#connection.writable.close()).catch(() => {});
    this.#reader.cancel().catch(() => {});
  }

  /** Ends the connection, both ways. */
  close(reason?: unknown): void {
    this.#answered.resolve();
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#reader.cancel(reason).catch(() => {});
    // Whoever has taken the raw connection over ends its writing.
    const abort = async (): Promise<void> => {
      if (!this.#connection.writable.locked) await this.#connection.writable.abort(reason);
    };
    this.#sending.then(abort).catch(() => {});
  }

  #abort = (): void => this.close(this.#signal?.reason);

  #send({ method, target, headers, body }: HttpRequest): void {
    let head = `${method} ${target} HTTP/1.1\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
    const isStream = body instanceof ReadableStream;
    if (isStream) head += 'Transfer-Encoding: chunked\r\n';
    // Go's client omits the length of an empty body for all but POST, PUT and PATCH.
    else if (body !== undefined || method === 'POST') head += `Content-Length: ${body?.length ?? 0}\r\n`;
    const bytes = encodeUtf8(`${head}\r\n`);
    const writer = this.#connection.writable.getWriter();
    // Not awaited: a daemon may answer before it has read all, and the answer is then what counts.
    if (isStream) {
      this.#sending = this.#sendStream(writer, bytes, body);
    } else {
      writer.write(body === undefined ? bytes : concatBytes([bytes, body])).catch(() => {});
      writer.releaseLock();
    }
  }

  async #sendStream(
    writer: WritableStreamDefaultWriter<Uint8Array>,
    head: Uint8Array,
    body: ReadableStream<Uint8Array>,
  ): Promise<void> {
    const answered = this.#answered.promise.then(() => 'answered' as const);
    const reader = body.getReader();
    const write = (bytes: Uint8Array): Promise<unknown> => Promise.race([writer.write(bytes), answered]);
    const send = async (): Promise<void> => {
      await write(head);
      for (;;) {
        const next = await Promise.race([this.#readBody(reader), answered]);
        if (next === 'answered') return;
        if (next.done) return void (await write(lastChunk));
        if (next.value.length > 0) await write(encodeChunk(next.value));
      }
    };
    // A daemon that takes no more of it has said why.
    await send().catch(() => {});
    writer.releaseLock();
    reader.cancel().catch(() => {});
    reader.releaseLock();
    if (this.#bodyFailure) this.close(this.#bodyFailure);
  }

  async #readBody(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
    try {
      return await reader.read();
    } catch (error) {
      this.#bodyFailure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }

  async #read(): Promise<void> {
    const { done, value } = await this.#reader.read();
    this.#signal?.throwIfAborted();
    if (done) this.#parser.end();
    else this.#leftover = this.#parser.push(value);
  }
}
