/** `docker checkpoint`: flags and help. */
import { exactArgs, group } from '../../command.ts';
import { runningContainers } from '../../completion/names.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, text } from '../../flag/flag.ts';
import { absent } from './absent.ts';

const reason = 'no CRIU runs in this guest';

export const checkpoint = group(
  'checkpoint',
  'Manage checkpoints',
  [
    absent(reason, {
      use: 'create [OPTIONS] CONTAINER CHECKPOINT',
      short: 'Create a checkpoint from a running container',
      args: exactArgs(2),
      complete: nothing,
      flags: {
        'checkpoint-dir': text('Use a custom checkpoint storage directory'),
        'leave-running': bool('Leave the container running after checkpoint'),
      },
    }),
    absent(reason, {
      use: 'ls [OPTIONS] CONTAINER',
      short: 'List checkpoints for a container',
      aliases: ['list'],
      aliasLine: 'docker checkpoint ls, docker checkpoint list',
      args: exactArgs(1),
      complete: runningContainers(),
      flags: {
        'checkpoint-dir': text('Use a custom checkpoint storage directory'),
      },
    }),
    absent(reason, {
      use: 'rm [OPTIONS] CONTAINER CHECKPOINT',
      short: 'Remove a checkpoint',
      aliases: ['remove'],
      aliasLine: 'docker checkpoint rm, docker checkpoint remove',
      args: exactArgs(2),
      flags: {
        'checkpoint-dir': text('Use a custom checkpoint storage directory'),
      },
    }),
  ],
  { requiresExperimental: true },
);
