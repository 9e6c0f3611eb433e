/** Log records as bytes: what `--timestamps` and `--details` put before a line (moby's httputils.WriteLogStream). */
import { concatBytes, encodeUtf8 } from '../lib/bytes.ts';
import { encodeSystemError } from '../lib/stdcopy.ts';
import { formatRfc3339NanoFixed } from '../lib/timestamp.ts';
import { errorMessage } from './replies.ts';
import type { LogRecord } from '../api/backend/container.ts';

/** Go's url.QueryEscape: a space becomes `+`, and only letters, digits and `-_.~` stay. */
const escape = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

const encodeAttributes = (attributes: Readonly<Record<string, string>>): string =>
  Object.keys(attributes)
    .sort()
    .map((key) => `${escape(key)}=${escape(attributes[key]!)}`)
    .join(',');

export function encodeLogRecord(record: LogRecord, parts: { timestamps: boolean; details: boolean }): Uint8Array {
  if (!parts.timestamps && !parts.details) return record.line;
  const timestamp = parts.timestamps ? `${formatRfc3339NanoFixed(record.time)} ` : '';
  const details = parts.details ? `${encodeAttributes(record.attributes ?? {})} ` : '';
  return concatBytes([encodeUtf8(timestamp + details), record.line]);
}

/** A failure after the reply has begun can only be told inside it. */
export function encodeLogError(error: unknown, tty: boolean): Uint8Array {
  const text = `Error grabbing logs: ${errorMessage(error)}\n`;
  return tty ? encodeUtf8(text) : encodeSystemError(text);
}
