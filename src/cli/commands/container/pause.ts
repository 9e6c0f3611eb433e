import { minArgs, type CommandSpec } from '../../command.ts';
import { isNotPaused, runningContainers } from '../../completion/names.ts';
import { eachContainer } from './each-container.ts';

export const pause: CommandSpec<{}> = {
  use: 'pause CONTAINER [CONTAINER...]',
  short: 'Pause all processes within one or more containers',
  aliasLine: 'docker container pause, docker pause',
  args: minArgs(1),
  complete: runningContainers(isNotPaused),
  flags: {},
  run: (cli, { args }) => eachContainer(cli, args, (name) => cli.client.containers.pause(name)),
};
