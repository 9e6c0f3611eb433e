import { parseDuration } from './go-duration.ts';

/**
 * A Unix timestamp in text (`1136073600`, `1136073600.000000001`) of a duration before now (`42m`), a date or time
 * (RFC 3339, parts of it may be missing; UTC without a zone), or a timestamp as it is: moby's timetypes.GetTimestamp.
 * Throws an Error for anything else.
 */
export function unixTimestamp(text: string, now = Date.now()): string {
  const duration = text === '0' ? undefined : durationOf(text);
  if (duration !== undefined) return String(Math.floor((now - duration / 1e6) / 1000));
  const date =
    /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9})\d*)?)?)?)?(Z|z|[+-]\d{2}:\d{2})?$/.exec(
      text,
    );
  if (date) return dateTimestamp(text, date);
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return text;
  if (text.includes('-')) throw new Error(`parsing time ${JSON.stringify(text)}: no date or time of RFC 3339`);
  throw new Error(`failed to parse value as time or duration: ${JSON.stringify(text)}`);
}

function durationOf(text: string): number | undefined {
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

function dateTimestamp(text: string, [, year, month, day, ...time]: RegExpExecArray): string {
  const [hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = time;
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const ranges: [value: string, least: number, most: number, name: string][] = [
    [month!, 1, 12, 'month'],
    [day!, 1, daysInMonth, 'day'],
    [hour, 0, 23, 'hour'],
    [minute, 0, 59, 'minute'],
    [second, 0, 59, 'second'],
  ];
  const wrong = ranges.find(([value, least, most]) => Number(value) < least || Number(value) > most);
  if (wrong) throw new Error(`parsing time ${JSON.stringify(text)}: ${wrong[3]} out of range`);
  const seconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone.toUpperCase()}`) / 1000;
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
