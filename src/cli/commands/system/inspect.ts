import { isNotFound } from '../../../client/errors.ts';
import type { SwarmKind } from '../../../client/system.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { nothing, oneOf } from '../../completion/completer.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { messageOf } from '../../exit-error.ts';
import { bool, text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { goQuote } from '../../../lib/go-template/go-quote.ts';
import { typedContainer } from '../../inspect-types/container.ts';
import { typedImage } from '../../inspect-types/image.ts';
import { typedNetwork } from '../../inspect-types/network.ts';
import { inspectAll, type Inspected } from '../../inspector.ts';

const types = ['config', 'container', 'image', 'network', 'node', 'plugin', 'secret', 'service', 'task', 'volume'];

const flags = {
  format: text(inspectFormatUsage, { shorthand: 'f' }),
  size: bool('Display total file sizes if the type is container', { shorthand: 's' }),
  type: text('Only inspect objects of the given type', { complete: oneOf(types) }),
};

export const inspect: CommandSpec<typeof flags> = {
  use: 'inspect [OPTIONS] NAME|ID [NAME|ID...]',
  short: 'Return low-level information on Docker objects',
  args: minArgs(1),
  complete: nothing,
  completeFlags: nothing,
  flags,
  async run(cli, { args, flags: { format, size, type }, changed }) {
    const choices = `must be one of "${types.join('", "')}"`;
    if (changed.has('type') && type === '') throw new Error(`type is empty: ${choices}`);
    if (type !== '' && !types.includes(type)) throw new Error(`unknown type: ${goQuote(type)}: ${choices}`);
    // A name alone is none of Swarm's on a node that manages no swarm.
    const kinds = inspectors(cli, size).filter((kind) => (type === '' ? !kind.isSwarm : kind.type === type));
    await inspectAll(cli, args, format, async (name) => {
      for (const kind of kinds) {
        try {
          const found = await kind.get(name);
          if (size && kind.type !== 'container') await cli.printError(`WARNING: --size ignored for ${kind.type}\n`);
          return found;
        } catch (error) {
          if (type !== '' || !isSkippable(error)) throw error;
        }
      }
      throw new Error(`Error: No such object: ${name}`);
    });
  },
};

interface Inspector {
  readonly type: string;
  readonly isSwarm?: true;
  get(name: string): Promise<Inspected>;
}

/** In the order in which a name is looked for. */
function inspectors(cli: DockerCli, size: boolean): Inspector[] {
  const { containers, images, networks, volumes, system } = cli.client;
  const swarm = (type: SwarmKind): Inspector => ({
    type,
    isSwarm: true,
    get: async (name) => ({ raw: await system.inspectSwarmRaw(type, name) }),
  });
  return [
    {
      type: 'container',
      get: async (name) => {
        const raw = await containers.inspectRaw(name, { size });
        return { raw, typed: typedContainer(raw) };
      },
    },
    {
      type: 'image',
      get: async (name) => {
        const raw = await images.inspectRaw(name);
        return { raw, typed: typedImage(raw) };
      },
    },
    {
      type: 'network',
      get: async (name) => {
        const raw = await networks.inspectRaw(name);
        return { raw, typed: typedNetwork(raw) };
      },
    },
    { type: 'volume', get: async (name) => ({ raw: await volumes.inspectRaw(name) }) },
    ...(['service', 'task', 'node'] as const).map(swarm),
    { type: 'plugin', get: async (name) => ({ raw: await system.inspectPluginRaw(name) }) },
    ...(['secret', 'config'] as const).map(swarm),
  ];
}

const isSkippable = (error: unknown): boolean =>
  isNotFound(error) ||
  messageOf(error).includes('not supported') ||
  messageOf(error).includes('invalid reference format');
