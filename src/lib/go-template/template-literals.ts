/** Numbers and characters written in a template. */
import { parseInteger } from '../go-parse.ts';
import { goUnquote } from './go-quote.ts';
import { GoFloat } from './go-value.ts';

/** An integer is one of 64 bits, a bigint past 2^53; what has a point or an exponent is a float. Throws for others. */
export function parseNumber(text: string): number | bigint | GoFloat {
  if (!/^[+-]?(?!0[xX])[^xX]*[.eE]/.test(text)) {
    try {
      const value = parseInteger(text, true, { base: 0 });
      return Number.isSafeInteger(value) || !/^[+-]?\d+$/.test(text) ? value : BigInt(text);
    } catch (error) {
      const isHuge = (error as Error).message.endsWith('out of range');
      throw new Error(`${isHuge ? 'integer overflow' : 'illegal number syntax'}: "${text}"`, { cause: error });
    }
  }
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isFinite(value) || !/[0-9]/.test(text)) throw new Error(`illegal number syntax: "${text}"`);
  return new GoFloat(value);
}

/** The number of a character: `'a'`, `'\\n'`. */
export function unquoteChar(text: string): number {
  if (text === "''") throw new Error('invalid syntax');
  const [char = '', ...rest] = goUnquote(`"${text.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`);
  if (rest.length > 0) throw new Error(`malformed character constant: ${text}`);
  return char.codePointAt(0)!;
}
