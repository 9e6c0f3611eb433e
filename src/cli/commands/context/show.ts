import { noArgs, type CommandSpec } from '../../command.ts';
import { contextName } from './default-context.ts';

export const show: CommandSpec<{}> = {
  use: 'show',
  short: 'Print the name of the current context',
  args: noArgs,
  flags: {},
  run: (cli) => cli.print(`${contextName}\n`),
};
