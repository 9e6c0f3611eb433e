import { minArgs, type CommandSpec } from '../../command.ts';
import { networkNames } from '../../completion/names.ts';
import { bool, text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { typedNetwork } from '../../inspect-types/network.ts';
import { inspectAll } from '../../inspector.ts';

const flags = {
  format: text(inspectFormatUsage, { shorthand: 'f' }),
  verbose: bool('Verbose output for diagnostics', { shorthand: 'v' }),
};

export const inspect: CommandSpec<typeof flags> = {
  use: 'inspect [OPTIONS] NETWORK [NETWORK...]',
  short: 'Display detailed information on one or more networks',
  args: minArgs(1),
  complete: networkNames,
  flags,
  run: (cli, { args, flags: { format, verbose } }) =>
    inspectAll(cli, args, format, async (name) => {
      const raw = await cli.client.networks.inspectRaw(name, { verbose });
      return { raw, typed: typedNetwork(raw) };
    }),
};
