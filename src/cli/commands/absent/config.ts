/** `docker config`: flags and help. */
import { exactArgs, group, minArgs, noArgs } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { list, text } from '../../flag/flag.ts';
import { swarmCommand } from './absent.ts';
import { inspectFlags, listFlags } from './swarm-flags.ts';

export const config = group(
  'config',
  'Manage Swarm configs',
  [
    swarmCommand({
      use: 'create [OPTIONS] CONFIG file|-',
      short: 'Create a config from a file or STDIN',
      args: exactArgs(2),
      complete: nothing,
      flags: {
        label: list('Config labels', { shorthand: 'l' }),
        'template-driver': text('Template driver'),
      },
    }),
    swarmCommand({
      use: 'inspect [OPTIONS] CONFIG [CONFIG...]',
      short: 'Display detailed information on one or more configs',
      args: minArgs(1),
      flags: inspectFlags,
    }),
    swarmCommand({
      use: 'ls [OPTIONS]',
      short: 'List configs',
      aliases: ['list'],
      aliasLine: 'docker config ls, docker config list',
      args: noArgs,
      complete: nothing,
      flags: listFlags,
    }),
    swarmCommand({
      use: 'rm CONFIG [CONFIG...]',
      short: 'Remove one or more configs',
      aliases: ['remove'],
      aliasLine: 'docker config rm, docker config remove',
      args: minArgs(1),
    }),
  ],
  { section: 'swarm', swarm: 'manager' },
);
