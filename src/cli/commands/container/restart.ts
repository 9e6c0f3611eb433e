import { minArgs, type CommandSpec } from '../../command.ts';
import { allContainers } from '../../completion/names.ts';
import { throwJoined } from '../../exit-error.ts';
import { stopFlags, stopOptions } from './stop.ts';

export const restart: CommandSpec<typeof stopFlags> = {
  use: 'restart [OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Restart one or more containers',
  aliasLine: 'docker container restart, docker restart',
  args: minArgs(1),
  complete: allContainers(),
  flags: stopFlags,
  async run(cli, invocation) {
    const options = stopOptions(invocation);
    const errors: unknown[] = [];
    for (const name of invocation.args) {
      try {
        await cli.client.containers.restart(name, options);
        await cli.print(`${name}\n`);
      } catch (error) {
        errors.push(error);
      }
    }
    throwJoined(errors);
  },
};
