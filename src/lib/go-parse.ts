/**
 * Numbers, booleans and durations as Go's strconv and time packages read them, with their errors: pflag passes these on
 * to the user.
 */
import { goQuote } from './go-template/go-quote.ts';

/** strconv.ParseBool. */
export function parseBool(text: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false;
  throw new Error(`strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`);
}

export interface IntegerOptions {
  /** 0 lets a prefix (`0x`, `0o`, `0b`, `0`) decide. */
  readonly base?: 0 | 8 | 10;
  readonly bits?: 16 | 32 | 64;
  /** What the error calls the function. */
  readonly name?: string;
}

/** strconv.ParseInt, or ParseUint when `signed` is false. Past 2^53 the result is the nearest number. */
export function parseInteger(
  text: string,
  signed: boolean,
  { base = 10, bits = 64, name }: IntegerOptions = {},
): number {
  const fail = (reason: string): Error =>
    new Error(`strconv.${name ?? (signed ? 'ParseInt' : 'ParseUint')}: parsing ${goQuote(text)}: ${reason}`);
  const match = /^([+-]?)(.+)$/s.exec(text);
  if (match === null || (!signed && match[1] !== '')) throw fail('invalid syntax');
  const literal = base === 0 ? baseZero(match[2]!) : base === 8 ? octal(match[2]!) : decimal(match[2]!);
  if (literal === undefined) throw fail('invalid syntax');
  const value = match[1] === '-' ? -BigInt(literal) : BigInt(literal);
  const [low, high] = signed
    ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
    : [0n, (1n << BigInt(bits)) - 1n];
  if (value < low || value > high) throw fail('value out of range');
  return Number(value);
}

const decimal = (digits: string): string | undefined => (/^[0-9]+$/.test(digits) ? digits : undefined);
const octal = (digits: string): string | undefined => (/^[0-7]+$/.test(digits) ? `0o${digits}` : undefined);

function baseZero(digits: string): string | undefined {
  const plain = digits.replace(/(?<=[0-9a-fA-FxXoObB])_(?=[0-9a-fA-F])/g, '').toLowerCase();
  if (/^(0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/.test(plain)) return plain;
  if (/^0[0-7]+$/.test(plain)) return `0o${plain.slice(1)}`;
  return /^(0|[1-9][0-9]*)$/.test(plain) ? plain : undefined;
}

/** strconv.ParseFloat, decimal notation. */
export function parseFloatStrict(text: string): number {
  if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text)) {
    throw new Error(`strconv.ParseFloat: parsing ${goQuote(text)}: invalid syntax`);
  }
  return Number(text);
}

export { parseDuration } from './go-duration.ts';
