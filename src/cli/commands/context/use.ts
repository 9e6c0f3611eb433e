import type { CommandSpec } from '../../command.ts';
import { contextNames } from '../../completion/names.ts';
import { contextName, contextNotFound } from './default-context.ts';

export const use: CommandSpec<{}> = {
  use: 'use CONTEXT',
  short: 'Set the current docker context',
  // The one command that leaves this to cobra, whose words these are.
  args: (_path, _use, args) => {
    if (args.length !== 1) throw new Error(`accepts 1 arg(s), received ${args.length}`);
  },
  complete: contextNames({ limit: 1 }),
  flags: {},
  async run(cli, { args: [name = ''] }) {
    if (name !== contextName) throw await contextNotFound(cli.folder, name);
    await cli.print(`${name}\n`);
    await cli.printError(`Current context is now "${name}"\n`);
  },
};
