/**
 * Go values as the templates see them. Strings, booleans and numbers are JavaScript's own, a slice is an array, a map
 * a plain object, nil is null, "no value" is undefined; only a struct (fields in order, methods, a type name for
 * errors) needs a class.
 */
import { formatG } from './go-number.ts';

export type Field = unknown;
/** A method; called with the arguments given in the template. */
export type Method = (...args: unknown[]) => unknown;

export class GoStruct {
  /** As errors name it: `*formatter.ContainerContext`. */
  readonly typeName: string;
  readonly #fields: Readonly<Record<string, Field | Method>>;
  readonly #json: (() => unknown) | undefined;
  /** What a missing field is; without it, evaluating one is an error. */
  readonly missing: 'error' | 'no value';
  /** Marshals itself, which in Go escapes `<`, `>` and `&` even where the encoder around it does not. */
  readonly escapesHtml: boolean;

  /** A function among `fields` is a method. `json` is what the struct marshals to, itself by default. */
  constructor(
    typeName: string,
    fields: Readonly<Record<string, Field | Method>>,
    {
      json,
      missing = 'error',
      escapesHtml = false,
    }: { json?: () => unknown; missing?: 'error' | 'no value'; escapesHtml?: boolean } = {},
  ) {
    this.typeName = typeName;
    this.#fields = fields;
    this.#json = json;
    this.missing = missing;
    this.escapesHtml = escapesHtml;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  get(name: string): Field | Method {
    return this.#fields[name];
  }

  /** Fields in order, methods left out. */
  fieldEntries(): [name: string, value: Field][] {
    return Object.entries(this.#fields).filter(([, value]) => typeof value !== 'function');
  }

  /** The same as a pointer to it. */
  toPointer(): GoStruct {
    return new GoStruct(`*${this.typeName}`, this.#fields, {
      json: this.#json,
      missing: this.missing,
      escapesHtml: this.escapesHtml,
    });
  }

  toJson(): unknown {
    if (this.#json !== undefined) return this.#json();
    const fields = Object.entries(this.#fields).filter(([, value]) => typeof value !== 'function');
    return Object.fromEntries(fields.map(([name, value]) => [name, marshalled(value)]));
  }
}

/** A nil pointer of a known type, which prints `<nil>`; a nil interface (null) prints as no value at all. */
export class GoNil {
  readonly typeName: string;

  constructor(typeName: string) {
    this.typeName = typeName;
  }
}

/** A number read from JSON without a type of its own: it prints as a number and compares as a string. */
export class GoJsonNumber {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  toString(): string {
    return String(this.value);
  }
}

/** A float64 written as one, which may have the value of an integer. */
export class GoFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const untypedMaps = new WeakSet<object>();

/** Whether a map's elements are of any type, so that the one that is not there is no value at all. */
export const isUntyped = (map: GoMap): boolean => untypedMaps.has(map);

/** JSON as Go decodes it into an empty interface. */
export const decodeUntyped = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown) => {
    if (typeof value === 'number') return new GoJsonNumber(value);
    if (typeof value === 'object' && value !== null) untypedMaps.add(value);
    return value;
  });

/** A nil slice: prints as an empty one and marshals to null. */
export const nilSlice: readonly never[] = Object.freeze([]);
/** A nil map, likewise. */
export const nilMap: GoMap = Object.freeze({});

export type GoMap = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is GoMap =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  ![GoStruct, GoNil, GoJsonNumber, GoFloat].some((kind) => value instanceof kind);

/** Whether text/template takes a value for true: anything but a zero value or something empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  if (value instanceof GoNil) return false;
  if (value instanceof GoFloat) return value.value !== 0;
  return Boolean(value);
}

/** The type a value has in Go, as errors name it. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}';
  if (value instanceof GoStruct || value instanceof GoNil) return value.typeName;
  if (value instanceof GoJsonNumber) return 'json.Number';
  if (value instanceof GoFloat) return 'float64';
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? '[]string' : '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'object') return 'string';
  const isOfStrings = !isUntyped(value as GoMap) && Object.values(value).every((item) => typeof item === 'string');
  return isOfStrings ? 'map[string]string' : 'map[string]interface {}';
}

/** A value as fmt's `%v` prints it. */
export function goString(value: unknown): string {
  if (value === undefined) return '<no value>';
  if (value === null || value instanceof GoNil) return '<nil>';
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : formatG(value, -1);
  if (value instanceof GoFloat) return formatG(value.value, -1);
  if (Array.isArray(value)) return `[${value.map(goString).join(' ')}]`;
  if (value instanceof GoStruct)
    return `{${value
      .fieldEntries()
      .map(([, field]) => goString(field))
      .join(' ')}}`;
  if (isMap(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${goString(value[key])}`)
      .join(' ')}]`;
  return String(value);
}

/** A value as fmt prints it when it is given to a function: a pointer to a struct shows that it is one. */
export const goArgument = (value: unknown): string =>
  value instanceof GoStruct && value.typeName.startsWith('*') ? `&${goString(value)}` : goString(value);

/** Keys as Go orders them when it prints or ranges over a map: by bytes. */
export const sortedKeys = (map: GoMap): string[] => Object.keys(map).sort(compareBytes);

/** Order of strings by their UTF-8 bytes, which is that of their code points. */
export function compareBytes(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** encoding/json's output without HTML escapes. Struct fields keep their order, the keys of maps are sorted. */
export function goJson(value: unknown): string {
  const text = JSON.stringify(marshalled(value));
  const special = value instanceof GoStruct && value.escapesHtml ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g;
  return text.replace(special, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The value as JSON.stringify takes it. */
function marshalled(value: unknown): unknown {
  if (value === undefined || value instanceof GoNil || value === nilSlice || value === nilMap) return null;
  if (value instanceof GoJsonNumber || value instanceof GoFloat) return value.value;
  if (value instanceof GoStruct) return value.toJson();
  if (Array.isArray(value)) return value.map(marshalled);
  return isMap(value) ? Object.fromEntries(sortedKeys(value).map((key) => [key, marshalled(value[key])])) : value;
}
