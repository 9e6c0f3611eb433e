/**
 * The shapes of the structs the real CLI reads JSON into, for templates: what a field is called in Go, what it is when
 * the daemon left it out, and how it prints.
 */
import { GoNil, GoStruct, nilMap, nilSlice } from '../../lib/go-template/go-value.ts';

/** Turns a JSON value (undefined when absent) into what a template sees. */
export type GoType = (json: unknown) => unknown;

export const goString: GoType = (json) => json ?? '';
export const goInt: GoType = (json) => json ?? 0;
export const goBool: GoType = (json) => json ?? false;
/** A time.Time in UTC, as Go prints it. */
export const goTime: GoType = (json) =>
  typeof json === 'string' ? json.replace('T', ' ').replace(/Z$/, ' +0000 UTC') : '0001-01-01 00:00:00 +0000 UTC';

/** A pointer to something basic. */
export const pointer =
  (name: string): GoType =>
  (json) =>
    json ?? new GoNil(`*${name}`);

export const slice =
  (of: GoType): GoType =>
  (json) =>
    Array.isArray(json) ? json.map((item: unknown) => of(item)) : nilSlice;

export const map =
  (of: GoType): GoType =>
  (json) =>
    json === undefined || json === null
      ? nilMap
      : Object.fromEntries(Object.entries(json).map(([key, value]) => [key, of(value)]));

/** Fields in Go's order; a field whose JSON name differs is given as `[json, type]`. */
export function struct(name: string, fields: Readonly<Record<string, GoType | readonly [string, GoType]>>): GoType {
  return (json) => {
    const object = (json ?? {}) as Record<string, unknown>;
    const values = Object.entries(fields).map(([field, type]) => {
      const [key, of] = typeof type === 'function' ? [field, type] : type;
      return [field, of(object[key])];
    });
    // As JSON it is what the daemon sent.
    return new GoStruct(name, Object.fromEntries(values) as Record<string, unknown>, { json: () => json ?? {} });
  };
}

/** A pointer to a struct: nil when absent. */
export const structPointer =
  (name: string, type: GoType): GoType =>
  (json) =>
    json === undefined || json === null ? new GoNil(`*${name}`) : (type(json) as GoStruct).toPointer();
