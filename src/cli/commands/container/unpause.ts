import { minArgs, type CommandSpec } from '../../command.ts';
import { eachContainer } from './each-container.ts';

export const unpause: CommandSpec<{}> = {
  use: 'unpause CONTAINER [CONTAINER...]',
  short: 'Unpause all processes within one or more containers',
  aliasLine: 'docker container unpause, docker unpause',
  args: minArgs(1),
  flags: {},
  run: (cli, { args }) => eachContainer(cli, args, (name) => cli.client.containers.unpause(name)),
};
