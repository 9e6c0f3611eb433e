import { concatBytes, encodeUtf8 } from '../../lib/bytes.ts';
import { encodeChunk, lastChunk } from '../../lib/http-chunk.ts';
import type { HttpError } from './http-error.ts';
import type { RequestHead } from './request-parser.ts';

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  301: 'Moved Permanently',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

/** `api-version` as Go, and so Docker, writes it: `Api-Version`. */
const canonicalName = (name: string): string => name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());

/**
 * @param status code and reason
 * @param minorVersion of the request's HTTP/1: Go answers in the same
 */
export function encodeHead(status: string, headers: Headers, minorVersion = 1): Uint8Array {
  let text = `HTTP/1.${minorVersion} ${status}\r\n`;
  headers.forEach((value, name) => {
    // A line break here would start a header, or a body, of somebody else's choice.
    text += `${canonicalName(name)}: ${value.replace(/[\r\n]/g, ' ')}\r\n`;
  });
  return encodeUtf8(`${text}\r\n`);
}

/** What Go's net/http writes when it refuses a request itself; the end of the connection ends it. */
export function encodeRefusal({ status, told, message }: HttpError): Uint8Array {
  if (status === 417)
    return encodeUtf8('HTTP/1.1 417 Expectation Failed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  const text = `${status} ${reasons[status]}${told ? `: ${message}` : ''}`;
  const body = status === 501 ? message : text;
  return encodeUtf8(
    `HTTP/1.1 ${status === 501 ? `${status} ${reasons[status]}` : text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${body}`,
  );
}

/**
 * Writes a response: in one piece when it names its Content-Length, else its head at once and every chunk as it comes.
 * `closing` says that no further request will be read; a response that says `Connection: close` itself ends with it,
 * without chunks. Resolves to whether the connection can go on.
 */
export async function writeResponse(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  request: Pick<RequestHead, 'method' | 'minorVersion'>,
  response: Response,
  closing: boolean,
): Promise<boolean> {
  const { status, body } = response;
  const headers = new Headers(response.headers);
  headers.set('date', new Date().toUTCString());
  const bodiless = request.method === 'HEAD' || status === 204 || status === 304 || body === null;
  const known = headers.has('content-length');
  if (body === null && !known && status !== 204 && status !== 304) headers.set('content-length', '0');
  // Docker answers so on a connection it has taken over already: neither announced nor framed.
  const unframed = headers.get('connection') === 'close';
  headers.delete('connection');
  const chunked = !bodiless && !known && !unframed && request.minorVersion > 0;
  if (chunked) headers.set('transfer-encoding', 'chunked');
  // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
  const close = closing || (!bodiless && !known && !chunked);
  if (request.minorVersion === 0) {
    // Closing is what HTTP/1.0 does anyway.
    if (!close) headers.set('connection', 'keep-alive');
  } else if (close && !unframed) {
    headers.set('connection', 'close');
  }
  const head = encodeHead(`${status} ${reasons[status] ?? 'Status'}`, headers, request.minorVersion);

  if (bodiless) {
    await body?.cancel();
    await writer.write(head);
  } else if (known) {
    await writer.write(concatBytes([head, new Uint8Array(await response.arrayBuffer())]));
  } else {
    await writer.write(head);
    await pumpBody(body, writer, chunked);
  }
  return !close;
}

async function pumpBody(
  body: ReadableStream<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  chunked: boolean,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.length > 0) await writer.write(chunked ? encodeChunk(value) : value);
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  }
  if (chunked) await writer.write(lastChunk);
}
