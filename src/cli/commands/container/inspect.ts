import { minArgs, type CommandSpec } from '../../command.ts';
import { allContainers } from '../../completion/names.ts';
import { bool, text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { typedContainer } from '../../inspect-types/container.ts';
import { inspectAll } from '../../inspector.ts';

const flags = {
  format: text(inspectFormatUsage, { shorthand: 'f' }),
  size: bool('Display total file sizes', { shorthand: 's' }),
};

export const inspect: CommandSpec<typeof flags> = {
  use: 'inspect [OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Display detailed information on one or more containers',
  args: minArgs(1),
  complete: allContainers(),
  flags,
  run: (cli, { args, flags: { format, size } }) =>
    inspectAll(cli, args, format, async (name) => {
      const raw = await cli.client.containers.inspectRaw(name, { size });
      return { raw, typed: typedContainer(raw) };
    }),
};
