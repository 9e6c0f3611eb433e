/** Sizes and durations for people, as docker/go-units writes and reads them. */
import { humanDuration } from '../../lib/human-duration.ts';
import { parseFloatStrict } from '../../lib/go-parse.ts';
import { formatG } from '../../lib/go-template/go-number.ts';

const decimalUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];
const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'];

function scaled(size: number, base: number, units: readonly string[], precision: number): string {
  let rest = size;
  let unit = 0;
  while (rest >= base && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  return formatG(rest, precision) + units[unit];
}

/** `4.27MB`: powers of 1000. */
export const humanSize = (bytes: number, precision = 4): string => scaled(bytes, 1000, decimalUnits, precision);

/** `23.54GiB`: powers of 1024. */
export const bytesSize = (bytes: number): string => scaled(bytes, 1024, binaryUnits, 4);

/** Bytes of `64m`, `1.5GiB`, `512`: powers of 1024 whatever the spelling. */
export function ramInBytes(text: string): number {
  const end = Math.max(...[...'0123456789. '].map((char) => text.lastIndexOf(char)));
  if (end < 0) throw new Error(`invalid size: '${text}'`);
  const number = text.slice(0, text[end] === ' ' ? end : end + 1);
  const suffix = text.slice(end + 1);
  const size = parseFloatStrict(number);
  if (size < 0) throw new Error(`invalid size: '${text}'`);
  if (suffix === '') return Math.trunc(size);
  const unit = suffix.toLowerCase();
  if (unit === 'b') return Math.trunc(size);
  const power = ['k', 'm', 'g', 't', 'p'].indexOf(unit[0]!) + 1;
  if (power === 0 || !['', 'b', 'ib'].includes(unit.slice(1))) {
    throw new Error(`invalid suffix: '${suffix.length > 3 ? suffix : unit}'`);
  }
  return Math.trunc(size * 1024 ** power);
}

/** A Unix time as Go's time.String in UTC: `2026-11-21 02:41:01 +0000 UTC`. */
export const goTime = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;

/** A Unix time as text for people: `3 minutes ago`. */
export const ago = (seconds: number): string => `${humanDuration(Date.now() - seconds * 1000)} ago`;
