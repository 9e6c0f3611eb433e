import { minArgs, type CommandSpec, type Invocation } from '../../command.ts';
import { signals } from '../../completion/lists.ts';
import { runningContainers } from '../../completion/names.ts';
import { alias, int, text } from '../../flag/flag.ts';
import { eachContainer } from './each-container.ts';

const timeout = int('Seconds to wait before killing the container', { shorthand: 't' });

/** Of `stop` and `restart`. */
export const stopFlags = {
  signal: text('Signal to send to the container', { shorthand: 's', complete: signals }),
  time: alias(timeout, 'timeout', { deprecated: 'use --timeout instead' }),
  timeout,
};

/** What the engine is asked for. The container's own timeout counts unless one is given. */
export function stopOptions({ flags, changed }: Invocation<typeof stopFlags>): {
  signal: string;
  t: number | undefined;
} {
  if (changed.has('time') && changed.has('timeout'))
    throw new Error('conflicting options: cannot specify both --timeout and --time');
  return { signal: flags.signal, t: changed.has('time') || changed.has('timeout') ? flags.timeout : undefined };
}

export const stop: CommandSpec<typeof stopFlags> = {
  use: 'stop [OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Stop one or more running containers',
  aliasLine: 'docker container stop, docker stop',
  args: minArgs(1),
  complete: runningContainers(),
  flags: stopFlags,
  async run(cli, invocation) {
    const options = stopOptions(invocation);
    await eachContainer(cli, invocation.args, (name) => cli.client.containers.stop(name, options));
  },
};
