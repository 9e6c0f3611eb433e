// Instants in nanoseconds since 1970, as Docker stores them. JavaScript's clocks give microseconds at best, so the last
// three digits are a counter: two instants are never equal and later is always greater.

let latest = 0n;

/** Now, strictly greater than any earlier result. */
export function nowNanoseconds(): bigint {
  const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  latest = now > latest ? now : latest + 1n;
  return latest;
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
