import { checkAtomicOutput } from '../../atomic-output.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { platformNames } from '../../completion/lists.ts';
import { imageNames } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { absolutePath } from '../../host-file.ts';
import { copyOutput } from '../../stream/hijacked-streams.ts';
import { platformOption } from './inspect.ts';

const flags = {
  output: text('Write to a file, instead of STDOUT', { shorthand: 'o' }),
  platform: text('Save only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")', {
    requires: { apiVersion: '1.48' },
    complete: platformNames,
  }),
};

export const save: CommandSpec<typeof flags> = {
  use: 'save [OPTIONS] IMAGE [IMAGE...]',
  short: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  aliasLine: 'docker image save, docker save',
  args: minArgs(1),
  complete: imageNames(),
  flags,
  async run(cli, { args, flags: { output, platform } }) {
    const { io } = cli;
    const options = { platform: platformOption(platform) };
    if (output === '' && io.stdout.isTty) {
      throw new Error('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    }
    if (output !== '') {
      await checkAtomicOutput(io, output).catch((error: Error) => {
        throw new Error(`failed to save image: ${error.message}`, { cause: error });
      });
    }
    const archive = await cli.client.images.save(args, options, cli.signal);
    if (output === '') await copyOutput(archive, { tty: true, stdout: io.stdout });
    else await io.files.writeStream(absolutePath(io.cwd, output), archive);
  },
};
