/**
 * JSON as Go's encoding/json decodes it into Docker's structs: null and a missing field leave the zero value, unknown
 * fields are ignored. `optional…` are pointers and `omitempty` fields, whose absence is kept.
 */
import * as z from 'zod';

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

const orUndefined = <T>(value: T | null | undefined): T | undefined => value ?? undefined;
const orNull = <T>(value: T | null | undefined): T | null => value ?? null;

export const optionalString = z.string().nullish().transform(orUndefined);
export const optionalBoolean = z.boolean().nullish().transform(orUndefined);
export const optionalInteger = z.number().int().nullish().transform(orUndefined);
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
export const stringOrStrings = z
  .union([z.array(z.string()), z.string().transform((value) => [value])])
  .nullish()
  .transform(orNull);

/** `struct{}`, the value of a set. */
export const empty = z
  .object({})
  .nullish()
  .transform((): Record<string, never> => ({}));

export const optionalStruct = <T extends z.ZodRawShape>(shape: T) => z.object(shape).nullish().transform(orUndefined);

/** A struct that is always there: its fields' zero values when absent. */
export const struct = <T extends z.ZodRawShape>(shape: T) => {
  const schema = z.object(shape);
  return schema.nullish().transform((value): z.output<typeof schema> => value ?? schema.parse({}));
};
