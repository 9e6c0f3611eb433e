import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { renderRows, tableRow } from '../../format/table.ts';
import { contextDescription, contextEndpoint, contextName } from './default-context.ts';

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

export const ls: CommandSpec<typeof flags> = {
  use: 'ls [OPTIONS]',
  short: 'List contexts',
  aliases: ['list'],
  aliasLine: 'docker context ls, docker context list',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { format, quiet } }) {
    const row = tableRow('*formatter.clientContextContext', {
      Current: () => true,
      Description: () => contextDescription,
      DockerEndpoint: () => contextEndpoint(cli),
      Error: () => '',
      Name: () => contextName,
    });
    await cli.print(renderRows(contextFormat(format, quiet), headers, [row]));
  },
};

function contextFormat(format: string, quiet: boolean): string {
  if (quiet) return '{{.Name}}';
  if (format !== '' && format !== 'table') return format;
  return 'table {{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}';
}
