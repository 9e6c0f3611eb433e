/**
 * `docker __complete WORDS…`, which the shells' scripts call: choices, a line each, then the directive. Finding the place
 * to complete is what cobra's completion does, quirks included: scripts written for docker rely on it.
 */
import type { CommandNode } from '../command.ts';
import type { DockerCli } from '../docker-cli.ts';
import { ExitError, messageOf } from '../exit-error.ts';
import type { Flag, Flags } from '../flag/flag.ts';
import { parseFlags } from '../flag/parse-flags.ts';
import { withHelpFlag } from '../global-flags.ts';
import { describeDirective, directive, files, type Completion } from './completer.ts';

/** `calledAs` is `__complete`, or `__completeNoDesc` for choices alone. */
export async function completeLine(
  cli: DockerCli,
  root: CommandNode,
  words: readonly string[],
  calledAs: string,
): Promise<void> {
  if (words.length === 0) throw new ExitError(1, 'requires at least 1 arg(s), only received 0');
  const wanted = cli.io.env['DOCKER_COMPLETION_DESCRIPTIONS'] ?? cli.io.env['COBRA_COMPLETION_DESCRIPTIONS'] ?? '';
  const isPlain = calledAs === '__completeNoDesc' || ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(wanted);
  const { choices, directive: bits } = await complete(cli, root, words).catch(async (error: unknown) => {
    await cli.printError(`[Debug] [Error] ${messageOf(error)}\n`);
    return files(cli, { args: [], word: '', flags: {} });
  });
  const lines = choices.map((choice) => (isPlain ? choice.split('\t')[0]! : choice).split('\n')[0]!.trim());
  await cli.print([...lines, `:${bits}`, ''].join('\n'));
  await cli.printError(`Completion ended with directive: ${describeDirective(bits)}\n`);
}

async function complete(cli: DockerCli, root: CommandNode, words: readonly string[]): Promise<Completion> {
  const { node, rest } = commandAt(cli, root, words.slice(0, -1));
  const flags = withHelpFlag(node.flags);
  const parse = (args: readonly string[]) => parseFlags(flags, args, { host: cli.io, interspersed: node.interspersed });
  const value = flagValueAt(flags, rest, words.at(-1)!);
  const before = value.flag === undefined ? rest : value.before;
  // After `--`, or an argument that ends the flags, another `--` is an argument.
  const takesFlags = countArgs(() => parse([...before, '--'])) <= countArgs(() => parse(before));
  const parsed = parsedOr(() => parse(before), before);
  if (value.unknown !== undefined && takesFlags) {
    throw new Error(`Subcommand '${node.name}' does not support flag '${value.unknown}'`);
  }
  const place = { args: parsed.args, word: value.word, flags: parsed.values };

  if (value.flag !== undefined && takesFlags) {
    return (value.flag.complete ?? node.completeFlags ?? files)(cli, place);
  }
  const { word } = value;
  if (word.startsWith('-') && !word.includes('=') && takesFlags) {
    return { choices: flagNames(flags, parsed.changed, word), directive: directive.noFiles };
  }
  const children = parsed.args.length > 0 ? [] : node.children.filter(({ hidden }) => hidden !== true);
  const names = [...children]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => name.startsWith(word))
    .map(({ name, short }) => `${name}\t${short}`);
  if (node.complete !== undefined) return node.complete(cli, place);
  return { choices: names, directive: children.length > 0 ? directive.noFiles : directive.default };
}

function commandAt(cli: DockerCli, root: CommandNode, words: readonly string[]): ReturnType<typeof traverse> {
  try {
    return traverse(cli, root, words);
  } catch (error) {
    throw new Error(`unable to find a command for arguments: [${words.join(' ')}]`, { cause: error });
  }
}

/** Walks down the tree as far as words name commands, over flags and their values. */
function traverse(
  cli: DockerCli,
  node: CommandNode,
  words: readonly string[],
): { node: CommandNode; rest: readonly string[] } {
  const flags = withHelpFlag(node.flags);
  let isValue = false;
  for (const [at, word] of words.entries()) {
    if (/^--[^=]*$/.test(word)) {
      isValue = lookUp(flags, word.slice(2), 'long')?.alone === undefined;
      continue;
    }
    if (/^-[^=]$/.test(word) && lookUp(flags, word.slice(1), 'short')?.alone === undefined) {
      isValue = true;
      continue;
    }
    if (isValue) {
      isValue = false;
      continue;
    }
    if (isFlag(word)) continue;
    const child = node.children.find(({ name, aliases }) => name === word || aliases.includes(word));
    if (child === undefined) break;
    parseFlags(flags, words.slice(0, at), { host: cli.io });
    return traverse(cli, child, words.slice(at + 1));
  }
  return { node, rest: words };
}

const isFlag = (word: string): boolean => /^(--.|-[^-])/.test(word);

/** The flag whose value is to be completed, and the words before it; `unknown` is a name that is no flag's. */
function flagValueAt(
  flags: Flags,
  words: readonly string[],
  word: string,
): { flag?: Flag<unknown>; unknown?: string; before: readonly string[]; word: string } {
  const none = { before: words, word };
  const equals = word.startsWith('-') ? word.indexOf('=') : -1;
  if (word.startsWith('-') && equals < 0) return none;
  const previous = words.at(-1);
  // Of joined shorthands the last one takes the value.
  const nameIn = (text: string): string => (text.startsWith('--') ? text.slice(2) : text.slice(-1));
  let name: string;
  if (equals >= 0) name = nameIn(word.slice(0, equals));
  else if (previous !== undefined && isFlag(previous) && !previous.includes('=')) name = nameIn(previous);
  else return none;
  if (name === '') return none;
  const flag = (name.length === 1 ? lookUp(flags, name, 'short') : undefined) ?? lookUp(flags, name, 'long');
  if (flag === undefined) return { ...none, unknown: name };
  if (equals >= 0) return { flag, before: words, word: word.slice(equals + 1) };
  return flag.alone === undefined ? { flag, before: words.slice(0, -1), word } : none;
}

const lookUp = (flags: Flags, name: string, by: 'long' | 'short'): Flag<unknown> | undefined =>
  by === 'short'
    ? Object.values(flags).find(({ shorthand }) => shorthand === name)
    : Object.hasOwn(flags, name)
      ? flags[name]
      : undefined;

/** Names of flags that may still be given. */
function flagNames(flags: Flags, changed: ReadonlySet<string>, word: string): string[] {
  return Object.entries(flags)
    .filter(([name, flag]) => !flag.hidden && flag.deprecated === undefined && (!changed.has(name) || repeats(flag)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { shorthand, usage }]) =>
      [`--${name}`, ...(shorthand === undefined ? [] : [`-${shorthand}`])]
        .filter((given) => given.startsWith(word))
        .map((given) => `${given}\t${usage}`),
    );
}

/** Lists may be given again, but for those of types of their own, which show that they are empty. */
const repeats = ({ kind, shownDefault }: Flag<unknown>): boolean =>
  (kind === 'list' && shownDefault === undefined) || kind === 'strings' || kind.startsWith('stringTo');

function countArgs(parse: () => { args: readonly string[] }): number {
  try {
    return parse().args.length;
  } catch {
    return 0;
  }
}

function parsedOr<T>(parse: () => T, words: readonly string[]): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`Error while parsing flags from args [${words.join(' ')}]: ${messageOf(error)}`, { cause: error });
  }
}
