/** The entry: finds the command in the tree, reads its flags, runs it, and says how it ended. */
import { isOlder } from '../client/transport.ts';
import { encodeUtf8 } from '../lib/bytes.ts';
import { command, type CommandNode } from './command.ts';
import { commandTree } from './command-tree.ts';
import { checkEndpoint } from './endpoint.ts';
import { completeLine } from './completion/complete.ts';
import { DockerCli } from './docker-cli.ts';
import { ExitError, messageOf } from './exit-error.ts';
import { parseFlags, type ParsedFlags } from './flag/parse-flags.ts';
import type { Flags } from './flag/flag.ts';
import { checkGlobalFlags, globalFlags, helpColumns, withHelpFlag } from './global-flags.ts';
import { helpText, useLine } from './help.ts';
import type { CliIo } from './io.ts';
import { cliBuild, cliVersion } from './version.ts';

/** Runs `docker ARGV…` and resolves with its exit code. Never rejects for what the command does. */
export async function runCli(io: CliIo, argv: readonly string[]): Promise<number> {
  const interrupt = new AbortController();
  const received: string[] = [];
  let forceEnd!: (code: number) => void;
  const forced = new Promise<number>((resolve) => (forceEnd = resolve));
  const stopListening = io.onSignal((name) => {
    if (name !== 'INT' && name !== 'TERM') return;
    received.push(name);
    interrupt.abort();
    // A command may wait for more than it is told to; asked three times, it ends whatever it waits for.
    if (received.length === 3) void endByForce(io).then(() => forceEnd(1));
  });
  try {
    return await Promise.race([outcome(io, argv, interrupt.signal, received), forced]);
  } finally {
    stopListening();
  }
}

/** The exit code of a command that ends by itself. */
async function outcome(
  io: CliIo,
  argv: readonly string[],
  signal: AbortSignal,
  received: readonly string[],
): Promise<number> {
  try {
    await dispatch(io, argv, signal);
    return 0;
  } catch (error) {
    if (signal.aborted && isAbort(error)) return received[0] === 'TERM' ? 143 : 130;
    const message = messageOf(error);
    if (message !== '') await io.stderr.write(encodeUtf8(`${message}\n`));
    return error instanceof ExitError ? error.code : 1;
  }
}

async function endByForce(io: CliIo): Promise<void> {
  await io.stderr.write(encodeUtf8('\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n'));
  if (io.stdin.isTty) await io.setRawMode(false);
}

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';

async function dispatch(io: CliIo, argv: readonly string[], signal: AbortSignal): Promise<void> {
  const flags = globalFlags(io.env['HOME'] ?? '/root');
  const help = command(
    {
      use: 'help [command]',
      short: 'Help about the command',
      args: () => {},
      flags: {},
      run: (dockerCli, { args }) => helpCommand(dockerCli, root, args),
    },
    { hidden: 'from help' },
  );
  const children = io.env['DOCKER_HIDE_LEGACY_COMMANDS']
    ? commandTree.children.map(hiddenWhenLegacy)
    : commandTree.children;
  const root: CommandNode = { ...commandTree, flags, children: [...children, help] };
  const globals = readFlags(root, 'docker', argv, io, { interspersed: false });
  const values = globals.values as Parameters<typeof checkGlobalFlags>[0] & { help: boolean };
  const { debug, config, host: hosts, context } = values;
  const cli = new DockerCli(io, signal, { debug, config, hosts, context });
  if (globals.notices.length > 0) await cli.printError(`${globals.notices.join('\n')}\n`);
  checkGlobalFlags(values);
  const isVersion = values.version && globals.args.length === 0;
  if (isVersion && !values.help) return cli.print(`Docker version ${cliVersion}, build ${cliBuild}\n`);
  if (values.help && globals.args.length === 0) return cli.print(await helpOf(cli, root, 'docker'));
  if (globals.args.length === 0) return cli.printError(await helpOf(cli, root, 'docker'));
  const [first = '', ...words] = globals.args;
  if (first === '__complete' || first === '__completeNoDesc') return completeLine(cli, root, words, first);

  const found = find(root, globals.args);
  if (values.help) return cli.print(await helpOf(cli, found.node, found.path));
  if (found.node === root) {
    if (readFlags(root, 'docker', found.rest, io, { interspersed: true }).values['help'])
      return cli.print(await helpOf(cli, root, 'docker'));
    throw new ExitError(
      1,
      `docker: unknown command: docker ${found.rest[0]}\n\nRun 'docker --help' for more information`,
    );
  }
  await call(cli, found);
}

