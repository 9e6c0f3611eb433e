/** `docker secret`: flags and help. */
import { group, minArgs, noArgs, rangeArgs } from '../../command.ts';
import { list, text } from '../../flag/flag.ts';
import { swarmCommand } from './absent.ts';
import { inspectFlags, listFlags } from './swarm-flags.ts';

export const secret = group(
  'secret',
  'Manage Swarm secrets',
  [
    swarmCommand({
      use: 'create [OPTIONS] SECRET [file|-]',
      short: 'Create a secret from a file or STDIN as content',
      args: rangeArgs(1, 2),
      flags: {
        driver: text('Secret driver', { shorthand: 'd' }),
        label: list('Secret labels', { shorthand: 'l' }),
        'template-driver': text('Template driver'),
      },
    }),
    swarmCommand({
      use: 'inspect [OPTIONS] SECRET [SECRET...]',
      short: 'Display detailed information on one or more secrets',
      args: minArgs(1),
      flags: inspectFlags,
    }),
    swarmCommand({
      use: 'ls [OPTIONS]',
      short: 'List secrets',
      aliases: ['list'],
      aliasLine: 'docker secret ls, docker secret list',
      args: noArgs,
      flags: listFlags,
    }),
    swarmCommand({
      use: 'rm SECRET [SECRET...]',
      short: 'Remove one or more secrets',
      aliases: ['remove'],
      aliasLine: 'docker secret rm, docker secret remove',
      args: minArgs(1),
    }),
  ],
  { section: 'swarm', swarm: 'manager' },
);
