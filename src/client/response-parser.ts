/**
 * One HTTP/1.1 response out of a byte stream, by http-parser-js. The parser was written for Node: it gets its bytes
 * as the part of Buffer that it calls.
 */
import { HTTPParser } from 'http-parser-js';

export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
}

/** What http-parser-js has beyond its own type declarations. */
interface Parser {
  isChunked: boolean;
  execute(chunk: Uint8Array): number | Error;
  finish(): Error | undefined;
  [HTTPParser.kOnHeadersComplete]: (info: HeadInfo) => boolean;
  [HTTPParser.kOnBody]: (piece: Uint8Array) => void;
  [HTTPParser.kOnMessageComplete]: () => void;
}

interface HeadInfo {
  headers: string[];
  statusCode: number;
  statusMessage: string;
}

const NodeParser = HTTPParser as unknown as new (type: 'RESPONSE') => Parser;

/** The two methods of Buffer that the parser calls; on a Uint8Array they mean something else. */
class ParserBytes extends Uint8Array {
  override toString(_encoding?: string, start = 0, end = this.length): string {
    let text = '';
    for (let at = start; at < end; at++) text += String.fromCharCode(this[at]!);
    return text;
  }

  override slice(start = 0, end = this.length): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer, this.byteOffset + start, end - start);
  }
}

/** Fed with bytes as they arrive; `head`, `pieces` and `complete` tell what they amounted to. */
export class ResponseParser {
  head: ResponseHead | undefined;
  /** Body bytes that arrived and were not taken yet. */
  pieces: Uint8Array[] = [];
  complete = false;
  /** The connection changed protocol: all that follows is raw. */
  upgraded = false;
  readonly #parser = new NodeParser('RESPONSE');

  /** `method` of the request decides whether a body can follow (HEAD has none). */
  constructor(method: string) {
    this.#parser[HTTPParser.kOnHeadersComplete] = (info) => {
      const headers = new Headers();
      for (let at = 0; at < info.headers.length; at += 2) headers.append(info.headers[at]!, info.headers[at + 1]!);
      this.head = { status: info.statusCode, statusText: info.statusMessage, headers };
      this.upgraded = info.statusCode === 101;
      // 1xx, 204 and 304 have no body whatever their headers say (RFC 9112, 6.3).
      const bodiless = method === 'HEAD' || info.statusCode < 200 || info.statusCode === 204 || info.statusCode === 304;
      if (bodiless) this.#parser.isChunked = false;
      return bodiless;
    };
    this.#parser[HTTPParser.kOnBody] = (piece) => this.pieces.push(piece);
    this.#parser[HTTPParser.kOnMessageComplete] = () => {
      // 100 Continue and its like only announce the response.
      this.complete = this.head!.status >= 200 || this.upgraded;
    };
  }

  /** Returns what was not part of the response: the first raw bytes of an upgraded connection. */
  push(chunk: Uint8Array): Uint8Array {
    const consumed = this.#parser.execute(new ParserBytes(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length));
    if (consumed instanceof Error) throw new Error(`malformed HTTP response: ${consumed.message}`);
    return chunk.subarray(consumed);
  }

  /** The peer closed. Throws when the response is not whole; without a length, closing is what ends it. */
  end(): void {
    if (this.complete) return;
    if (this.head === undefined) throw new Error('EOF');
    if (this.#parser.finish() instanceof Error) throw new Error('unexpected EOF');
    this.complete = true;
  }
}
