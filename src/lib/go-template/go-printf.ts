/** Go's fmt.Sprintf for the values that templates see. */
import { formatG } from './go-number.ts';
import { goQuote, goQuoteRune } from './go-quote.ts';
import { GoFloat, goString, GoNil, GoStruct, isMap, sortedKeys, typeName } from './go-value.ts';

interface Directive {
  readonly verb: string;
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const directive = /%([-+# 0]*)(\[\d+\])?(\*|\d+)?(?:\.(\[\d+\])?(\*|\d+)?)?(\[\d+\])?([^])?/gu;

export function goSprintf(format: string, args: readonly unknown[]): string {
  let next = 0;
  let isReordered = false;
  const pick = (place: string | undefined): void => {
    if (place === undefined) return;
    isReordered = true;
    next = Number(place.slice(1, -1)) - 1;
  };
  const text = format.replace(
    directive,
    (
      match,
      flags: string,
      widthPlace: string | undefined,
      width: string | undefined,
      precisionPlace: string | undefined,
      precision: string | undefined,
      place: string | undefined,
      verb: string | undefined,
    ) => {
      if (verb === undefined) return '%!(NOVERB)';
      const star = (given: string | undefined): number | undefined =>
        given === '*' ? Number(args[next++]) : given === undefined ? undefined : Number(given);
      pick(widthPlace);
      const columns = star(width);
      pick(precisionPlace);
      const digits = /^%[^.]*\./.test(match.slice(0, -1)) ? (star(precision) ?? 0) : undefined;
      pick(place);
      if (verb === '%') return '%';
      if (next < 0 || (isReordered && next >= args.length)) return `%!${verb}(BADINDEX)`;
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const isLeft = flags.includes('-') || (columns ?? 0) < 0;
      return formatArgument(args[next++], {
        verb,
        flags: ofValue(verb, isLeft ? `${flags}-`.replaceAll('0', '') : flags),
        width: columns === undefined ? undefined : Math.abs(columns),
        precision: digits,
      });
    },
  );
  const extra = isReordered ? [] : args.slice(next);
  if (extra.length === 0) return text;
  return `${text}%!(EXTRA ${extra.map((arg) => (isNil(arg) ? '<nil>' : `${typeName(arg)}=${goString(arg)}`)).join(', ')})`;
}

/** `%+v` names fields (N), `%#v` writes Go (S); neither is about signs or prefixes of numbers. */
const ofValue = (verb: string, flags: string): string =>
  verb === 'v' ? flags.replaceAll('+', 'N').replaceAll('#', 'S') : flags;

const isNil = (value: unknown): boolean => value === null || value === undefined;

function formatArgument(value: unknown, d: Directive): string {
  if (isNil(value)) return d.verb === 'T' || d.verb === 'v' ? pad('<nil>', d) : `%!${d.verb}(<nil>)`;
  if (d.verb === 'T') return pad(typeName(value), d);
  const isPointer = value instanceof GoStruct && value.typeName.startsWith('*');
  return (isPointer ? '&' : '') + formatValue(value, d);
}

function formatValue(value: unknown, d: Directive): string {
  const bad = (): string =>
    isNil(value) ? `%!${d.verb}(<nil>)` : `%!${d.verb}(${typeName(value)}=${formatValue(value, plain)})`;
  if (isNil(value) || value instanceof GoNil) return d.verb === 'v' ? pad('<nil>', d) : bad();
  if (typeof value === 'string') return formatString(value, d) ?? bad();
  if (typeof value === 'boolean') return 'tv'.includes(d.verb) ? pad(String(value), d) : bad();
  if (typeof value === 'bigint') return formatInteger(value, d) ?? bad();
  if (value instanceof GoFloat) return formatFloat(value.value, d) ?? bad();
  if (typeof value === 'number')
    return (Number.isInteger(value) ? formatInteger(BigInt(value), d) : formatFloat(value, d)) ?? bad();
  const isSharp = d.flags.includes('S');
  if (Array.isArray(value)) {
    const items = value.map((item) => formatValue(item, d));
    return isSharp ? `${typeName(value)}{${items.join(', ')}}` : `[${items.join(' ')}]`;
  }
  if (value instanceof GoStruct) {
    const names = isSharp || d.flags.includes('N');
    const items = value.fieldEntries().map(([name, field]) => (names ? `${name}:` : '') + formatValue(field, d));
    return isSharp ? `${value.typeName}{${items.join(', ')}}` : `{${items.join(' ')}}`;
  }
  if (isMap(value)) {
    const items = sortedKeys(value).map((key) => `${formatValue(key, d)}:${formatValue(value[key], d)}`);
    return isSharp ? `${typeName(value)}{${items.join(', ')}}` : `map[${items.join(' ')}]`;
  }
  // A number of untyped JSON is a string with a name of its own.
  return formatString(String(value), d) ?? bad();
}

const plain: Directive = { verb: 'v', flags: '', width: undefined, precision: undefined };

function formatString(value: string, d: Directive): string | undefined {
  const cut = d.precision === undefined ? value : [...value].slice(0, d.precision).join('');
  switch (d.verb) {
    case 'v':
      return pad(d.flags.includes('S') ? goQuote(cut) : cut, d);
    case 's':
      return pad(cut, d);
    case 'q':
      return pad(quote(cut, d.flags), d);
    case 'x':
    case 'X':
      return pad(hexBytes(value, d), d);
  }
  return undefined;
}

function quote(text: string, flags: string): string {
  // Backquotes hold anything but themselves and control characters.
  if (flags.includes('#') && !/[`\p{Cc}\uFEFF]/u.test(text)) return `\`${text}\``;
  const quoted = goQuote(text);
  if (!flags.includes('+')) return quoted;
  return quoted.replace(/[^ -~]/gu, (char) => {
    const code = char.codePointAt(0)!.toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

function hexBytes(value: string, { verb, flags, precision }: Directive): string {
  const bytes = [...new TextEncoder().encode(value)].slice(0, precision);
  const prefix = flags.includes('#') ? '0x' : '';
  const pairs = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
  const text = flags.includes(' ')
    ? pairs.map((pair) => prefix + pair).join(' ')
    : (pairs.length === 0 ? '' : prefix) + pairs.join('');
  return verb === 'X' ? text.toUpperCase() : text;
}

const bases: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  v: [10, ''],
  d: [10, ''],
  b: [2, '0b'],
  o: [8, '0'],
  O: [8, ''],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatInteger(value: bigint, d: Directive): string | undefined {
  const { verb, flags, precision } = d;
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  if (verb === 'c') return pad(String.fromCodePoint(code), d);
  if (verb === 'q') return pad(goQuoteRune(String.fromCodePoint(code)), d);
  if (verb === 'U') {
    const unicode = `U+${value
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(4, precision ?? 0), '0')}`;
    return pad(flags.includes('#') ? `${unicode} '${String.fromCodePoint(code)}'` : unicode, spaced(d));
  }
  const [base, prefix] = bases[verb] ?? [];
  if (base === undefined) return undefined;
  const magnitude = (value < 0n ? -value : value).toString(base);
  const digits = (verb === 'X' ? magnitude.toUpperCase() : magnitude).padStart(precision ?? 0, '0');
  const start = verb === 'O' ? '0o' : flags.includes('#') ? prefix : '';
  return pad(sign(value < 0n, flags) + start + digits, precision === undefined ? d : spaced(d));
}

function formatFloat(value: number, d: Directive): string | undefined {
  const { verb, flags, precision } = d;
  const size = Math.abs(value);
  let text: string | undefined;
  if (!Number.isFinite(value)) text = formatG(size, -1).replace('+', '');
  else if (verb === 'v' || verb === 'g' || verb === 'G') text = formatG(size, precision ?? -1);
  else if (verb === 'f' || verb === 'F') text = size.toFixed(Math.min(100, precision ?? 6));
  else if (verb === 'e' || verb === 'E')
    text = size.toExponential(Math.min(100, precision ?? 6)).replace(/e([+-])(\d)$/, 'e$10$2');
  if (text === undefined) return undefined;
  const isNegative = value < 0 || Object.is(value, -0);
  return pad(sign(isNegative, flags) + ('GE'.includes(verb) ? text.toUpperCase() : text), d);
}

const sign = (isNegative: boolean, flags: string): string =>
  isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';

/** Padded with spaces though the flags ask for zeros. */
const spaced = (d: Directive): Directive => ({ ...d, flags: d.flags.replaceAll('0', '') });

function pad(value: string, { flags, width }: Directive): string {
  const missing = (width ?? 0) - [...value].length;
  if (missing <= 0) return value;
  if (flags.includes('-')) return value + ' '.repeat(missing);
  if (!flags.includes('0')) return ' '.repeat(missing) + value;
  const start = /^[+ -]?(0[xXb](?=.))?/.exec(value)?.[0] ?? '';
  return start + '0'.repeat(missing) + value.slice(start.length);
}
