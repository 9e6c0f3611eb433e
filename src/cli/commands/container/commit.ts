import { parseReference, repositoryName, withDefaultTag } from '../../../lib/reference.ts';
import { rangeArgs, type CommandSpec } from '../../command.ts';
import { runningContainers } from '../../completion/names.ts';
import { bool, list, text } from '../../flag/flag.ts';

const flags = {
  author: text('Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', { shorthand: 'a' }),
  change: list('Apply Dockerfile instruction to the created image', { shorthand: 'c' }),
  message: text('Commit message', { shorthand: 'm' }),
  pause: bool('Pause container during commit', { shorthand: 'p', initial: true }),
};

export const commit: CommandSpec<typeof flags> = {
  use: 'commit [OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  short: "Create a new image from a container's changes",
  aliasLine: 'docker container commit, docker commit',
  args: rangeArgs(1, 2),
  complete: runningContainers(),
  interspersed: false,
  flags,
  async run(cli, { args: [container = '', name = ''], flags: { author, change, message, pause } }) {
    const reference = name === '' ? undefined : withDefaultTag(parseReference(name));
    if (reference?.digest !== undefined) throw new Error('refusing to create a tag with a digest reference');
    const id = await cli.client.containers.commit(container, {
      repo: reference && repositoryName(reference),
      tag: reference?.tag,
      author,
      comment: message,
      changes: change,
      pause,
    });
    await cli.print(`${id}\n`);
  },
};
