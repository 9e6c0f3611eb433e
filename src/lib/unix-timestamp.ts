import { parseDuration } from './go-duration.ts';
import { parseGoTime } from './go-time.ts';

const largest = 2n ** 63n - 1n;

/**
 * A Unix timestamp in text (`1136073600`, `1136073600.000000001`) of a duration before now (`42m`), a date or time
 * (RFC 3339, parts of it may be missing; UTC without a zone), or a timestamp as it is: moby's timetypes.GetTimestamp.
 * Throws an Error for anything else.
 */
export function unixTimestamp(text: string, now = Date.now()): string {
  const duration = text === '0' ? undefined : durationOf(text);
  if (duration !== undefined) return String(Math.floor((now - duration / 1e6) / 1000));
  try {
    return parseGoTime(layoutOf(text), text);
  } catch (error) {
    if (text.includes('-')) throw error;
  }
  const [seconds] = /^[+-]?\d+(?=(\.\d+)?$)/.exec(text) ?? [];
  if (seconds !== undefined && BigInt(seconds.replace('+', '')) <= largest) return text;
  throw new Error(`failed to parse value as time or duration: ${JSON.stringify(text)}`);
}

/** How much of RFC 3339 is to be read. */
function layoutOf(text: string): string {
  const hasZone = /[zZ+]/.test(text) || text.split('-').length === 4;
  const zone = hasZone ? 'Z07:00' : '';
  if (text.includes('.')) return `2006-01-02T15:04:05.999999999${zone}`;
  if (!text.includes('T')) return `2006-01-02${zone}`;
  const inZone = hasZone && !/z/i.test(text) ? 1 : 0;
  const colons = text.split(':').length - 1 - inZone;
  return `2006-01-02T${['15', '15:04'][Math.max(0, colons)] ?? '15:04:05'}${zone}`;
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}
