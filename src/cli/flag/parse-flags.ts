/** The command line as pflag reads it: `-it`, `-n5`, `-n 5`, `--tail=5`, `--tail 5`, `--` ends the flags. */
import { goQuote, goQuoteRune } from '../../lib/go-template/go-quote.ts';
import type { Flag, FlagHost, Flags, FlagValues } from './flag.ts';

export interface ParsedFlags<F extends Flags> {
  readonly values: FlagValues<F>;
  /** Names that were given, aliases under their own name. */
  readonly changed: ReadonlySet<string>;
  readonly args: readonly string[];
  /** `Flag … has been deprecated` lines. */
  readonly notices: readonly string[];
}

/** `interspersed: false` ends the flags at the first argument, as `docker run IMAGE COMMAND -x` needs. */
export function parseFlags<F extends Flags>(
  flags: F,
  argv: readonly string[],
  { host, interspersed = true }: { readonly host: FlagHost; readonly interspersed?: boolean },
): ParsedFlags<F> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const preset = flag.variable === undefined ? undefined : host.env[flag.variable];
    if (flag.sameAs === undefined) values[name] = preset ? flag.add(flag.initial, preset, host) : flag.initial;
  }
  const changed = new Set<string>();
  const args: string[] = [];
  const notices: string[] = [];
  const rest = [...argv];

  const set = (name: string, flag: Flag<unknown>, given: string): void => {
    const target = flag.sameAs ?? name;
    try {
      values[target] = flag.add(values[target], given, host);
    } catch (error) {
      const shown =
        flag.shorthand !== undefined && flag.shorthandDeprecated === undefined
          ? `-${flag.shorthand}, --${name}`
          : `--${name}`;
      throw new Error(`invalid argument ${goQuote(given)} for ${goQuote(shown)} flag: ${(error as Error).message}`);
    }
    changed.add(name);
    if (flag.deprecated !== undefined) notices.push(`Flag --${name} has been deprecated, ${flag.deprecated}`);
  };

  const long = (word: string): void => {
    const body = word.slice(2);
    if (body.startsWith('-') || body.startsWith('=')) throw new Error(`bad flag syntax: ${word}`);
    const equals = body.indexOf('=');
    const name = equals < 0 ? body : body.slice(0, equals);
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag === undefined) throw new Error(`unknown flag: --${name}`);
    if (equals >= 0) set(name, flag, body.slice(equals + 1));
    else if (flag.alone !== undefined) set(name, flag, flag.alone);
    else if (rest.length > 0) set(name, flag, rest.shift()!);
    else throw new Error(`flag needs an argument: ${word}`);
  };

  const short = (word: string): void => {
    let letters = word.slice(1);
    while (letters !== '') {
      const letter = letters[0]!;
      const [name, flag] = Object.entries(flags).find(([, candidate]) => candidate.shorthand === letter) ?? [];
      if (name === undefined || flag === undefined) {
        throw new Error(`unknown shorthand flag: ${goQuoteRune(letter)} in -${letters}`);
      }
      if (flag.shorthandDeprecated !== undefined) {
        notices.push(`Flag shorthand -${letter} has been deprecated, ${flag.shorthandDeprecated}`);
      }
      if (letters.length > 2 && letters[1] === '=') return set(name, flag, letters.slice(2));
      if (flag.alone !== undefined) {
        set(name, flag, flag.alone);
        letters = letters.slice(1);
      } else if (letters.length > 1) return set(name, flag, letters.slice(1));
      else if (rest.length > 0) return set(name, flag, rest.shift()!);
      else throw new Error(`flag needs an argument: ${goQuoteRune(letter)} in -${letters}`);
    }
  };

  while (rest.length > 0) {
    const word = rest.shift()!;
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      if (!interspersed) break;
    } else if (word === '--') break;
    else if (word.startsWith('--')) long(word);
    else short(word);
  }
  args.push(...rest);
  return { values: values as FlagValues<F>, changed, args, notices };
}
