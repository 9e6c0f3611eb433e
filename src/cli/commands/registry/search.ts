import type { ImageSearchItem } from '../../../api/backend/image.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import { bool, filter, int, text } from '../../flag/flag.ts';
import { ellipsis } from '../../format/display-width.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { renderRows, tableRow } from '../../format/table.ts';
import { parseReference } from '../../../lib/reference.ts';
import { RegistryCredentials, credentialKey } from '../../registry-credentials.ts';

const flags = {
  filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
  format: text('Pretty-print search using a Go template'),
  limit: int('Max number of search results'),
  'no-trunc': bool("Don't truncate output"),
};

const headers = {
  Name: 'NAME',
  Description: 'DESCRIPTION',
  StarCount: 'STARS',
  IsOfficial: 'OFFICIAL',
  IsAutomated: 'AUTOMATED',
};
const table = 'table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}';
const descriptionColumns = 45;

export const search: CommandSpec<typeof flags> = {
  use: 'search [OPTIONS] TERM',
  short: 'Search Docker Hub for images',
  args: exactArgs(1),
  flags,
  async run(cli, { args: [term = ''], flags: { filter: filters, format, limit, 'no-trunc': noTrunc } }) {
    const auth = await new RegistryCredentials(cli).get(credentialKey(parseReference(term).domain));
    const found = await cli.client.images.search({ term, limit, filters, auth }, cli.signal);
    const rows = found.map((item) => searchRow(item, !noTrunc));
    await cli.print(renderRows(format === '' || format === 'table' ? table : format, headers, rows));
  },
};

function searchRow(item: ImageSearchItem, truncate: boolean): GoStruct {
  const mark = (value: boolean) => (value ? '[OK]' : '');
  const description = item.description.replaceAll('\n', ' ').replaceAll('\r', ' ');
  return tableRow('*formatter.searchContext', {
    Name: () => item.name,
    Description: () => (truncate ? ellipsis(description, descriptionColumns) : description),
    StarCount: () => String(item.star_count),
    IsOfficial: () => mark(item.is_official),
    IsAutomated: () => mark(item.is_automated),
  });
}
