/** Points in time as `--since` and `--until` accept them (moby's api/types/time). */
import { parseDuration } from './flag/go-parse.ts';
import { goQuote } from './format/go-quote.ts';

/**
 * A Unix timestamp in text, for the daemon: of a duration before now (`42m`), a date or time (RFC 3339, parts of it
 * may be missing; UTC without a zone), or a timestamp as it is. '' stays ''. `name` is the option's, for commands whose errors name it.
 */
export function toTimestamp(text: string, name?: string, now = Date.now()): string {
  if (text === '') return '';
  const context = name === undefined ? '' : `invalid value for "${name}": `;
  const duration = text === '0' ? undefined : attempt(() => parseDuration(text));
  if (duration !== undefined) return String(Math.trunc((now - duration / 1e6) / 1000));
  const date =
    /^(\d{4}-\d{2}-\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?(Z|z|[+-]\d{2}:\d{2})?$/.exec(text);
  if (date !== null) {
    const [, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = date;
    const seconds = Date.parse(`${day}T${hour}:${minute}:${second}${zone.toUpperCase()}`) / 1000;
    if (!Number.isNaN(seconds)) return `${seconds}.${fraction.padEnd(9, '0')}`;
  }
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return text;
  if (text.includes('-')) throw new Error(`${context}parsing time ${goQuote(text)}: no date or time of RFC 3339`);
  throw new Error(`${context}failed to parse value as time or duration: ${goQuote(text)}`);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
