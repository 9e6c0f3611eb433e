import type { ImageHistoryItem } from '../../../api/image.ts';
import { platformNames } from '../../completion/lists.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import { imageNames } from '../../completion/names.ts';
import { bool, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { ellipsis } from '../../format/display-width.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { renderRows, tableRow } from '../../format/table.ts';
import { ago, humanSize } from '../../format/units.ts';
import { truncateId } from '../../truncate-id.ts';
import { platformJson } from './inspect.ts';

const flags = {
  format: text(listFormatUsage),
  human: bool('Print sizes and dates in human readable format', { shorthand: 'H', initial: true }),
  'no-trunc': bool("Don't truncate output"),
  platform: text('Show history for the given platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")', {
    requires: { apiVersion: '1.48' },
    complete: platformNames,
  }),
  quiet: bool('Only show image IDs', { shorthand: 'q' }),
};

const headers = {
  ID: 'IMAGE',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  Size: 'SIZE',
  Comment: 'COMMENT',
};

export const history: CommandSpec<typeof flags> = {
  use: 'history [OPTIONS] IMAGE',
  short: 'Show the history of an image',
  aliasLine: 'docker image history, docker history',
  args: exactArgs(1),
  complete: imageNames(1),
  flags,
  async run(cli, { args: [name = ''], flags: { format, human, 'no-trunc': noTrunc, platform, quiet } }) {
    const options = { platform: platform === '' ? undefined : platformJson(platform) };
    const items = await cli.client.images.history(name, options);
    const rows = items.map((item) => historyRow(item, { truncate: !noTrunc, human }));
    await cli.print(renderRows(historyFormat(format, quiet, human), headers, rows));
  },
};

function historyFormat(format: string, quiet: boolean, human: boolean): string {
  if (format !== '' && format !== 'table') return format;
  if (quiet) return '{{.ID}}';
  const created = human ? '{{.CreatedSince}}' : '{{.CreatedAt}}';
  return `table {{.ID}}\t${created}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}`;
}

function historyRow(item: ImageHistoryItem, { truncate, human }: { truncate: boolean; human: boolean }): GoStruct {
  return tableRow('*image.historyContext', {
    ID: () => (truncate ? truncateId(item.Id) : item.Id),
    CreatedAt: () => `${new Date(item.Created * 1000).toISOString().slice(0, 19)}Z`,
    CreatedSince: () => ago(item.Created),
    CreatedBy: () => {
      const step = item.CreatedBy.replaceAll('\t', ' ');
      return truncate ? ellipsis(step, 45) : step;
    },
    Size: () => (human ? humanSize(item.Size, 3) : String(item.Size)),
    Comment: () => item.Comment,
  });
}
