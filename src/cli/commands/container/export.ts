import { exactArgs, type CommandSpec } from '../../command.ts';
import { allContainers } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { absolutePath } from '../../host-file.ts';
import type { CliIo } from '../../io.ts';
import { copyOutput } from '../../stream/hijacked-streams.ts';

const flags = { output: text('Write to a file, instead of STDOUT', { shorthand: 'o' }) };

export const exportContainer: CommandSpec<typeof flags> = {
  use: 'export [OPTIONS] CONTAINER',
  short: "Export a container's filesystem as a tar archive",
  aliasLine: 'docker container export, docker export',
  args: exactArgs(1),
  complete: allContainers(),
  flags,
  async run(cli, { args: [name = ''], flags: { output } }) {
    const { io } = cli;
    if (output === '' && io.stdout.isTty) {
      throw new Error('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    }
    if (output !== '') await checkOutputPath(io, output);
    const body = await cli.client.containers.export(name, cli.signal);
    if (output === '') await copyOutput(body, { tty: true, stdout: io.stdout });
    else await io.files.writeStream(absolutePath(io.cwd, output), body);
  },
};

/** command.ValidateOutputPath. */
async function checkOutputPath(io: CliIo, output: string): Promise<void> {
  const path = absolutePath(io.cwd, output);
  const directory = path.slice(0, path.lastIndexOf('/')) || '/';
  const shown = output.includes('/') ? output.slice(0, output.lastIndexOf('/')) || '/' : '.';
  const refuse = (reason: string): Error => new Error(`failed to export container: invalid output path: ${reason}`);
  if ((await io.files.typeOf(directory)) === undefined)
    throw refuse(`directory ${JSON.stringify(shown)} does not exist`);
  if ((await io.files.typeOf(path)) === 'device') {
    throw refuse(`${JSON.stringify(output)} must be a directory or a regular file: got a device`);
  }
}
