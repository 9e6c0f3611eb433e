import type { CommandSpec } from '../../command.ts';
import { contextNames } from '../../completion/names.ts';
import { text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { inspectAll } from '../../inspector.ts';
import { contextEndpoint, contextName, contextNotFound } from './default-context.ts';

const flags = { format: text(inspectFormatUsage, { shorthand: 'f' }) };

export const inspect: CommandSpec<typeof flags> = {
  use: 'inspect [OPTIONS] [CONTEXT] [CONTEXT...]',
  short: 'Display detailed information on one or more contexts',
  args: () => {},
  complete: contextNames(),
  flags,
  run: async (cli, { args, flags: { format } }) =>
    inspectAll(cli, args.length > 0 ? args : [await cli.contextName()], format, async (name) => {
      if (name !== contextName) throw await contextNotFound(cli.folder, name);
      const inMemory = '<IN MEMORY>';
      const context = {
        Name: name,
        Metadata: {},
        Endpoints: { docker: { Host: contextEndpoint(cli), SkipTLSVerify: false } },
        TLSMaterial: {},
        Storage: { MetadataPath: inMemory, TLSPath: inMemory },
      };
      // Go escapes these where it marshals a value rather than passing the daemon's own text on.
      return { raw: JSON.stringify(context).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e') };
    }),
};
