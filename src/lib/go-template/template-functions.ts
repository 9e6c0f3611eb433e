/** Functions of text/template and the ones docker/cli adds. Arguments come checked against `params`. */
import { goSprintf } from './go-printf.ts';
import {
  goArgument,
  GoFloat,
  GoJsonNumber,
  GoNil,
  goJson,
  goString,
  GoStruct,
  isMap,
  isTrue,
  isUntyped,
  typeName,
} from './go-value.ts';

type Param = 'any' | 'string' | 'int' | 'strings';

export interface TemplateFunction {
  readonly params: readonly Param[];
  /** The last parameter may come any number of times. */
  readonly variadic?: boolean;
  call(...args: never[]): unknown;
}

const of = (params: readonly Param[], call: (...args: never[]) => unknown, variadic = false): TemplateFunction => ({
  params,
  call,
  variadic,
});

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

/** fmt.Sprint: a space between two operands when neither is a string. */
const sprint = (...args: unknown[]): string =>
  args
    .map(
      (arg, at) => (at > 0 && typeof arg !== 'string' && typeof args[at - 1] !== 'string' ? ' ' : '') + goArgument(arg),
    )
    .join('');

/** What is escaped: nothing at all is `<no value>`. */
const printed = (...args: unknown[]): string => sprint(...args.map((arg) => arg ?? undefined));

function length(value: unknown): number {
  if (typeof value === 'string') return byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  if (value === null || value === undefined) throw new Error('reflect: call of reflect.Value.Type on zero Value');
  if (value instanceof GoNil) throw new Error('len of nil pointer');
  throw new Error(`len of type ${typeName(value)}`);
}

function index(item: unknown, ...keys: unknown[]): unknown {
  if (item === null || item === undefined) throw new Error('index of untyped nil');
  return keys.reduce((value: unknown, key) => {
    if (Array.isArray(value) || typeof value === 'string') {
      if (typeof key !== 'number')
        throw new Error(
          key === null ? 'cannot index slice/array with nil' : `cannot index slice/array with type ${typeName(key)}`,
        );
      const size = length(value);
      // Go checks the bounds one too far, and reflect then catches it.
      if (key === size)
        throw new Error(`reflect: ${typeof value === 'string' ? 'string' : 'slice'} index out of range`);
      if (key < 0 || key > size) throw new Error(`index out of range: ${key}`);
      return typeof value === 'string' ? new TextEncoder().encode(value)[key] : (value as unknown[])[key];
    }
    if (isMap(value)) {
      if (typeof key !== 'string') throw new Error(`value has type ${typeName(key)}; should be string`);
      if (Object.hasOwn(value, key)) return value[key];
      // The zero value of the map's elements; of an interface that is no value.
      return !isUntyped(value) && Object.values(value).every((element) => typeof element === 'string') ? '' : undefined;
    }
    if (value === null || value === undefined || value instanceof GoNil) throw new Error('index of nil pointer');
    throw new Error(`can't index item of type ${typeName(value)}`);
  }, item);
}

function slice(item: unknown, ...bounds: number[]): unknown {
  if (typeof item !== 'string' && !Array.isArray(item)) throw new Error(`can't slice item of type ${typeName(item)}`);
  const size = length(item);
  const [from = 0, to = size] = bounds;
  for (const bound of [from, to]) if (bound < 0 || bound > size) throw new Error(`index out of range: ${bound}`);
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return typeof item === 'string' ? sliceBytes(item, from, to) : item.slice(from, to);
}

/** Strings are of bytes; a character cut in two is no character. */
const sliceBytes = (text: string, from: number, to: number): string =>
  new TextDecoder().decode(new TextEncoder().encode(text).subarray(from, to));

type Kind = 'bool' | 'int' | 'float' | 'string';

function kindOf(value: unknown): Kind | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'bigint') return 'int';
  if (value instanceof GoFloat) return 'float';
  if (value instanceof GoJsonNumber) return 'string';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : undefined;
}

const isNil = (value: unknown): boolean => value === null || value === undefined || value instanceof GoNil;

