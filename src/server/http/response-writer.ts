import { concatBytes, encodeUtf8 } from '../../lib/bytes.ts';
import type { RequestHead } from './request-parser.ts';

const reasons: Readonly<Record<number, string>> = {
  101: 'UPGRADED',
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

export function encodeHead(status: number, headers: Headers): Uint8Array {
  let text = `HTTP/1.1 ${status} ${reasons[status] ?? 'Status'}\r\n`;
  headers.forEach((value, name) => {
    // A line break here would start a header, or a body, of somebody else's choice.
    text += `${canonicalName(name)}: ${value.replace(/[\r\n]/g, ' ')}\r\n`;
  });
  return encodeUtf8(`${text}\r\n`);
}

const crlf = encodeUtf8('\r\n');
const lastChunk = encodeUtf8('0\r\n\r\n');
const encodeChunk = (bytes: Uint8Array): Uint8Array =>
  concatBytes([encodeUtf8(`${bytes.length.toString(16)}\r\n`), bytes, crlf]);

/**
 * Writes a response: in one piece when it names its Content-Length, else its head at once and every chunk as it comes.
 * `closing` says that no further request will be read. Resolves to whether the connection can go on.
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
  const chunked = !bodiless && !known && request.minorVersion > 0;
  if (chunked) headers.set('transfer-encoding', 'chunked');
  // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
  const close = closing || (!bodiless && !known && !chunked);
  if (close) headers.set('connection', 'close');
  else if (request.minorVersion === 0) headers.set('connection', 'keep-alive');
  const head = encodeHead(status, headers);

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
