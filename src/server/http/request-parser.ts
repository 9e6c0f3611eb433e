/**
 * One HTTP/1.1 request from a byte source, by http-parser-js. The parser forgives what RFC 9112 calls errors (a line that
 * is no header, a chunk size that is no number); a server must not, or two readers of one connection see two different
 * requests, so lines and lengths are checked here before the parser acts on them.
 */
import { HTTPParser } from 'http-parser-js';
import { concatBytes } from '../../lib/bytes.ts';
import { deferred } from '../../lib/deferred.ts';
import type { ByteSource } from './byte-source.ts';
import { HttpError } from './http-error.ts';

/** Request line and headers together, as Go's net/http has it. */
export const maxHeadBytes = 1024 * 1024;

export interface RequestHead {
  readonly method: string;
  /** As sent: path and query, percent-encoded. */
  readonly target: string;
  readonly minorVersion: number;
  /** Free of the Fetch API's forbidden names: `Upgrade` and `Expect` can be read in a browser too. */
  readonly headers: Headers;
  readonly keepAlive: boolean;
}

export interface IncomingRequest {
  readonly head: RequestHead;
  /** Empty when the request has no body. Reading it reads the connection; it errors when the body is malformed or cut. */
  readonly body: ReadableStream<Uint8Array>;
  readonly hasBody: boolean;
  /** Settles when the whole body has been read, so that the next bytes on the connection are not this request's. */
  readonly bodyRead: Promise<void>;
  isBodyRead(): boolean;
}

/** The part of http-parser-js's state that the strict checks need; its own types hide it. */
interface ParserInternals {
  state: string;
  line: string;
  offset: number;
  isChunked: boolean;
  maxHeaderSize: number;
  consumeLine(): string | undefined;
  /** A state's step; true ends `execute`. */
  REQUEST_LINE(): true | void;
  execute(chunk: Uint8Array): number | Error;
  [HTTPParser.kOnHeadersComplete]: (info: HeadInfo) => void;
  [HTTPParser.kOnBody]: (piece: Uint8Array) => void;
  [HTTPParser.kOnMessageComplete]: () => void;
}

interface HeadInfo {
  versionMajor: number;
  versionMinor: number;
  headers: string[];
  method: number;
  url: string;
  shouldKeepAlive: boolean;
}

const BaseParser = HTTPParser as unknown as new (type: 'REQUEST') => ParserInternals;

// RFC 9110 5.1 and 5.5: a token, a colon, and no control characters; obs-fold (a continued line) is refused.
const headerLine = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;
// Go's httpguts.ValidHostHeader.
const hostHeader = /^[A-Za-z0-9!$%&'()*+,\-.:;=[\]_~]*$/;
const chunkSizeLine = /^[0-9A-Fa-f]{1,12}[ \t]*(;.*)?$/;

class RequestParser extends BaseParser {
  head: RequestHead | undefined;
  pieces: Uint8Array[] = [];
  complete = false;
  hasBody = false;
  #lineBytes = 0;
  #method = '';

  constructor() {
    super('REQUEST');
    // Counted here by line: the parser counts whole chunks, the start of a body among them.
    this.maxHeaderSize = Infinity;
  }

  /** Stops at the end of the message: what follows is the next one's, or raw bytes when this one is hijacked. */
  override REQUEST_LINE(): true | void {
    return this.complete ? true : super.REQUEST_LINE();
  }

  override consumeLine(): string | undefined {
    const state = this.state;
    const started = this.offset;
    const line = super.consumeLine();
    this.#lineBytes += this.offset - started;
    // Chunk sizes come without end, so only one line at a time counts; a head and trailers count whole.
    if (this.#lineBytes > maxHeadBytes) throw new HttpError(431, 'request head too large');
    if (line === undefined) return undefined;
    if (state.startsWith('BODY_CHUNK')) this.#lineBytes = state === 'BODY_CHUNKTRAILERS' ? this.#lineBytes : 0;
    if (state === 'REQUEST_LINE' && line !== '') return this.#requestLine(line);
    if ((state === 'HEADER' || state === 'BODY_CHUNKTRAILERS') && line !== '' && !headerLine.test(line)) {
      if (/^[^\s:][^:]*:/.test(line) && !/^[^:]*:.*[\x00-\x08\x0a-\x1f\x7f]/.test(line)) {
        throw new HttpError(400, 'invalid header name', { told: true });
      }
      throw new HttpError(400, 'malformed header');
    }
    if (state === 'BODY_CHUNKHEAD' && !chunkSizeLine.test(line))
      throw new HttpError(400, 'invalid byte in chunk length');
    if (state === 'BODY_CHUNKEMPTYLINE' && line !== '') throw new HttpError(400, 'malformed chunked encoding');
    return line;
  }

  /** Any token is a method (RFC 9110 9.1), of which http-parser-js knows a list: it is shown GET. */
  #requestLine(line: string): string {
    const [, method, rest] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)( [\x21-\x7e]+ HTTP\/\d\.\d)$/.exec(line) ?? [];
    if (method === undefined) throw new HttpError(400, 'malformed request line');
    this.#method = method;
    return `GET${rest}`;
  }

  override [HTTPParser.kOnHeadersComplete] = (info: HeadInfo): void => {
    this.head = checkedHead(this.#method, info);
    const { headers } = this.head;
    this.hasBody = headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
    // The parser gives up on chunks when the request asks for an upgrade; Docker reads its JSON body first.
    this.isChunked = headers.has('transfer-encoding');
    this.#lineBytes = 0;
  };

  override [HTTPParser.kOnBody] = (piece: Uint8Array): void => {
    this.pieces.push(piece);
  };

  override [HTTPParser.kOnMessageComplete] = (): void => {
    this.complete = true;
  };
}

/**
 * Bytes as http-parser-js wants them: it calls Buffer's `toString(encoding, start, end)` and `slice`, which elsewhere
 * mean something else.
 */
class ParserBytes extends Uint8Array {
  override toString(_encoding?: string, start = 0, end = this.length): string {
    let text = '';
    for (let at = start; at < end; at++) text += String.fromCharCode(this[at]!);
    return text;
  }

  override slice(start: number, end: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer, this.byteOffset + start, end - start);
  }
}

