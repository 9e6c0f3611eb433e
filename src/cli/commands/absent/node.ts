/** `docker node`: flags and help. */
import { exactArgs, group, minArgs, noArgs } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, filter, list, text } from '../../flag/flag.ts';
import { inspectFormatUsage, listFormatUsage } from '../../format-usage.ts';
import { swarmCommand } from './absent.ts';

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
      flags: {
        format: text(inspectFormatUsage, { shorthand: 'f' }),
        pretty: bool('Print the information in a human friendly format'),
      },
    }),
    swarmCommand({
      use: 'ls [OPTIONS]',
      short: 'List nodes in the swarm',
      aliases: ['list'],
      aliasLine: 'docker node ls, docker node list',
      args: noArgs,
      complete: nothing,
      flags: {
        filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
        format: text(listFormatUsage),
        quiet: bool('Only display IDs', { shorthand: 'q' }),
      },
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
      flags: {
        filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
        format: text('Pretty-print tasks using a Go template'),
        'no-resolve': bool('Do not map IDs to Names'),
        'no-trunc': bool('Do not truncate output'),
        quiet: bool('Only display task IDs', { shorthand: 'q' }),
      },
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
