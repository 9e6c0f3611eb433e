import { checkAtomicOutput } from '../../atomic-output.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { platformNames } from '../../completion/lists.ts';
import { imageNames } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { writeArchive } from '../../stream/archive-output.ts';
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
    const options = { platform: platformOption(platform) };
    await writeArchive(cli, output, { attempt: 'failed to save image', check: checkAtomicOutput }, () =>
      cli.client.images.save(args, options, cli.signal),
    );
  },
};
