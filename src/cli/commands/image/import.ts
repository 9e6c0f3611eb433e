import { parseReference } from '../../../lib/reference.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { files } from '../../completion/completer.ts';
import { platformNames } from '../../completion/lists.ts';
import { list, text } from '../../flag/flag.ts';
import { fileInput, sendArchive, standardInput } from '../../stream/archive-input.ts';

const flags = {
  change: list('Apply Dockerfile instruction to the created image', { shorthand: 'c' }),
  message: text('Set commit message for imported image', { shorthand: 'm' }),
  platform: text('Set platform if server is multi-platform capable', {
    requires: { apiVersion: '1.32' },
    complete: platformNames,
  }),
};

export const importImage: CommandSpec<typeof flags> = {
  use: 'import [OPTIONS] file|URL|- [REPOSITORY[:TAG]]',
  short: 'Import the contents from a tarball to create a filesystem image',
  aliasLine: 'docker image import, docker import',
  args: minArgs(1),
  complete: files,
  flags,
  async run(cli, { args: [source = '', repo = ''], flags: { change, message, platform } }) {
    const { io } = cli;
    // The engine fetches what is elsewhere.
    const isUrl = /^https?:\/\//.test(source);
    const file = source === '-' ? standardInput : fileInput;
    const input = isUrl ? undefined : await file(io, source);
    await sendArchive(cli, input, async (stream) => {
      if (repo !== '') parseReference(repo);
      const options = { fromSrc: isUrl ? source : '-', repo, message, changes: change, platform };
      return cli.client.images.import(options, stream, cli.signal);
    });
  },
};
