/** `docker stack`: flags and help. */
import { exactArgs, group, minArgs, noArgs } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, filter, strings, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { swarmCommand } from './absent.ts';
import { listFlags } from './swarm-flags.ts';

export const stack = group(
  'stack',
  'Manage Swarm stacks',
  [
    swarmCommand({
      use: 'config [OPTIONS]',
      short: 'Outputs the final config file, after doing merges and interpolations',
      args: noArgs,
      complete: nothing,
      flags: {
        'compose-file': strings('Path to a Compose file, or "-" to read from stdin', { shorthand: 'c' }),
        'skip-interpolation': bool('Skip interpolation and output only merged config'),
      },
    }),
    swarmCommand({
      use: 'deploy [OPTIONS] STACK',
      short: 'Deploy a new stack or update an existing stack',
      aliases: ['up'],
      aliasLine: 'docker stack deploy, docker stack up',
      args: exactArgs(1),
      flags: {
        'compose-file': strings('Path to a Compose file, or "-" to read from stdin', { shorthand: 'c' }),
        detach: bool('Exit immediately instead of waiting for the stack services to converge', {
          shorthand: 'd',
          initial: true,
        }),
        prune: bool('Prune services that are no longer referenced'),
        quiet: bool('Suppress progress output', { shorthand: 'q' }),
        'resolve-image': text(
          'Query the registry to resolve image digest and supported platforms ("always", "changed", "never")',
          { initial: 'always' },
        ),
        'with-registry-auth': bool('Send registry authentication details to Swarm agents'),
      },
    }),
    swarmCommand({
      use: 'ls [OPTIONS]',
      short: 'List stacks',
      aliases: ['list'],
      aliasLine: 'docker stack ls, docker stack list',
      args: noArgs,
      complete: nothing,
      flags: {
        format: text(listFormatUsage),
      },
    }),
    swarmCommand({
      use: 'ps [OPTIONS] STACK',
      short: 'List the tasks in the stack',
      args: exactArgs(1),
      flags: {
        filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
        format: text(listFormatUsage),
        'no-resolve': bool('Do not map IDs to Names'),
        'no-trunc': bool('Do not truncate output'),
        quiet: bool('Only display task IDs', { shorthand: 'q' }),
      },
    }),
    swarmCommand({
      use: 'rm [OPTIONS] STACK [STACK...]',
      short: 'Remove one or more stacks',
      aliases: ['remove', 'down'],
      aliasLine: 'docker stack rm, docker stack remove, docker stack down',
      args: minArgs(1),
      flags: {
        detach: bool('Do not wait for stack removal', { shorthand: 'd', initial: true }),
      },
    }),
    swarmCommand({
      use: 'services [OPTIONS] STACK',
      short: 'List the services in the stack',
      args: exactArgs(1),
      flags: listFlags,
    }),
  ],
  { section: 'swarm', swarm: 'manager' },
);
