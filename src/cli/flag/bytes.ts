/** Flags of amounts: bytes and CPUs. */
import { ramInBytes } from '../format/units.ts';
import type { Extras, Flag } from './flag.ts';

/** Bytes: `64m`. */
export const bytes = (usage: string, extras: Extras = {}): Flag<number> => ({
  kind: 'bytes',
  usage,
  initial: 0,
  ...extras,
  add: (_value, given) => ramInBytes(given),
});

/** 1e-9 CPUs: `1.5`, `3/2`. */
export const decimal = (usage: string, extras: Extras = {}): Flag<number> => ({
  kind: 'decimal',
  usage,
  initial: 0,
  ...extras,
  add: (_value, given) => parseCpus(given),
});

export function parseCpus(given: string): number {
  const [, whole, fraction = '', exponent = '0', divisor] =
    /^([+-]?\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?(?:\/(\d+))?$/.exec(given) ?? [];
  const isNumber = whole !== undefined && /\d/.test(whole + fraction) && Math.abs(Number(exponent)) < 100;
  if (!isNumber || (divisor !== undefined && Number(divisor) === 0))
    throw new Error(`failed to parse ${given} as a rational number`);
  const power = Number(exponent) - fraction.length + 9;
  const digits = BigInt(`${whole}${fraction}`.replace(/^\+/, '') || '0');
  const numerator = digits * 10n ** BigInt(Math.max(0, power));
  const denominator = 10n ** BigInt(Math.max(0, -power)) * BigInt(divisor ?? 1);
  if (numerator % denominator !== 0n) throw new Error('value is too precise');
  return Number(numerator / denominator);
}
