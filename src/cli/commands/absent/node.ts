/** `docker node`: flags and help. */
import { exactArgs, group, minArgs, noArgs } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, list, text } from '../../flag/flag.ts';
import { swarmCommand } from './absent.ts';
import { inspectFlags, listFlags, taskFlags } from './swarm-flags.ts';

export const node = group(
  'node',
  'Manage Swarm nodes',
  [
    swarmCommand({
      use: 'demote NODE [NODE...]',
      short: 'Demote one or more nodes from manager in the swarm',
      args: minArgs(1),
    }),
    swarmCommand({
      use: 'inspect [OPTIONS] self|NODE [NODE...]',
      short: 'Display detailed information on one or more nodes',
      args: minArgs(1),
      flags: inspectFlags,
    }),
    swarmCommand({
      use: 'ls [OPTIONS]',
      short: 'List nodes in the swarm',
      aliases: ['list'],
      aliasLine: 'docker node ls, docker node list',
      args: noArgs,
      complete: nothing,
      flags: listFlags,
    }),
    swarmCommand({
      use: 'promote NODE [NODE...]',
      short: 'Promote one or more nodes to manager in the swarm',
      args: minArgs(1),
    }),
    swarmCommand({
      use: 'ps [OPTIONS] [NODE...]',
      short: 'List tasks running on one or more nodes, defaults to current node',
      args: minArgs(0),
      flags: taskFlags,
    }),
    swarmCommand({
      use: 'rm [OPTIONS] NODE [NODE...]',
      short: 'Remove one or more nodes from the swarm',
      aliases: ['remove'],
      aliasLine: 'docker node rm, docker node remove',
      args: minArgs(1),
      flags: {
        force: bool('Force remove a node from the swarm', { shorthand: 'f' }),
      },
    }),
    swarmCommand({
      use: 'update [OPTIONS] NODE',
      short: 'Update a node',
      args: exactArgs(1),
      flags: {
        availability: text('Availability of the node ("active", "pause", "drain")'),
        'label-add': list('Add or update a node label ("key=value")'),
        'label-rm': list('Remove a node label if exists'),
        role: text('Role of the node ("worker", "manager")'),
      },
    }),
  ],
  { section: 'swarm', swarm: 'manager' },
);
