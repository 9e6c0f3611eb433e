import { minArgs, type CommandSpec } from '../../command.ts';
import { signals } from '../../completion/lists.ts';
import { runningContainers } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { eachContainer } from './each-container.ts';

const flags = { signal: text('Signal to send to the container', { shorthand: 's', complete: signals }) };

export const kill: CommandSpec<typeof flags> = {
  use: 'kill [OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Kill one or more running containers',
  aliasLine: 'docker container kill, docker kill',
  args: minArgs(1),
  complete: runningContainers(),
  flags,
  run: (cli, { args, flags: { signal } }) =>
    eachContainer(cli, args, (name) => cli.client.containers.kill(name, signal)),
};
