/** The chunks of HTTP/1.1's chunked transfer coding (RFC 9112, 7.1). */
import { concatBytes, encodeUtf8 } from './bytes.ts';

const crlf = encodeUtf8('\r\n');

/** One chunk; it may not be empty, which would be the end. */
export const encodeChunk = (bytes: Uint8Array): Uint8Array =>
  concatBytes([encodeUtf8(`${bytes.length.toString(16)}\r\n`), bytes, crlf]);

/** What ends the body. */
export const lastChunk = encodeUtf8('0\r\n\r\n');
