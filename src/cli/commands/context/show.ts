import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';

export const show: CommandSpec<{}> = {
  use: 'show',
  short: 'Print the name of the current context',
  args: noArgs,
  complete: nothing,
  flags: {},
  run: async (cli) => cli.print(`${await cli.contextName()}\n`),
};
