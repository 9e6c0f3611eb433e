/**
 * JSON into the shape of a schema as Go's encoding/json puts it into a struct: names match whatever their case, arrays of
 * a fixed length are filled up or cut, and what does not fit is told in Go's words, with the types of Docker's structs.
 */
import type * as z from 'zod';
import { goMap } from '../lib/go-json.ts';
import { goTypes, type GoType } from './schemas/go.ts';

/** A value that does not fit its type; the message is Go's. */
export class GoTypeError extends Error {}

/** Where in the structs a value is: the innermost struct's name, and the names of the fields that lead there. */
interface Place {
  readonly struct: string;
  readonly fields: readonly string[];
}

type Def =
  | { type: 'pipe'; in: z.core.$ZodType }
  | { type: 'optional' | 'nullable'; innerType: z.core.$ZodType }
  | { type: 'string' | 'number' | 'boolean' | 'union' }
  | { type: 'array'; element: z.core.$ZodType }
  | { type: 'record'; valueType: z.core.$ZodType }
  | { type: 'tuple'; items: z.core.$ZodType[] }
  | { type: 'object'; shape: Record<string, z.core.$ZodType> };

/** The schema below what makes it optional or gives it a default, with the first Go name on the way. */
function unwrap(schema: z.core.$ZodType): {
  def: Exclude<Def, { in: unknown } | { innerType: unknown }>;
  type: GoType | undefined;
} {
  const def = schema._zod.def as unknown as Def;
  const type = goTypes.get(schema as z.ZodType);
  if ('in' in def || 'innerType' in def) {
    const inner = unwrap('in' in def ? def.in : def.innerType);
    return { def: inner.def, type: type ?? inner.type };
  }
  return { def, type };
}

function typeName(schema: z.core.$ZodType): string {
  const { def, type } = unwrap(schema);
  if (type) return type.name;
  switch (def.type) {
    case 'number':
      return 'int64';
    case 'boolean':
      return 'bool';
    case 'array':
      return `[]${typeName(def.element)}`;
    case 'tuple':
      return `[${def.items.length}]${typeName(def.items[0]!)}`;
    case 'record':
      return `map[string]${isStruct(def.valueType) ? '*' : ''}${typeName(def.valueType)}`;
    default:
      return 'string';
  }
}

/** Docker's maps hold pointers to structs, but for the empty one of sets. */
const isStruct = (schema: z.core.$ZodType): boolean => {
  const { def, type } = unwrap(schema);
  return def.type === 'object' && type?.name !== 'struct {}';
};

/** @throws {GoTypeError} */
export function decodeGo(schema: z.core.$ZodType, value: unknown, place: Place = { struct: '', fields: [] }): unknown {
  if (value === null || value === undefined) return value;
  const { def, type } = unwrap(schema);
  const fits = (right: boolean): void => {
    if (!right) throw mismatch(value, typeName(schema), place);
  };
  switch (def.type) {
    case 'string':
      fits(typeof value === 'string');
      return value;
    case 'boolean':
      fits(typeof value === 'boolean');
      return value;
    case 'number':
      fits(isGoInteger(value, typeName(schema)));
      return value;
    case 'union':
      // The one union is StrSlice.
      fits(typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string')));
      return value;
    case 'array':
      fits(Array.isArray(value));
      return (value as unknown[]).map((item) => decodeGo(def.element, item, place));
    case 'tuple':
      fits(Array.isArray(value));
      return def.items.map((item, at) => decodeGo(item, (value as unknown[])[at], place));
    case 'record':
      fits(isObject(value));
      // Go keeps no order of a map, and writes it by its keys.
      return goMap(
        Object.fromEntries(Object.entries(value).map(([key, item]) => [key, decodeGo(def.valueType, item, place)])),
      );
    case 'object':
      fits(isObject(value));
      return decodeStruct(def.shape, type, value as Record<string, unknown>, place);
  }
}

function decodeStruct(
  shape: Record<string, z.core.$ZodType>,
  type: GoType | undefined,
  value: Record<string, unknown>,
  place: Place,
): Record<string, unknown> {
  const names = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  const struct = (type?.name ?? '').replace(/^.*\./, '');
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const name = Object.hasOwn(shape, key) ? key : names.get(key.toLowerCase());
    if (name === undefined) continue;
    const embedded = type?.embedded?.[name];
    const fields = [...place.fields, ...(embedded === undefined ? [] : [embedded]), name];
    result[name] = decodeGo(shape[name]!, item, { struct, fields });
  }
  return result;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value);

const ranges: Readonly<Record<string, number>> = {
  uint16: 0xffff,
  uint: Infinity,
  uint64: Infinity,
  'fs.FileMode': 0xffffffff,
};

function isGoInteger(value: unknown, type: string): boolean {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return false;
  const largest = ranges[type];
  return largest === undefined || (value >= 0 && value <= largest);
}

function mismatch(value: unknown, type: string, { struct, fields }: Place): GoTypeError {
  const target =
    fields.length === 0 ? `Go value of type ${type}` : `Go struct field ${struct}.${fields.join('.')} of type ${type}`;
  return new GoTypeError(`json: cannot unmarshal ${kindOf(value, type)} into ${target}`);
}

function kindOf(value: unknown, type: string): string {
  if (Array.isArray(value)) return 'array';
  // A number that is one, but not of this type, is shown.
  if (typeof value === 'number')
    return /^(u?int\d*|time\.Duration|fs\.FileMode)$/.test(type) ? `number ${value}` : 'number';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
