import { minArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { imageNames } from '../../completion/names.ts';
import { ExitError, messageOf } from '../../exit-error.ts';
import { checkPull, containerFlags, type ContainerFlags } from './container-flags.ts';
import { createContainer } from './create-container.ts';
import { toCreateRequest } from './create-request.ts';

export const create: CommandSpec<ContainerFlags> = {
  use: 'create [OPTIONS] IMAGE [COMMAND] [ARG...]',
  short: 'Create a new container',
  aliasLine: 'docker container create, docker create',
  args: minArgs(1),
  interspersed: false,
  complete: imageNames(),
  completeFlags: nothing,
  flags: containerFlags,
  async run(cli, { args, flags, changed }) {
    const request = await Promise.resolve()
      .then(() => checkPull(flags.pull))
      .then(() => toCreateRequest(cli.io, flags, changed, args))
      .catch((error: unknown) => {
        throw withHelp(error, 'create');
      });
    await cli.print(`${await createContainer(cli, request, flags)}\n`);
  },
};

/** A wrong use of `docker run` or `docker create`. */
export const withHelp = (error: unknown, command: string, code = 125): ExitError =>
  new ExitError(code, `docker: ${messageOf(error)}\n\nRun 'docker ${command} --help' for more information`, {
    cause: error,
  });
