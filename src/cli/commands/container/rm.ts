import { isNotFound } from '../../../client/errors.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { allContainers, isStopped } from '../../completion/names.ts';
import { messageOf } from '../../exit-error.ts';
import { bool } from '../../flag/flag.ts';
import { eachContainer } from './each-container.ts';

const flags = {
  force: bool('Force the removal of a running container (uses SIGKILL)', { shorthand: 'f' }),
  link: bool('Remove the specified link', { shorthand: 'l' }),
  volumes: bool('Remove anonymous volumes associated with the container', { shorthand: 'v' }),
};

export const rm: CommandSpec<typeof flags> = {
  use: 'rm [OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Remove one or more containers',
  aliases: ['remove'],
  aliasLine: 'docker container rm, docker container remove, docker rm',
  args: minArgs(1),
  complete: allContainers((container, { flags: given }) => given['force'] === true || isStopped(container)),
  flags,
  async run(cli, { args, flags: { force, link, volumes } }) {
    const remove = async (name: string): Promise<void> => {
      const trimmed = name.replace(/^\/+|\/+$/g, '');
      if (trimmed === '') throw new Error('container name cannot be empty');
      await cli.client.containers.remove(trimmed, { v: volumes, link, force });
    };
    await eachContainer(cli, args, remove, async (error) => {
      // With --force a container that is not there is as good as removed.
      if (!force || !isNotFound(error)) return false;
      await cli.printError(`${messageOf(error)}\n`);
      return true;
    });
  },
};
