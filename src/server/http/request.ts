import type { Duplex } from '../../lib/duplex.ts';

/**
 * A request as the routes see it. Not the Fetch API's Request: browsers drop `Upgrade` and `Connection` from its headers
 * and some cannot give it a streaming body.
 */
export interface ServerRequest {
  readonly method: string;
  /** Path and query as sent, percent-encoded. */
  readonly target: string;
  readonly headers: Headers;
  readonly hasBody: boolean;
  readonly body: ReadableStream<Uint8Array>;
  /** Fires when the peer has gone. */
  readonly signal: AbortSignal;
}

/**
 * A reply that takes the connection over, as attach and exec start do. When the request has an `Upgrade` header it is
 * announced by `101 UPGRADED` (to another protocol than tcp, which `headers` name, by `101 Switching Protocols`), without
 * by `200 OK`; the connection is closed when `run` has ended.
 */
export interface Hijack {
  readonly headers: Headers;
  readonly run: (stream: Duplex) => Promise<void>;
}

export type Reply = Response | Hijack;
export type RequestHandler = (request: ServerRequest) => Promise<Reply>;
