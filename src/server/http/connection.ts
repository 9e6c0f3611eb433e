/**
 * One HTTP/1.1 connection: requests in order, each answered before the next is read. What Go's net/http does for Docker:
 * keep-alive, `100 Continue`, a signal when the peer goes while its request is handled, and hijacking.
 */
import { encodeUtf8 } from '../../lib/bytes.ts';
import type { Duplex } from '../../lib/duplex.ts';
import { ByteSource } from './byte-source.ts';
import { HttpError } from './http-error.ts';
import type { Hijack, Reply, RequestHandler } from './request.ts';
import { readRequest, type IncomingRequest, type RequestHead } from './request-parser.ts';
import { encodeHead, encodeRefusal, writeResponse } from './response-writer.ts';

/** An unread body up to this size is read and dropped to keep the connection; Go's net/http has the same limit. */
const maxDrainedBytes = 256 * 1024;

const expectsContinue = (head: RequestHead): boolean =>
  head.minorVersion > 0 && head.headers.get('expect')?.toLowerCase() === '100-continue';

/**
 * Serves until either side closes, or the signal breaks the connection. Never rejects: a connection that breaks concerns
 * its own requests only.
 */
export async function serveConnection(connection: Duplex, handle: RequestHandler, signal?: AbortSignal): Promise<void> {
  const source = new ByteSource(connection.readable);
  const writer = connection.writable.getWriter();
  const breakOff = (): void => {
    void writer.abort(signal?.reason).catch(() => {});
    void source.cancel();
  };
  if (signal?.aborted) breakOff();
  signal?.addEventListener('abort', breakOff);
  try {
    while (await serveRequest(source, writer, handle)) continue;
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
  }
  signal?.removeEventListener('abort', breakOff);
  await source.cancel();
}

/** Resolves to whether another request may follow. */
async function serveRequest(
  source: ByteSource,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  handle: RequestHandler,
): Promise<boolean> {
  const aborter = new AbortController();
  let bodyWanted = false;
  let request: IncomingRequest | undefined;
  try {
    request = await readRequest(source, async (head) => {
      bodyWanted = true;
      if (expectsContinue(head)) await writer.write(encodeUtf8('HTTP/1.1 100 Continue\r\n\r\n'));
    });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    await writer.write(encodeRefusal(error));
    return false;
  }
  if (request === undefined) return false;
  const { head } = request;
  const expectation = head.headers.get('expect');
  if (expectation !== null && expectation !== '' && !expectsContinue(head)) {
    await writer.write(encodeRefusal(new HttpError(417, 'unknown expectation')));
    return false;
  }

  let handling = true;
  const onGone = (reason: unknown): void => {
    if (handling) aborter.abort(reason);
  };
  // The end of the peer's half counts as its leaving, as in Go: a peer that closed entirely looks the same.
  void request.bodyRead
    .then(() => source.peek())
    .then((bytes) => bytes === undefined && onGone(new Error('the client closed the connection')), onGone);
  writer.closed.catch(onGone);

  try {
    const reply: Reply = await handle({
      method: head.method,
      target: head.target,
      headers: head.headers,
      hasBody: request.hasBody,
      body: request.body,
      signal: aborter.signal,
    });
    if (!(reply instanceof Response)) {
      handling = false;
      await runHijack(reply, head, source, writer, aborter);
      return false;
    }
    const drainable = request.isBodyRead() || canDrain(head, bodyWanted);
    const goesOn = await writeResponse(writer, head, reply, !head.keepAlive || !drainable);
    handling = false;
    return goesOn && (request.isBodyRead() || (await drain(request.body)));
  } catch (error) {
    aborter.abort(error);
    throw error;
  } finally {
    handling = false;
  }
}

/** A peer that was never told to continue will not send its body. */
const canDrain = (head: RequestHead, bodyWanted: boolean): boolean =>
  (bodyWanted || !expectsContinue(head)) &&
  head.headers.has('content-length') &&
  Number(head.headers.get('content-length')) <= maxDrainedBytes;

async function drain(body: ReadableStream<Uint8Array>): Promise<boolean> {
  if (body.locked) return false;
  const reader = body.getReader();
  try {
    while (!(await reader.read()).done) continue;
    return true;
  } catch {
    return false;
  }
}

/** Announces the hijack and hands the connection over; the signal then fires only when writing to the peer fails. */
async function runHijack(
  { headers, run }: Hijack,
  head: RequestHead,
  source: ByteSource,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  aborter: AbortController,
): Promise<void> {
  const upgraded = head.headers.has('upgrade');
  const announced = new Headers(headers);
  const protocol = announced.get('upgrade') ?? 'tcp';
  if (upgraded) {
    announced.set('connection', 'Upgrade');
    announced.set('upgrade', protocol);
  }
  writer.closed.catch((error) => aborter.abort(error));
  const status = !upgraded ? '200 OK' : protocol === 'tcp' ? '101 UPGRADED' : '101 Switching Protocols';
  await writer.write(encodeHead(status, announced));
  await run({
    readable: source.stream(),
    writable: new WritableStream({ write: (chunk) => writer.write(chunk) }),
  });
}
