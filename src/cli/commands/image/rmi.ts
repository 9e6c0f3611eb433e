import { isNotFound } from '../../../client/errors.ts';
import { platformNames } from '../../completion/lists.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { imageNames } from '../../completion/names.ts';
import { messageOf, throwJoined } from '../../exit-error.ts';
import { bool, strings } from '../../flag/flag.ts';
import { platformJson } from './inspect.ts';

const flags = {
  force: bool('Force removal of the image', { shorthand: 'f' }),
  'no-prune': bool('Do not delete untagged parents'),
  platform: strings(
    'Remove only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")',
    { requires: { apiVersion: '1.50' }, complete: platformNames },
  ),
};

export const rmi: CommandSpec<typeof flags> = {
  use: 'rmi [OPTIONS] IMAGE [IMAGE...]',
  short: 'Remove one or more images',
  aliasLine: 'docker image rm, docker image remove, docker rmi',
  args: minArgs(1),
  complete: imageNames(),
  flags,
  async run(cli, { args, flags: { force, 'no-prune': noprune, platform } }) {
    const platforms = platform.map(platformJson);
    const errors: unknown[] = [];
    for (const name of args) {
      try {
        for (const { Deleted, Untagged } of await cli.client.images.remove(name, { force, noprune, platforms })) {
          await cli.print(Deleted ? `Deleted: ${Deleted}\n` : `Untagged: ${Untagged}\n`);
        }
      } catch (error) {
        errors.push(error);
      }
    }
    // With --force an image that is not there is as good as removed.
    if (!force || errors.some((error) => !isNotFound(error))) throwJoined(errors);
    else if (errors.length > 0) await cli.printError(`${errors.map(messageOf).join('\n')}\n`);
  },
};