function equal(first: unknown, ...others: unknown[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  return others.some((other) => {
    if (isNil(first) || isNil(other)) return isNil(first) && isNil(other);
    const [left, right] = [kindOf(first), kindOf(other)];
    if (left === undefined || right === undefined) {
      if (first instanceof GoStruct || other instanceof GoStruct || typeName(first) !== typeName(other))
        throw new Error('incompatible types for comparison');
      throw new Error(`non-comparable type ${goString(first)}: ${typeName(first)}`);
    }
    if (left !== right) throw new Error('incompatible types for comparison');
    return goString(first) === goString(other);
  });
}

const numberOf = (value: unknown): number => (value instanceof GoFloat ? value.value : Number(value));

function less(first: unknown, second: unknown): boolean {
  const [left, right] = [kindOf(first), kindOf(second)];
  if (left === undefined || right === undefined || left === 'bool') throw new Error('invalid type for comparison');
  if (left !== right) throw new Error('incompatible types for comparison');
  return left === 'string' ? String(first) < String(second) : numberOf(first) < numberOf(second);
}

const htmlEscapes: Record<string, string> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&#39;',
  '"': '&#34;',
  '\0': '\uFFFD',
};

/** strings.Title: any ASCII character but letters, digits and `_` parts words, and space beyond. */
const titleCase = (text: string): string =>
  text.replace(
    /(^|[^\p{L}\p{N}_\u0080-\u{10FFFF}]|\s)(\p{Ll})/gu,
    (_match, before: string, letter: string) => before + letter.toUpperCase(),
  );

/** Characters stay one each: Go knows no other case of `ß`. */
const byCharacter = (text: string, map: (char: string) => string): string =>
  [...text].map((char) => ([...map(char)].length === 1 ? map(char) : char)).join('');

/** `and` and `or` are not here: they do not evaluate all their arguments. */
export const builtinFunctions: Readonly<Record<string, TemplateFunction>> = {
  not: of(['any'], (value: unknown) => !isTrue(value)),
  call: of(
    ['any'],
    () => {
      throw new Error('call of non-function');
    },
    true,
  ),
  html: of(['any'], (...args: unknown[]) => printed(...args).replace(/[<>&'"\0]/g, (char) => htmlEscapes[char]!), true),
  js: of(
    ['any'],
    (...args: unknown[]) =>
      JSON.stringify(printed(...args))
        .slice(1, -1)
        .replace(/['<>&=]/g, (char) =>
          char === "'" ? "\\'" : `\\u00${char.charCodeAt(0).toString(16).toUpperCase()}`,
        ),
    true,
  ),
  urlquery: of(
    ['any'],
    (...args: unknown[]) => new URLSearchParams([['', printed(...args)]]).toString().slice(1),
    true,
  ),
  index: of(['any', 'any'], index, true),
  slice: of(['any', 'int'], slice, true),
  len: of(['any'], length),
  print: of(['any'], sprint, true),
  printf: of(['string', 'any'], (format: string, ...args: unknown[]) => goSprintf(format, args), true),
  println: of(['any'], (...args: unknown[]) => `${args.map(goArgument).join(' ')}\n`, true),
  eq: of(['any', 'any'], equal, true),
  ne: of(['any', 'any'], (first: unknown, second: unknown) => !equal(first, second)),
  lt: of(['any', 'any'], less),
  le: of(['any', 'any'], (first: unknown, second: unknown) => less(first, second) || equal(first, second)),
  gt: of(['any', 'any'], (first: unknown, second: unknown) => !(less(first, second) || equal(first, second))),
  ge: of(['any', 'any'], (first: unknown, second: unknown) => !less(first, second)),
  json: of(['any'], goJson),
  split: of(['string', 'string'], (text: string, separator: string) =>
    separator === '' ? [...text] : text.split(separator),
  ),
  join: of(['strings', 'string'], (items: string[], separator: string) => items.join(separator)),
  title: of(['string'], titleCase),
  lower: of(['string'], (text: string) => byCharacter(text, (char) => char.toLowerCase())),
  upper: of(['string'], (text: string) => byCharacter(text, (char) => char.toUpperCase())),
  pad: of(['string', 'int', 'int'], (text: string, before: number, after: number) => {
    if (text === '') return '';
    if (before < 0 || after < 0) throw new Error('strings: negative Repeat count');
    return ' '.repeat(before) + text + ' '.repeat(after);
  }),
  truncate: of(['string', 'int'], (text: string, size: number) => {
    if (length(text) <= size) return text;
    if (size < 0) throw new Error(`runtime error: slice bounds out of range [:${size}]`);
    return sliceBytes(text, 0, size);
  }),
};

const identity = (text: unknown): unknown => text;

/** What they are in a table's header, which must come out as it is: the column's name. `pad` still pads. */
export const headerFunctions: Readonly<Record<string, TemplateFunction>> = {
  ...builtinFunctions,
  json: of(['any'], identity),
  split: of(['any', 'string'], identity),
  join: of(['any', 'string'], identity),
  title: of(['any'], identity),
  lower: of(['any'], identity),
  upper: of(['any'], identity),
  truncate: of(['any', 'int'], identity),
};
