/** Go's time.Parse for layouts of the parts below, with its errors. */

const zone = 'Z07:00';
/** The parts that are not copied literally. */
const parts = /2006|Z07:00|\.999999999|0[1245]|15/;

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  fraction: string;
  /** Minutes east of UTC. */
  offset: number;
}

/** `seconds.nanoseconds` since 1970 of a time in `layout`, UTC where it says no zone. Throws an Error in Go's words. */
export function parseGoTime(layout: string, value: string): string {
  const fields: Fields = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, fraction: '', offset: 0 };
  const quoted = JSON.stringify(value);
  let rest = value;
  for (const part of layout.split(new RegExp(`(${parts.source})`)).filter((text) => text !== '')) {
    const taken = take(part, rest, fields);
    if (taken === undefined) {
      throw new Error(
        `parsing time ${quoted} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`,
      );
    }
    if (taken.outOfRange !== undefined) throw new Error(`parsing time ${quoted}: ${taken.outOfRange} out of range`);
    rest = rest.slice(taken.length);
  }
  if (rest !== '') throw new Error(`parsing time ${quoted}: extra text: ${JSON.stringify(rest)}`);
  const { year, month, day, hour, minute, second, fraction, offset } = fields;
  const last = new Date(0);
  last.setUTCFullYear(year, month, 0);
  if (day < 1 || day > last.getUTCDate()) throw new Error(`parsing time ${quoted}: day out of range`);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return `${date.getTime() / 1000 - offset * 60}.${fraction.slice(0, 9).padEnd(9, '0')}`;
}

interface Taken {
  readonly length: number;
  readonly outOfRange?: string;
}

/** Reads one part of a layout from the beginning of `text`; undefined when it is not there. */
function take(part: string, text: string, fields: Fields): Taken | undefined {
  const number = (
    pattern: RegExp,
    field: keyof Omit<Fields, 'fraction'>,
    least = 0,
    most = 9999,
  ): Taken | undefined => {
    const [digits] = pattern.exec(text) ?? [];
    if (digits === undefined) return undefined;
    fields[field] = Number(digits);
    const isInside = fields[field] >= least && fields[field] <= most;
    return { length: digits.length, ...(!isInside && { outOfRange: field }) };
  };
  switch (part) {
    case '2006':
      return number(/^\d{4}/, 'year');
    case '01':
      return number(/^\d\d/, 'month', 1, 12);
    case '02':
      return number(/^\d\d/, 'day', 0, 99);
    case '15':
      return number(/^\d\d?/, 'hour', 0, 23);
    case '04':
      return number(/^\d\d/, 'minute', 0, 59);
    case '05': {
      const seconds = number(/^\d\d/, 'second', 0, 59);
      // A fraction is read whether the layout has one or not.
      const [fraction = ''] = /^[.,]\d+/.exec(text.slice(2)) ?? [];
      fields.fraction = fraction.slice(1);
      return seconds && { ...seconds, length: 2 + fraction.length };
    }
    case '.999999999':
      return { length: 0 };
    case zone: {
      if (text.startsWith('Z')) return { length: 1 };
      const [all, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)/.exec(text) ?? [];
      if (all === undefined) return undefined;
      fields.offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
      if (Number(hours) > 24) return { length: 6, outOfRange: 'time zone offset hour' };
      return { length: 6, ...(Number(minutes) > 60 && { outOfRange: 'time zone offset minute' }) };
    }
    default:
      return text.startsWith(part) ? { length: part.length } : undefined;
  }
}
