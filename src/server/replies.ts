/** The replies routes give: JSON, nothing, and streams that start at once. */
import { DockerError, errorKind, httpStatus } from '../api/error.ts';
import { encodeUtf8 } from '../lib/bytes.ts';
import type { ApiContext } from './context.ts';
import type { Hijack } from './http/request.ts';

/** JSON with the newline Go's encoder ends it with. */
export function json(context: ApiContext, value: unknown, status: 200 | 201 = 200): Response {
  const bytes = encodeUtf8(`${JSON.stringify(value)}\n`);
  return context.body(bytes as Uint8Array<ArrayBuffer>, status, {
    'content-type': 'application/json',
    'content-length': `${bytes.length}`,
  });
}

export const noContent = (context: ApiContext): Response => context.body(null, 204);

/** Status and `{"message"}` of whatever was thrown: the one place where an error's kind becomes a status. */
export function errorReply(error: unknown): Response {
  const status = httpStatus(errorKind(error));
  if (status === 304) return new Response(null, { status });
  const bytes = encodeUtf8(`${JSON.stringify({ message: errorMessage(error) })}\n`);
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    status,
    headers: { 'content-type': 'application/json', 'content-length': `${bytes.length}` },
  });
}

export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The same error with what was being done in front, as Go's errors.Wrapf. */
export const wrapError = (prefix: string, error: unknown): DockerError =>
  new DockerError(errorKind(error), `${prefix}: ${errorMessage(error)}`, { cause: error });

export const jsonLine = (value: unknown): Uint8Array => encodeUtf8(`${JSON.stringify(value)}\n`);

/** A 200 whose head is sent at once and whose body follows as `source` yields it, until it ends or `signal` fires (the client's leaving, by default). */
export function streamReply<T>(
  context: ApiContext,
  contentType: string,
  source: AsyncIterable<T>,
  encode: (item: T) => Uint8Array,
  signal = context.env.signal,
): Response {
  return context.body(encodedStream(source, encode, signal), 200, { 'content-type': contentType });
}

/**
 * The items of `source`, encoded. When the signal fires the stream ends and `source` is asked to, even if it is waiting
 * for its next item.
 */
function encodedStream<T>(
  source: AsyncIterable<T>,
  encode: (item: T) => Uint8Array,
  signal: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  let onAbort: () => void;
  const finish = (): void => {
    ended = true;
    signal.removeEventListener('abort', onAbort);
  };
  const end = (): void => {
    finish();
    Promise.resolve(iterator.return?.()).catch(() => {});
  };
  return new ReadableStream(
    {
      start(controller) {
        onAbort = () => {
          end();
          controller.close();
        };
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort, { once: true });
      },
      async pull(controller) {
        const item = await iterator.next().catch((error: unknown) => {
          // The stream fails with it, and there is nothing left to close.
          finish();
          throw error;
        });
        if (ended) return;
        if (item.done === true) {
          finish();
          controller.close();
        } else {
          controller.enqueue(encode(item.value) as Uint8Array<ArrayBuffer>);
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/**
 * Hands the connection to `run` once the reply's head is out. A Response cannot say 101, so the takeover travels beside
 * the returned one, which stands for it.
 */
export function takeOver(context: ApiContext, contentType: string, run: Hijack['run']): Response {
  const response = context.body(null, 200, { 'content-type': contentType });
  context.env.hijack = { headers: response.headers, run };
  return response;
}
