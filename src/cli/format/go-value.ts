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

  /** A function among `fields` is a method. `json` is what the struct marshals to, itself by default. */
  constructor(
    typeName: string,
    fields: Readonly<Record<string, Field | Method>>,
    { json, missing = 'error' }: { json?: () => unknown; missing?: 'error' | 'no value' } = {},
  ) {
    this.typeName = typeName;
    this.#fields = fields;
    this.#json = json;
    this.missing = missing;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  get(name: string): Field | Method {
    return this.#fields[name];
  }

  /** Field values in order, methods left out. */
  fieldValues(): Field[] {
    return Object.values(this.#fields).filter((value) => typeof value !== 'function');
  }

  toJson(): unknown {
    return this.#json === undefined ? Object.fromEntries(Object.entries(this.#fields).filter(([, v]) => typeof v !== 'function')) : this.#json();
  }
}

/** A nil pointer of a known type, which prints `<nil>`; a nil interface (null) prints as no value at all. */
export class GoNil {
  readonly typeName: string;

  constructor(typeName: string) {
    this.typeName = typeName;
  }
}

/** A nil slice: prints as an empty one and marshals to null. */
export const nilSlice: readonly never[] = Object.freeze([]);
/** A nil map, likewise. */
export const nilMap: GoMap = Object.freeze({});

export type GoMap = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is GoMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof GoStruct) && !(value instanceof GoNil);

/** Whether text/template takes a value for true: anything but a zero value or something empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  if (value instanceof GoNil) return false;
  return Boolean(value);
}

/** The type a value has in Go, as errors name it. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}';
  if (value instanceof GoStruct || value instanceof GoNil) return value.typeName;
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? '[]string' : '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'map[string]interface {}' : 'string';
}

/** A value as fmt's `%v` prints it. */
export function goString(value: unknown): string {
  if (value === undefined) return '<no value>';
  if (value === null || value instanceof GoNil) return '<nil>';
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : formatG(value, -1);
  if (Array.isArray(value)) return `[${value.map(goString).join(' ')}]`;
  if (value instanceof GoStruct) return `{${value.fieldValues().map(goString).join(' ')}}`;
  if (isMap(value)) return `map[${sortedKeys(value).map((key) => `${key}:${goString(value[key])}`).join(' ')}]`;
  return String(value);
}

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

/** encoding/json's output without HTML escapes. Struct fields keep their order. */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (item instanceof GoNil || item === nilSlice || item === nilMap || item === undefined) return null;
    return item instanceof GoStruct ? item.toJson() : item;
  });
  return text.replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}
