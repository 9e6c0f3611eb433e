/**
 * JSON as Go's encoding/json decodes it into Docker's structs: null and a missing field leave the zero value, unknown
 * fields are ignored. `optional…` are pointers and `omitempty` fields, whose absence is kept.
 */
import * as z from 'zod';

/** What Go calls a type, for the errors of a value that does not fit it (`go-decode.ts`). */
export interface GoType {
  readonly name: string;
  /** The embedded struct each field comes from, where it comes from one. */
  readonly embedded?: Readonly<Record<string, string>>;
}

/** The types whose names do not follow from their schemas. */
export const goTypes = z.registry<GoType>();

/** A schema by a Go type's name: `container.RestartPolicy`, `uint16`. */
export const named = <T extends z.ZodType>(name: string, schema: T, embedded?: GoType['embedded']): T => {
  goTypes.add(schema, { name, embedded });
  return schema;
};

/** That these fields are an embedded struct's. */
export const embed = (struct: string, fields: object): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(fields).map((field) => [field, struct]));

export const string = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
export const boolean = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
export const integer = z
  .number()
  .int()
  .nullish()
  .transform((value) => value ?? 0);

/** A string or number of a type of its own. */
export const stringOf = (type: string) => named(type, string.clone());
export const integerOf = (type: 'int' | 'uint' | 'uint16' | 'uint64') => named(type, integer.clone());

const orUndefined = <T>(value: T | null | undefined): T | undefined => value ?? undefined;
const orNull = <T>(value: T | null | undefined): T | null => value ?? null;

export const optionalString = z.string().nullish().transform(orUndefined);
export const optionalBoolean = z.boolean().nullish().transform(orUndefined);
export const optionalInteger = z.number().int().nullish().transform(orUndefined);
export const optionalIntegerOf = (type: 'int' | 'time.Duration' | 'fs.FileMode') =>
  named(type, optionalInteger.clone());
export const nullableBoolean = z.boolean().nullish().transform(orNull);
export const nullableInteger = z.number().int().nullish().transform(orNull);

/** A slice of structs or strings: null when absent. */
export const list = <T extends z.ZodType>(item: T) => z.array(item).nullish().transform(orNull);
export const strings = list(string);
export const optionalList = <T extends z.ZodType>(item: T) => z.array(item).nullish().transform(orUndefined);

/** A map: null when absent. */
export const map = <T extends z.ZodType>(value: T) => z.record(z.string(), value).nullish().transform(orNull);
export const optionalMap = <T extends z.ZodType>(value: T) =>
  z.record(z.string(), value).nullish().transform(orUndefined);

/** `strslice.StrSlice`: a list of strings, or one string for a list of one. */
export const stringOrStrings = named(
  'string',
  z
    .union([z.array(z.string()), z.string().transform((value) => [value])])
    .nullish()
    .transform(orNull),
);

/** Height and width. */
export const size = z.tuple([integerOf('uint'), integerOf('uint')]).nullish();

/** `struct{}`, the value of a set. */
export const empty = named(
  'struct {}',
  z
    .object({})
    .nullish()
    .transform((): Record<string, never> => ({})),
);

/** An element of a list. */
export const element = <T extends z.ZodRawShape>(name: string, shape: T) => named(name, z.object(shape));

export const optionalStruct = <T extends z.ZodRawShape>(name: string, shape: T) =>
  element(name, shape).nullish().transform(orUndefined);

/** A struct that is always there: its fields' zero values when absent. */
export const struct = <T extends z.ZodRawShape>(name: string, shape: T, embedded?: GoType['embedded']) => {
  const schema = named(name, z.object(shape), embedded);
  return schema.nullish().transform((value): z.output<typeof schema> => value ?? schema.parse({}));
};
