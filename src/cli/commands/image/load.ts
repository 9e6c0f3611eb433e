import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { platformNames } from '../../completion/lists.ts';
import { bool, text } from '../../flag/flag.ts';
import { fileInput, sendArchive, standardInput } from '../../stream/archive-input.ts';
import { platformOption } from './inspect.ts';

const flags = {
  input: text('Read from tar archive file, instead of STDIN', { shorthand: 'i' }),
  platform: text('Load only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")', {
    requires: { apiVersion: '1.48' },
    complete: platformNames,
  }),
  quiet: bool('Suppress the load output', { shorthand: 'q' }),
};

export const load: CommandSpec<typeof flags> = {
  use: 'load [OPTIONS]',
  short: 'Load an image from a tar archive or STDIN',
  aliasLine: 'docker image load, docker load',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { input: path, platform, quiet } }) {
    const { io } = cli;
    if (path === '' && io.stdin.isTty) throw new Error('requested load from stdin, but stdin is empty');
    const input = path === '' ? standardInput(io) : await fileInput(io, path);
    await sendArchive(cli, input, async () => {
      const options = { quiet: quiet || !io.stdout.isTty, platform: platformOption(platform) };
      return cli.client.images.load(input.stream, options, cli.signal);
    });
  },
};
