import { minArgs, type CommandSpec } from '../../command.ts';
import { isPaused, runningContainers } from '../../completion/names.ts';
import { eachContainer } from './each-container.ts';

export const unpause: CommandSpec<{}> = {
  use: 'unpause CONTAINER [CONTAINER...]',
  short: 'Unpause all processes within one or more containers',
  aliasLine: 'docker container unpause, docker unpause',
  args: minArgs(1),
  complete: runningContainers(isPaused),
  flags: {},
  run: (cli, { args }) => eachContainer(cli, args, (name) => cli.client.containers.unpause(name)),
};
