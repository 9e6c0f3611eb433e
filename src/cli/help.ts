/** Help texts, laid out as Docker's usage template does. */
import type { Ping } from '../api/system.ts';
import { isOlder } from '../client/transport.ts';
import type { CommandNode, Section } from './command.ts';
import type { Flags } from './flag/flag.ts';
import { flagUsages } from './flag/flag-usages.ts';

/** The help of `docker …`: `path` is how it was called, `columns` the terminal's width. */
export function helpText(
  node: CommandNode,
  path: string,
  { engine, columns }: { engine: Ping; columns: number },
): string {
  const isRoot = !path.includes(' ');
  const flags = shownFlags(node.flags, engine);
  const blocks: string[] = [];
  const hasFlags = Object.values(flags).some((flag) => !flag.hidden);
  if (node.children.length === 0) blocks.push(`Usage:  ${useLine(node, path)}`);
  else blocks.push(`Usage:  ${path}${hasFlags ? ' [OPTIONS]' : ''} COMMAND`);
  blocks.push(node.long ?? node.short);
  if (node.aliasLine !== undefined) blocks.push(`Aliases:\n  ${node.aliasLine}`);
  if (node.isExperimental) blocks.push(experimental(path));
  const usages = hasFlags ? flagUsages(flags, columns - 1).trimEnd() : '';
  if (hasFlags && !isRoot) blocks.push(`Options:\n${usages}`);
  if (node.children.length > 0) {
    blocks.push(...sections(node, engine));
    if (isRoot) blocks.push(`Global Options:\n${usages}`);
    blocks.push(`Run '${path} COMMAND --help' for more information on a command.`);
  }
  if (isRoot) blocks.push('For more help on how to use Docker, head to https://docs.docker.com/go/guides/');
  return `${blocks.join('\n\n')}\n`;
}

/** `docker run [OPTIONS] IMAGE [COMMAND] [ARG...]`. */
export const useLine = (node: CommandNode, path: string): string =>
  [...path.split(' ').slice(0, -1), node.use].join(' ');

const experimental = (path: string): string => `EXPERIMENTAL:
  ${path} is an experimental feature.
  Experimental features provide early access to product functionality. These
  features may change between releases without warning, or can be removed from a
  future release. Learn more about experimental features in our documentation:
  https://docs.docker.com/go/experimental/`;

const titles: [Section, string][] = [
  ['common', 'Common Commands'],
  ['management', 'Management Commands'],
  ['swarm', 'Swarm Commands'],
  ['plain', 'Commands'],
];

function sections(node: CommandNode, engine: Ping): string[] {
  const children = node.children.filter((child) => isShown(child, engine));
  const width = Math.max(11, ...children.map((child) => child.name.length));
  const rows = (list: readonly CommandNode[]): string =>
    list.map((child) => `\n  ${child.name.padEnd(width)} ${child.short}`).join('');
  return titles.flatMap(([section, title]) => {
    const list = children.filter((child) => child.section === section);
    // Common commands stand in order of use, all others by name.
    return list.length === 0 ? [] : [`${title}:${rows(section === 'common' ? list : list.sort(byName))}`];
  });
}

const byName = (a: CommandNode, b: CommandNode): number => (a.name < b.name ? -1 : 1);

function isShown(node: CommandNode, engine: Ping): boolean {
  if (node.hidden) return false;
  if (node.requiresExperimental && !engine.experimental) return false;
  return node.swarm === undefined || isForSwarm(node.swarm, engine);
}

/** Whether the engine has a role in a swarm; one that does not say may have any. */
function isForSwarm(asked: string, engine: Ping): boolean {
  if (engine.swarm === '') return true;
  const [state, role] = engine.swarm.split('/');
  if (asked === 'manager') return role === 'manager';
  return asked !== 'active' || state !== 'inactive';
}

function shownFlags(flags: Flags, engine: Ping): Flags {
  return Object.fromEntries(
    Object.entries(flags).filter(([, { requires }]) => {
      if (requires?.experimental && !engine.experimental) return false;
      if (requires?.swarm !== undefined && !isForSwarm(requires.swarm, engine)) return false;
      if (requires?.os !== undefined && engine.osType !== '' && requires.os !== engine.osType) return false;
      return requires?.apiVersion === undefined || !isOlder(engine.apiVersion, requires.apiVersion);
    }),
  );
}
