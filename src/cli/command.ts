/** What a command of the tree is: how it is called, what it accepts, what it does. */
import type { Completer } from './completion/completer.ts';
import type { DockerCli } from './docker-cli.ts';
import { ExitError } from './exit-error.ts';
import type { Flags, FlagValues } from './flag/flag.ts';

/** A command as it was called. */
export interface Invocation<F extends Flags> {
  readonly args: readonly string[];
  readonly flags: FlagValues<F>;
  /** The flags that were given. */
  readonly changed: ReadonlySet<keyof F & string>;
  /** The name or alias it was called by. */
  readonly calledAs: string;
  /** Its full name: `docker container ls`. */
  readonly path: string;
}

export interface CommandSpec<F extends Flags> {
  /** `run [OPTIONS] IMAGE [COMMAND] [ARG...]`; the first word is its name. */
  readonly use: string;
  readonly short: string;
  /** What the help says where that is more than `short`. */
  readonly long?: string;
  /** Other names in the same group. */
  readonly aliases?: readonly string[];
  /** All ways to call it, as the help lists them. */
  readonly aliasLine?: string;
  readonly args: ArgsRule;
  readonly flags: F;
  /** False when flags end at the first argument. */
  readonly interspersed?: boolean;
  /** Completes its arguments; names of files without. */
  readonly complete?: Completer;
  /** Completes values of flags that say nothing themselves; names of files without. */
  readonly completeFlags?: Completer;
  /** Throws to fail: an ExitError with its code, any other Error with 1. */
  run(cli: DockerCli, invocation: Invocation<F>): Promise<void>;
}

/** A place in the tree: a command or a group of them. */
export interface CommandNode {
  readonly name: string;
  readonly use: string;
  readonly short: string;
  readonly long?: string;
  readonly aliases: readonly string[];
  readonly aliasLine?: string;
  readonly flags: Flags;
  readonly interspersed: boolean;
  readonly complete?: Completer;
  readonly completeFlags?: Completer;
  readonly children: readonly CommandNode[];
  readonly section: Section;
  readonly requiresExperimental?: boolean;
  /** The help of it and all below says that it may change. */
  readonly isExperimental?: boolean;
  /** Left out of the help, and of completion unless it says so. */
  readonly hidden?: true | 'from help';
  /** Called alone it prints its help as output, where other groups print it as an error. */
  readonly helpsOnStdout?: boolean;
  /** The Swarm role it needs, `manager` or `active`; hidden from the help on other engines. */
  readonly swarm?: string;
  checkArgs(path: string, args: readonly string[]): void;
  run(cli: DockerCli, invocation: Invocation<Flags>): Promise<void>;
}

/** Where the help of `docker` lists it. */
export type Section = 'common' | 'management' | 'swarm' | 'plain';

export type Placement = Partial<
  Pick<
    CommandNode,
    'section' | 'long' | 'requiresExperimental' | 'isExperimental' | 'hidden' | 'helpsOnStdout' | 'swarm'
  >
>;

/** Puts a command into the tree. */
export function command<F extends Flags>(spec: CommandSpec<F>, placement: Placement = {}): CommandNode {
  return {
    name: spec.use.split(' ')[0]!,
    use: spec.use,
    short: spec.short,
    long: spec.long,
    aliases: spec.aliases ?? [],
    aliasLine: spec.aliasLine,
    flags: spec.flags,
    interspersed: spec.interspersed ?? true,
    complete: spec.complete,
    completeFlags: spec.completeFlags,
    children: [],
    section: 'plain',
    ...placement,
    checkArgs: (path, args) => spec.args(path, spec.use, args),
    run: (cli, invocation) => spec.run(cli, invocation as Invocation<F>),
  };
}

/** The same command under another name in a group: `docker container ls` for `docker ps`. */
export const renamed = <F extends Flags>(
  spec: CommandSpec<F>,
  use: string,
  aliases: readonly string[],
): CommandSpec<F> => ({
  ...spec,
  use,
  aliases,
});

/** A group: `docker container COMMAND`. */
export function group(
  name: string,
  short: string,
  children: readonly CommandNode[],
  placement: Placement = {},
): CommandNode {
  return {
    name,
    use: name,
    short,
    aliases: [],
    flags: {},
    interspersed: true,
    children: placement.isExperimental ? children.map((child) => ({ ...child, isExperimental: true })) : children,
    section: 'management',
    ...placement,
    checkArgs: (path, args) => {
      if (args.length === 0) return;
      const help = `Usage:  ${path}\n\nRun '${path} --help' for more information`;
      throw new ExitError(1, `docker: unknown command: ${path} ${args[0]}\n\n${help}`);
    },
    run: async () => {},
  };
}

/** Whether a number of arguments will do; throws Docker's usage error when not. `use` is the command's own usage. */
export type ArgsRule = (path: string, use: string, args: readonly string[]) => void;

const usageError = (path: string, use: string, demand: string, see = 'Run'): ExitError => {
  const usage = `${path.split(' ').slice(0, -1).join(' ')} ${use}`;
  return new ExitError(
    1,
    `docker: '${path}' ${demand}\n\nUsage:  ${usage}\n\n${see} '${path} --help' for more information`,
  );
};

const count = (number: number): string => `${number} argument${number === 1 ? '' : 's'}`;

export const noArgs: ArgsRule = (path, use, args) => {
  if (args.length > 0) throw usageError(path, use, 'accepts no arguments');
};

export const minArgs =
  (number: number): ArgsRule =>
  (path, use, args) => {
    // 28.2 says "See" here and "Run" elsewhere.
    if (args.length < number) throw usageError(path, use, `requires at least ${count(number)}`, 'See');
  };

export const maxArgs =
  (number: number): ArgsRule =>
  (path, use, args) => {
    // "SRun" is 28.2's own slip.
    if (args.length > number) throw usageError(path, use, `requires at most ${count(number)}`, 'SRun');
  };

export const rangeArgs =
  (least: number, most: number): ArgsRule =>
  (path, use, args) => {
    if (args.length < least || args.length > most)
      throw usageError(path, use, `requires at least ${least} and at most ${count(most)}`);
  };

export const exactArgs =
  (number: number): ArgsRule =>
  (path, use, args) => {
    if (args.length !== number) throw usageError(path, use, `requires ${count(number)}`);
  };
