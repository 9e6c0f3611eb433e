import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { renderRows, tableRow } from '../../format/table.ts';
import { ellipsis } from '../../format/display-width.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { contextDescription, contextEndpoint, contextName, contextNotFound } from './default-context.ts';

const flags = {
  format: text(listFormatUsage),
  quiet: bool('Only show context names', { shorthand: 'q' }),
};

// Without a heading of its own, the mark of the current context is left out of the heading line.
const headers = {
  Name: 'NAME',
  Description: 'DESCRIPTION',
  DockerEndpoint: 'DOCKER ENDPOINT',
  Error: 'ERROR',
};

const overridden =
  'Warning: DOCKER_HOST environment variable overrides the active context. To use a context, either set the global --context flag, or unset DOCKER_HOST environment variable.\n';

export const ls: CommandSpec<typeof flags> = {
  use: 'ls [OPTIONS]',
  short: 'List contexts',
  aliases: ['list'],
  aliasLine: 'docker context ls, docker context list',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { format, quiet } }) {
    const current = await cli.contextName();
    const row = (name: string, description: string, endpoint: string, error: string): GoStruct =>
      tableRow('*formatter.clientContextContext', {
        Current: () => name === current,
        Description: () => description,
        DockerEndpoint: () => endpoint,
        Error: () => ellipsis(error, 45),
        Name: () => name,
      });
    const rows = [row(contextName, contextDescription, contextEndpoint(cli), '')];
    // One that is in use and not there is listed, with what is wrong with it.
    if (current !== contextName) rows.push(row(current, '', '', (await contextNotFound(cli.folder, current)).message));
    await cli.print(renderRows(contextFormat(format, quiet), headers, rows));
    if (current === contextName && cli.io.env['DOCKER_HOST']) await cli.printError(overridden);
  },
};

function contextFormat(format: string, quiet: boolean): string {
  if (quiet) return '{{.Name}}';
  if (format !== '' && format !== 'table') return format;
  return 'table {{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}';
}