/** Short forms from before there were groups of commands. */
const hiddenWhenLegacy = (node: CommandNode): CommandNode =>
  node.section === 'plain' ? { ...node, hidden: true } : node;

/** Commands that work whatever engine is asked for. */
const needsNoEngine = /^docker (context|completion|help)( |$)/;

interface Found {
  readonly node: CommandNode;
  readonly path: string;
  /** The words after its name. */
  readonly rest: readonly string[];
  readonly calledAs: string;
}

/** Walks down the tree as far as the words go. */
function find(root: CommandNode, words: readonly string[]): Found {
  let node = root;
  let path = 'docker';
  let at = 0;
  for (; at < words.length; at++) {
    const child = node.children.find(({ name, aliases }) => name === words[at] || aliases.includes(words[at]!));
    if (child === undefined) break;
    node = child;
    path += ` ${child.name}`;
  }
  return { node, path, rest: words.slice(at), calledAs: words[at - 1] ?? 'docker' };
}

async function call(cli: DockerCli, { node, path, rest, calledAs }: Found): Promise<void> {
  const parsed = readFlags(node, path, rest, cli.io, { interspersed: node.interspersed });
  if (parsed.notices.length > 0) await cli.print(`${parsed.notices.join('\n')}\n`);
  if (parsed.values['help']) return cli.print(await helpOf(cli, node, path));
  await checkFlags(cli, node.flags, parsed.changed);
  node.checkArgs(path, parsed.args);
  if (node.children.length === 0 && !needsNoEngine.test(path))
    await checkEndpoint(cli.io, cli.asked, await cli.settings(), cli.folder);
  if (node.children.length > 0) {
    const text = await helpOf(cli, node, path);
    return node.helpsOnStdout ? cli.print(text) : cli.printError(text);
  }
  await node.run(cli, { args: parsed.args, flags: parsed.values, changed: parsed.changed, calledAs, path });
}

function readFlags(
  node: CommandNode,
  path: string,
  words: readonly string[],
  io: CliIo,
  { interspersed }: { interspersed: boolean },
): ParsedFlags<Flags> {
  try {
    return parseFlags(withHelpFlag(node.flags), words, { host: io, interspersed });
  } catch (error) {
    const usage = path === 'docker' ? 'docker [OPTIONS] COMMAND [ARG...]' : useLine(node, path);
    throw new ExitError(125, `${messageOf(error)}\n\nUsage:  ${usage}\n\nRun '${path} --help' for more information`);
  }
}

/** Refuses flags the engine cannot serve, in Docker's words. */
async function checkFlags(cli: DockerCli, flags: Flags, changed: ReadonlySet<string>): Promise<void> {
  const errors: string[] = [];
  for (const name of changed) {
    const requires = flags[name]?.requires;
    if (requires === undefined) continue;
    if (requires.swarm !== undefined) {
      errors.push(`docker: "--${name}" is not available in Drydock: there is no Swarm mode`);
      continue;
    }
    const engine = await cli.engine();
    const version = await cli.client.apiVersion();
    if (requires.apiVersion !== undefined && isOlder(version, requires.apiVersion)) {
      errors.push(
        `"--${name}" requires API version ${requires.apiVersion}, but the Docker daemon API version is ${version}`,
      );
    } else if (requires.os !== undefined && engine.osType !== '' && engine.osType !== requires.os) {
      errors.push(
        `"--${name}" is only supported on a Docker daemon running on ${requires.os}, but the Docker daemon is running on ${engine.osType}`,
      );
    } else if (requires.experimental && !engine.experimental) {
      errors.push(`"--${name}" is only supported on a Docker daemon with experimental features enabled`);
    }
  }
  if (errors.length > 0) throw new ExitError(1, errors.join('\n'));
}

async function helpOf(cli: DockerCli, node: CommandNode, path: string): Promise<string> {
  return helpText(node, path, { engine: await cli.engine(), columns: helpColumns(cli) });
}

async function helpCommand(cli: DockerCli, root: CommandNode, words: readonly string[]): Promise<void> {
  const { node, path, rest } = find(root, words);
  if (rest.length > 0) throw new ExitError(1, `unknown help topic: ${rest.join(' ')}`);
  await cli.print(await helpOf(cli, node, path));
}
