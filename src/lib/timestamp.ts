// Instants in nanoseconds since 1970, as Docker stores them. JavaScript's clocks give microseconds at best, so the last
// three digits are a counter: two instants are never equal and later is always greater.

let latest = 0n;

/** Now, strictly greater than any earlier result. `count` reserves so many instants, the result being the first. */
export function nowNanoseconds(count = 1): bigint {
  const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  const first = now > latest ? now : latest + 1n;
  latest = first + BigInt(count - 1);
  return first;
}

/** The instant an RFC 3339 text in UTC names, with up to nine digits of fraction. */
export function parseRfc3339Nano(text: string): bigint {
  const point = text.indexOf('.');
  const seconds = Date.parse(point < 0 ? text : `${text.slice(0, point)}Z`) / 1000;
  const fraction = point < 0 ? '' : text.slice(point + 1, -1);
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** RFC 3339 with the digits Go's time.RFC3339Nano prints: trailing zeros of the fraction are left out. */
export function formatRfc3339Nano(nanoseconds: bigint): string {
  const fraction = (nanoseconds % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  const seconds = new Date(Number(nanoseconds / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}${fraction ? `.${fraction}` : ''}Z`;
}

/** RFC 3339 with nine digits always, as log timestamps have them. */
export function formatRfc3339NanoFixed(nanoseconds: bigint): string {
  const seconds = new Date(Number(nanoseconds / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${(nanoseconds % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}

/** Docker's "never". */
export const zeroTime = '0001-01-01T00:00:00Z';
