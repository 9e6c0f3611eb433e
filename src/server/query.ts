/** Query parameters as Docker reads them (moby's api/server/httputils/form.go), with its error texts. */
import { DockerError } from '../api/error.ts';
import type { Filters } from '../api/filters.ts';
import type { ApiContext } from './context.ts';

export const text = (context: ApiContext, name: string): string => context.req.query(name) ?? '';

/** Undefined when the parameter is absent or empty. */
export const optionalText = (context: ApiContext, name: string): string | undefined => text(context, name) || undefined;

/** All values of a parameter. */
export const list = (context: ApiContext, name: string): string[] => context.req.queries(name) ?? [];

const falseWords = new Set(['', '0', 'no', 'false', 'none']);

/** Anything but nothing, `0`, `no`, `false` and `none` is true; `absent` is for a parameter that is not there. */
export function boolean(context: ApiContext, name: string, absent = false): boolean {
  const value = context.req.query(name);
  return value === undefined ? absent : !falseWords.has(value.trim().toLowerCase());
}

const parseFailure = (parser: string, value: string, reason: string): DockerError =>
  // Docker passes strconv's error on unmarked, so that the client sees a 500.
  new DockerError('system', `strconv.${parser}: parsing ${JSON.stringify(value)}: ${reason}`);

/** Undefined when the parameter is absent or empty. */
export function integer(context: ApiContext, name: string): number | undefined {
  const value = text(context, name);
  if (value === '') return undefined;
  if (!/^[+-]?\d+$/.test(value)) throw parseFailure('Atoi', value, 'invalid syntax');
  if (!Number.isSafeInteger(Number(value))) throw parseFailure('Atoi', value, 'value out of range');
  return Number(value);
}

/** A terminal's height or width: unlike other numbers it has to be there. */
export function consoleCells(context: ApiContext, name: 'h' | 'w'): number {
  const value = text(context, name);
  const number = Number(value);
  if (/^\d+$/.test(value) && number <= 0xffffffff) return number;
  const reason = /^-?\d+$/.test(value) ? 'value out of range' : 'invalid syntax';
  const dimension = name === 'h' ? 'height' : 'width';
  throw new DockerError('invalid-parameter', `invalid resize ${dimension} ${JSON.stringify(value)}: ${reason}`);
}

/** `seconds[.fraction]` since 1970, in nanoseconds; undefined when absent. */
export function timestamp(context: ApiContext, name: string): bigint | undefined {
  const value = text(context, name);
  if (value === '') return undefined;
  const [seconds = '', fraction] = value.split('.', 2);
  for (const part of fraction === undefined ? [seconds] : [seconds, fraction]) {
    if (!/^[+-]?\d+$/.test(part)) throw parseFailure('ParseInt', part, 'invalid syntax');
  }
  // Docker pads a short fraction and cuts a long one to nine digits.
  const nanoseconds = (fraction ?? '').padEnd(9, '0').slice(0, 9);
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

const isStringList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** Values of one filter: a list, or (from Go clients) the keys of an object of booleans. */
function filterValues(value: unknown): string[] {
  if (isStringList(value)) return [...new Set(value)];
  if (value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidFilter();
  const entries = Object.entries(value);
  if (entries.some(([, chosen]) => typeof chosen !== 'boolean')) throw invalidFilter();
  return entries.filter(([, chosen]) => chosen === true).map(([key]) => key);
}

const invalidFilter = (): DockerError => new DockerError('invalid-parameter', 'invalid filter');

/** `filters`, whose names the backend checks: it knows which ones it has. */
export function filters(context: ApiContext): Filters {
  const value = text(context, 'filters');
  if (value === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw invalidFilter();
  }
  if (parsed === null) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw invalidFilter();
  return Object.fromEntries(Object.entries(parsed).map(([name, values]) => [name, filterValues(values)]));
}
