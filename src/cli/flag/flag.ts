/**
 * Flags as values: what a command accepts is a record of these by long name, and what it gets is a record of their
 * values. Kinds, help texts and error messages are those of pflag and docker/cli's opts.
 */
import type { Completer } from '../completion/completer.ts';
import { parseBool, parseDuration, parseInteger } from '../../lib/go-parse.ts';

/** What values may be taken from besides the command line. */
export interface FlagHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export interface Flag<T> {
  /** How the value is called in the help; '' for a flag that is given alone. */
  readonly kind: string;
  readonly usage: string;
  readonly initial: T;
  /** The value after one more occurrence. Throws an Error that says what is wrong with `text`. */
  add(value: T, text: string, host: FlagHost): T;
  readonly shorthand?: string;
  /** Shown as `(default …)`. */
  readonly shownDefault?: string;
  /** The value of a flag given alone. */
  readonly alone?: string;
  readonly hidden?: boolean;
  /** The variable of the environment that is its value where it is not given. */
  readonly variable?: string;
  /** Completes its value. */
  readonly complete?: Completer;
  /** Still accepted; says so each time. */
  readonly deprecated?: string;
  readonly shorthandDeprecated?: string;
  /** Another name of this flag, which gets the values. */
  readonly sameAs?: string;
  /** What the engine must offer; otherwise the flag is hidden and refused. */
  readonly requires?: {
    readonly apiVersion?: string;
    readonly os?: string;
    readonly experimental?: true;
    readonly swarm?: string;
  };
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values a command gets for its flags. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

export type Extras = Partial<Omit<Flag<never>, 'kind' | 'usage' | 'initial' | 'add'>>;

/** `--detach`, `--detach=false`. */
export function bool(usage: string, extras: Extras & { readonly initial?: boolean } = {}): Flag<boolean> {
  const { initial = false, ...rest } = extras;
  return {
    kind: '',
    usage,
    initial,
    alone: 'true',
    shownDefault: initial ? 'true' : undefined,
    ...rest,
    add: (_value, text) => parseBool(text),
  };
}

export function text(
  usage: string,
  extras: Extras & { readonly initial?: string; readonly kind?: string } = {},
): Flag<string> {
  const { initial = '', kind = 'string', ...rest } = extras;
  return {
    kind,
    usage,
    initial,
    shownDefault: initial === '' ? undefined : `"${initial}"`,
    ...rest,
    add: (_value, given) => given,
  };
}

/** A 64-bit integer in any of Go's notations. */
export function int(usage: string, extras: Extras & { readonly initial?: number } = {}): Flag<number> {
  const { initial = 0, ...rest } = extras;
  return {
    kind: 'int',
    usage,
    initial,
    shownDefault: initial === 0 ? undefined : String(initial),
    ...rest,
    add: (_value, given) => parseInteger(given, true, { base: 0 }),
  };
}

export function uint(usage: string, bits: 16 | 32 | 64, extras: Extras = {}): Flag<number> {
  return {
    kind: bits === 64 ? 'uint' : `uint${bits}`,
    usage,
    initial: 0,
    ...extras,
    add: (_value, given) => parseInteger(given, false, { base: 0, bits }),
  };
}

/** Nanoseconds. */
export function duration(usage: string, extras: Extras = {}): Flag<number> {
  return { kind: 'duration', usage, initial: 0, ...extras, add: (_value, given) => parseDuration(given) };
}

/** Collects every occurrence, each passed through `check`. */
export function list<T = string>(
  usage: string,
  extras: Extras & { readonly kind?: string; readonly check?: (text: string, host: FlagHost) => T } = {},
): Flag<readonly T[]> {
  const { kind = 'list', check = (given: string) => given as T, ...rest } = extras;
  return { kind, usage, initial: [], ...rest, add: (values, given, host) => [...values, check(given, host)] };
}

/** pflag's string slice: `a,b` is two values. */
export function strings(usage: string, extras: Extras = {}): Flag<readonly string[]> {
  return { kind: 'strings', usage, initial: [], ...extras, add: (values, given) => [...values, ...given.split(',')] };
}

/** `key=value` pairs. */
export function map(
  usage: string,
  extras: Extras & { readonly check?: (text: string) => void } = {},
): Flag<Readonly<Record<string, string>>> {
  const { check, ...rest } = extras;
  return {
    kind: 'map',
    usage,
    initial: {},
    shownDefault: 'map[]',
    ...rest,
    add: (values, given) => {
      check?.(given);
      const [key, value] = cut(given, '=');
      return { ...values, [key]: value ?? '' };
    },
  };
}

/** `--filter name=value`, values by lower-cased name. */
export function filter(usage: string, extras: Extras = {}): Flag<ReadonlyMap<string, ReadonlySet<string>>> {
  return {
    kind: 'filter',
    usage,
    initial: new Map(),
    ...extras,
    add: (values, given) => {
      if (given === '') return values;
      const [name, value] = cut(given, '=');
      if (value === undefined) throw new Error('bad format of filter (expected name=value)');
      const key = name.trim().toLowerCase();
      return new Map([...values, [key, new Set([...(values.get(key) ?? []), value.trim()])]]);
    },
  };
}

/** The same flag under another name. */
export function alias<T>(flag: Flag<T>, sameAs: string, extras: Extras = { hidden: true }): Flag<T> {
  return { ...flag, shorthand: undefined, sameAs, ...extras };
}

/** Go's strings.Cut: before and after the first separator; no second part without one. */
export function cut(given: string, separator: string): [string, string | undefined] {
  const at = given.indexOf(separator);
  return at < 0 ? [given, undefined] : [given.slice(0, at), given.slice(at + separator.length)];
}
