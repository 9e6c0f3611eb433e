import { exactArgs, type CommandSpec } from '../../command.ts';
import { allContainers } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { absolutePath } from '../../host-file.ts';
import { validateOutputPath } from '../../output-path.ts';
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
    if (output !== '') {
      await validateOutputPath(io, output).catch((error: Error) => {
        throw new Error(`failed to export container: ${error.message}`, { cause: error });
      });
    }
    const body = await cli.client.containers.export(name, cli.signal);
    if (output === '') await copyOutput(body, { tty: true, stdout: io.stdout });
    else await io.files.writeStream(absolutePath(io.cwd, output), body);
  },
};
