/** Go's fmt.Sprintf, for the verbs that make sense in a template: v d s q t c x X o b e f g and %%. */
import { formatG } from './go-number.ts';
import { goQuote, goQuoteRune } from './go-quote.ts';
import { goArgument, goString, typeName } from './go-value.ts';

export function goSprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(
    /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?([a-zA-Z%])?/g,
    (match, flags: string, width: string | undefined, precision: string | undefined, verb: string | undefined) => {
      if (verb === undefined) return '%!(NOVERB)';
      if (verb === '%') return '%';
      const star = (given: string | undefined): number | undefined =>
        given === '*' ? Number(args[next++]) : given === undefined ? undefined : Number(given);
      const columns = star(width);
      const digits = match.includes('.') ? (star(precision) ?? 0) : undefined;
      if (next >= args.length) return `%!${verb}(MISSING)`;
      return pad(formatVerb(verb, flags, digits, args[next++]), flags, columns);
    },
  );
  const extra = args.slice(next).map((arg) => `${typeName(arg)}=${goString(arg)}`);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
}

function formatVerb(verb: string, flags: string, digits: number | undefined, value: unknown): string {
  const bad = `%!${verb}(${value === null ? '<nil>' : `${typeName(value)}=${goString(value)}`})`;
  if (verb === 'v') return goArgument(value);
  if (verb === 'T') return typeName(value);
  if (typeof value === 'string') {
    const cut = digits === undefined ? value : [...value].slice(0, digits).join('');
    if (verb === 's') return cut;
    if (verb === 'q') return goQuote(cut);
    if (verb === 'x' || verb === 'X') return hex(cut, verb);
    return bad;
  }
  if (typeof value === 'boolean') return verb === 't' ? String(value) : bad;
  if (typeof value === 'number') return formatNumber(verb, flags, digits, value) ?? bad;
  if (Array.isArray(value)) return `[${value.map((item) => formatVerb(verb, flags, digits, item)).join(' ')}]`;
  return verb === 's' || verb === 'd' ? goString(value) : bad;
}

function formatNumber(verb: string, flags: string, digits: number | undefined, value: number): string | undefined {
  const sign = value >= 0 && flags.includes('+') ? '+' : value >= 0 && flags.includes(' ') ? ' ' : '';
  const prefix = flags.includes('#');
  if (Number.isInteger(value)) {
    switch (verb) {
      case 'd':
        return sign + value;
      case 'c':
        return String.fromCodePoint(value);
      case 'q':
        return goQuoteRune(String.fromCodePoint(value));
      case 'x':
        return (prefix ? '0x' : '') + value.toString(16);
      case 'X':
        return (prefix ? '0X' : '') + value.toString(16).toUpperCase();
      case 'o':
        return (prefix ? '0' : '') + value.toString(8);
      case 'b':
        return value.toString(2);
    }
    return undefined;
  }
  switch (verb) {
    case 'f':
      return sign + value.toFixed(digits ?? 6);
    case 'e':
      return sign + value.toExponential(digits ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
    case 'g':
      return sign + formatG(value, digits ?? -1);
  }
  return undefined;
}

function hex(value: string, verb: string): string {
  const digits = [...new TextEncoder().encode(value)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return verb === 'X' ? digits.toUpperCase() : digits;
}

function pad(value: string, flags: string, columns: number | undefined): string {
  if (columns === undefined) return value;
  const missing = columns - [...value].length;
  if (missing <= 0) return value;
  if (flags.includes('-')) return value + ' '.repeat(missing);
  if (!flags.includes('0')) return ' '.repeat(missing) + value;
  const sign = /^[+-]/.exec(value)?.[0] ?? '';
  return sign + '0'.repeat(missing) + value.slice(sign.length);
}