function checkedHead(method: string, info: HeadInfo): RequestHead {
  if (info.versionMajor !== 1) throw new HttpError(505, 'unsupported protocol version', { told: true });
  if (!isTarget(info.url)) throw new HttpError(400, 'malformed request target');
  const headers = new Headers();
  for (let at = 0; at < info.headers.length; at += 2) headers.append(info.headers[at]!, info.headers[at + 1]!);
  const lengths = headers.get('content-length');
  if (lengths !== null) {
    const [length, ...others] = lengths.split(', ');
    if (!/^\d{1,15}$/.test(length!) || others.some((other) => other !== length)) {
      throw new HttpError(400, 'bad Content-Length');
    }
    headers.set('content-length', length!);
  }
  const encoding = headers.get('transfer-encoding');
  if (encoding !== null) {
    if (encoding.toLowerCase() !== 'chunked') throw new HttpError(501, 'Unsupported transfer encoding');
    if (lengths !== null) throw new HttpError(400, 'both Content-Length and Transfer-Encoding');
  }
  const hosts = info.headers.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1) throw new HttpError(400, 'too many Host headers');
  if (info.versionMinor > 0 && hosts === 0) throw new HttpError(400, 'missing required Host header', { told: true });
  if (!hostHeader.test(headers.get('host') ?? '')) throw new HttpError(400, 'malformed Host header', { told: true });
  const connection = (headers.get('connection') ?? '').toLowerCase().split(/\s*,\s*/);
  return {
    method,
    target: info.url,
    minorVersion: info.versionMinor,
    headers,
    keepAlive: info.versionMinor > 0 ? !connection.includes('close') : connection.includes('keep-alive'),
  };
}

/** Go takes a path, a whole URL and `*`; the path's percent signs must begin an escape. */
const isTarget = (target: string): boolean =>
  /^(\/|\*$|[A-Za-z][A-Za-z0-9+.-]*:\/\/)/.test(target) && !/^[^?]*%(?![0-9A-Fa-f]{2})/.test(target);

/** Feeds the parser what is at hand; false at end of file. */
async function feed(parser: RequestParser, source: ByteSource): Promise<boolean> {
  const chunk = await source.peek();
  if (chunk === undefined) return false;
  const consumed = parser.execute(new ParserBytes(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length));
  if (consumed instanceof HttpError) throw consumed;
  if (consumed instanceof Error) throw new HttpError(400, consumed.message);
  source.consume(consumed);
  return true;
}

/**
 * Reads the next request up to the end of its head; undefined when the peer closed between two requests. `beforeBody`
 * runs once, when the body is first wanted (the place of `100 Continue`).
 */
export async function readRequest(
  source: ByteSource,
  beforeBody: (head: RequestHead) => Promise<void> = async () => {},
): Promise<IncomingRequest | undefined> {
  const parser = new RequestParser();
  let started = false;
  let bodyError: Error | undefined;
  while (parser.head === undefined) {
    try {
      if (!(await feed(parser, source))) {
        if (started) throw new HttpError(400, 'unexpected end of the request');
        return undefined;
      }
    } catch (error) {
      // What is wrong with the body is for whoever reads it.
      if ((parser.head as RequestHead | undefined) === undefined) throw error;
      bodyError = error as Error;
    }
    started = true;
  }
  const { head } = parser;
  const { promise: bodyRead, resolve: resolveBodyRead } = deferred();
  let isBodyRead = false;
  const finish = (): void => {
    isBodyRead = true;
    resolveBodyRead();
  };
  if (parser.complete) finish();

  let wanted = false;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!wanted) {
          wanted = true;
          await beforeBody(head);
        }
        while (parser.pieces.length === 0 && !parser.complete) {
          if (bodyError !== undefined) throw bodyError;
          if (!(await feed(parser, source))) throw new HttpError(400, 'unexpected EOF');
        }
        if (parser.pieces.length > 0) controller.enqueue(concatBytes(parser.pieces.splice(0)));
        if (parser.complete) {
          finish();
          controller.close();
        }
      },
    },
    { highWaterMark: 0 },
  );
  return { head, body, hasBody: parser.hasBody, bodyRead, isBodyRead: () => isBodyRead };
}
