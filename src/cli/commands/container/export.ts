import { exactArgs, type CommandSpec } from '../../command.ts';
import { allContainers } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { validateOutputPath } from '../../output-path.ts';
import { writeArchive } from '../../stream/archive-output.ts';

const flags = { output: text('Write to a file, instead of STDOUT', { shorthand: 'o' }) };

export const exportContainer: CommandSpec<typeof flags> = {
  use: 'export [OPTIONS] CONTAINER',
  short: "Export a container's filesystem as a tar archive",
  aliasLine: 'docker container export, docker export',
  args: exactArgs(1),
  complete: allContainers(),
  flags,
  async run(cli, { args: [name = ''], flags: { output } }) {
    await writeArchive(cli, output, { attempt: 'failed to export container', check: validateOutputPath }, () =>
      cli.client.containers.export(name, cli.signal),
    );
  },
};
