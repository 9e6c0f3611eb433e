/** Shell completion as cobra has it: what may stand at a place of the command line, and what the shell does with it. */
import type { DockerCli } from '../docker-cli.ts';
import type { FlagValues, Flags } from '../flag/flag.ts';

/** Bits of the number that ends the answer to a shell. */
export const directive = {
  default: 0,
  error: 1,
  noSpace: 2,
  noFiles: 4,
  filterFileExtensions: 8,
  filterDirectories: 16,
  keepOrder: 32,
} as const;

const names: readonly (readonly [bit: number, name: string])[] = [
  [directive.error, 'Error'],
  [directive.noSpace, 'NoSpace'],
  [directive.noFiles, 'NoFileComp'],
  [directive.filterFileExtensions, 'FilterFileExt'],
  [directive.filterDirectories, 'FilterDirs'],
  [directive.keepOrder, 'KeepOrder'],
];

/** `ShellCompDirectiveNoSpace, ShellCompDirectiveNoFileComp`. */
export function describeDirective(bits: number): string {
  const set = names.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
  return (set.length === 0 ? ['Default'] : set).map((name) => `ShellCompDirective${name}`).join(', ');
}

export interface Completion {
  /** A tab parts a choice from its description. The shell drops what does not begin as the word does. */
  readonly choices: readonly string[];
  readonly directive: number;
}

/** The place to complete. */
export interface CompletionPlace {
  /** The arguments before it. */
  readonly args: readonly string[];
  /** What is typed of the word so far. */
  readonly word: string;
  readonly flags: FlagValues<Flags>;
}

export type Completer = (cli: DockerCli, place: CompletionPlace) => Completion | Promise<Completion>;

export const nothing: Completer = () => ({ choices: [], directive: directive.noFiles });

/** Leaves it to the shell, which completes names of files. */
export const files: Completer = () => ({ choices: [], directive: directive.default });

/** Names of directories, likewise. */
export const directories: Completer = () => ({ choices: [], directive: directive.filterDirectories });

export const oneOf =
  (choices: readonly string[], bits: number = directive.noFiles): Completer =>
  () => ({ choices, directive: bits });
