import { minArgs, type CommandSpec } from '../../command.ts';
import { volumeNames } from '../../completion/names.ts';
import { throwJoined } from '../../exit-error.ts';
import { bool } from '../../flag/flag.ts';

const flags = { force: bool('Force the removal of one or more volumes', { shorthand: 'f' }) };

export const rm: CommandSpec<typeof flags> = {
  use: 'rm [OPTIONS] VOLUME [VOLUME...]',
  short: 'Remove one or more volumes',
  long: 'Remove one or more volumes. You cannot remove a volume that is in use by a container.',
  aliases: ['remove'],
  aliasLine: 'docker volume rm, docker volume remove',
  args: minArgs(1),
  complete: volumeNames,
  flags,
  async run(cli, { args, flags: { force } }) {
    const errors: unknown[] = [];
    for (const name of args) {
      try {
        await cli.client.volumes.remove(name, { force });
        await cli.print(`${name}\n`);
      } catch (error) {
        errors.push(error);
      }
    }
    throwJoined(errors);
  },
};
