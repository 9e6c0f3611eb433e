import { minArgs, type CommandSpec } from '../../command.ts';
import { volumeNames } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { typedVolume } from '../../inspect-types/volume.ts';
import { inspectAll } from '../../inspector.ts';

const flags = { format: text(inspectFormatUsage, { shorthand: 'f' }) };

export const inspect: CommandSpec<typeof flags> = {
  use: 'inspect [OPTIONS] VOLUME [VOLUME...]',
  short: 'Display detailed information on one or more volumes',
  args: minArgs(1),
  complete: volumeNames,
  flags,
  run: (cli, { args, flags: { format } }) =>
    inspectAll(cli, args, format, async (name) => {
      const raw = await cli.client.volumes.inspectRaw(name);
      return { raw, typed: typedVolume(raw) };
    }),
};
