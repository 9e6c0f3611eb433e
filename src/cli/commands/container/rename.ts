import { exactArgs, type CommandSpec } from '../../command.ts';
import { allContainers } from '../../completion/names.ts';
import { messageOf } from '../../exit-error.ts';

export const rename: CommandSpec<{}> = {
  use: 'rename CONTAINER NEW_NAME',
  short: 'Rename a container',
  aliasLine: 'docker container rename, docker rename',
  args: exactArgs(2),
  complete: allContainers(),
  flags: {},
  async run(cli, { args }) {
    const [oldName, newName] = args.map((name) => name.trim()) as [string, string];
    if (oldName === '' || newName === '') throw new Error('Error: Neither old nor new names may be empty');
    try {
      await cli.client.containers.rename(oldName, newName);
    } catch (error) {
      await cli.printError(`${messageOf(error)}\n`);
      throw new Error(`Error: failed to rename container named ${oldName}`);
    }
  },
};
