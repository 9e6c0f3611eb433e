import { minArgs, type CommandSpec } from '../../command.ts';
import { runningContainers } from '../../completion/names.ts';
import { throwJoined } from '../../exit-error.ts';

export const wait: CommandSpec<{}> = {
  use: 'wait CONTAINER [CONTAINER...]',
  short: 'Block until one or more containers stop, then print their exit codes',
  aliasLine: 'docker container wait, docker wait',
  args: minArgs(1),
  complete: runningContainers(),
  flags: {},
  async run(cli, { args }) {
    const errors: unknown[] = [];
    for (const name of args) {
      try {
        const { result } = await cli.client.containers.wait(name, undefined, cli.signal);
        await cli.print(`${(await result).StatusCode}\n`);
      } catch (error) {
        cli.signal.throwIfAborted();
        errors.push(error);
      }
    }
    throwJoined(errors);
  },
};
