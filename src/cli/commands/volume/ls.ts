import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, filter, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { renderRows } from '../../format/table.ts';
import { volumeFormat, volumeHeaders, volumeRow } from './volume-row.ts';

const flags = {
  cluster: bool('Display only cluster volumes, and use cluster volume list formatting', {
    requires: { swarm: 'manager' },
  }),
  filter: filter('Provide filter values (e.g. "dangling=true")', { shorthand: 'f' }),
  format: text(listFormatUsage),
  quiet: bool('Only display volume names', { shorthand: 'q' }),
};

export const ls: CommandSpec<typeof flags> = {
  use: 'ls [OPTIONS]',
  short: 'List volumes',
  aliases: ['list'],
  aliasLine: 'docker volume ls, docker volume list',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { filter: filters, format: given, quiet } }) {
    const { Volumes: volumes } = await cli.client.volumes.list(filters);
    const format = given || (quiet ? '' : ((await cli.settings()).volumesFormat ?? ''));
    const sorted = [...(volumes ?? [])].sort((a, b) => a.Name.localeCompare(b.Name, 'en', { numeric: true }));
    await cli.print(renderRows(volumeFormat(format, quiet), volumeHeaders, sorted.map(volumeRow)));
  },
};
