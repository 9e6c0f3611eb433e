/** What all lists and prunes do with their filters (moby's api/types/filters). */
import { DockerError, type ErrorKind } from '../api/error.ts';
import type { Filters } from '../api/filters.ts';
import { unixTimestamp } from '../lib/unix-timestamp.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

/** Refuses filters whose names are not among `known`. */
export function checkFilterNames(filters: Filters, known: readonly string[]): void {
  const unknown = Object.keys(filters).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`invalid filter '${unknown}'`);
}

/** A filter that is true or false, in the forms Docker takes; undefined where it is not given. */
export function booleanFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters[name];
  if (values === undefined) return undefined;
  if (values.length === 0) throw invalid(`invalid filter '${name}'`);
  const isTrue = values.some((value) => value === '1' || value === 'true');
  const isFalse = values.some((value) => value === '0' || value === 'false');
  if (isTrue === isFalse) throw invalid(`invalid filter '${name}=[${values.join(' ')}]'`);
  return isTrue;
}

/** Whether something has all the labels wanted, each `name` or `name=value`. */
export function hasLabels(
  labels: Readonly<Record<string, string>> | null | undefined,
  wanted: readonly string[] = [],
): boolean {
  return wanted.every((text) => {
    const separator = text.indexOf('=');
    const name = separator < 0 ? text : text.slice(0, separator);
    const value = labels && Object.hasOwn(labels, name) ? labels[name] : undefined;
    return value !== undefined && (separator < 0 || value === text.slice(separator + 1));
  });
}

/** Whether a prune takes what has these labels: all of `label`, and not all of `label!`. */
export const isPrunedByLabels = (filters: Filters, labels: Readonly<Record<string, string>> | null | undefined) =>
  hasLabels(labels, filters.label) && !(filters['label!']?.length && hasLabels(labels, filters['label!']));

/** The instant of a prune's `until` in nanoseconds since 1970; undefined where it is not given. */
export function untilFilter({ until }: Filters, failure: ErrorKind = 'invalid-parameter'): bigint | undefined {
  if (!until?.length) return undefined;
  if (until.length > 1) throw new DockerError(failure, 'more than one until filter specified');
  try {
    return instant(until[0]!);
  } catch (cause) {
    throw new DockerError(failure, (cause as Error).message, { cause });
  }
}

/** Nanoseconds since 1970 of what `until` filters hold: a duration before now, a date, a time, a Unix timestamp. */
export function instant(text: string): bigint {
  const [seconds = '', fraction = ''] = unixTimestamp(text).split('.');
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}
