import type { ImageSummary } from '../../../api/image.ts';
import type { BuildCacheRecord, DiskUsage } from '../../../api/system.ts';
import { familiarName, parseReference } from '../../../lib/reference.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { GoStruct } from '../../../lib/go-template/go-value.ts';
import { renderRows } from '../../format/table.ts';
import { Template } from '../../../lib/go-template/template.ts';
import { humanSize } from '../../format/units.ts';
import { containerFormat, containerHeaders, containerRow } from '../container/container-row.ts';
import { imageFormat, imageHeaders, imageRow, isDangling } from '../image/image-rows.ts';
import { volumeFormat, volumeHeaders, volumeRow } from '../volume/volume-row.ts';
import { buildCacheHeaders, buildCacheRawFormat, buildCacheRow } from './build-cache-row.ts';
import { buildCacheSize, diskUsageHeaders, diskUsageRows } from './disk-usage-rows.ts';

const flags = {
  format: text(listFormatUsage),
  verbose: bool('Show detailed information on space usage', { shorthand: 'v' }),
};

export const df: CommandSpec<typeof flags> = {
  use: 'df [OPTIONS]',
  short: 'Show docker disk usage',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { format, verbose } }) {
    const usage = await cli.client.system.diskUsage();
    if (!verbose) await cli.print(renderRows(summaryFormat(format), diskUsageHeaders, diskUsageRows(usage)));
    else if (format === '' || format === 'table') await cli.print(sections(usage));
    else await cli.print(new Template(detailFormat(format)).render(details(usage, format.startsWith('table'))));
  },
};

function summaryFormat(format: string): string {
  if (format === '' || format === 'table') {
    return 'table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}';
  }
  if (format !== 'raw') return format;
  return 'type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n';
}

interface Details {
  readonly images: GoStruct[];
  readonly containers: GoStruct[];
  readonly volumes: GoStruct[];
  readonly buildCache: GoStruct[];
}

function detailRows(usage: DiskUsage, truncate: boolean): Details {
  return {
    images: (usage.Images ?? []).map((image) => firstTagRow(image, truncate)),
    // Without the size of the image, which has a row of its own.
    containers: (usage.Containers ?? []).map((container) => containerRow({ ...container, SizeRootFs: 0 }, truncate)),
    volumes: (usage.Volumes ?? []).map(volumeRow),
    buildCache: [...(usage.BuildCache ?? [])].sort(byLastUse).map((record) => buildCacheRow(record, truncate)),
  };
}

/** An image has one row here, whatever its tags. */
function firstTagRow(image: ImageSummary, truncate: boolean): GoStruct {
  const name = image.RepoTags?.[0];
  if (name === undefined || isDangling(image)) return imageRow(image, truncate, '<none>', '<none>', '');
  const reference = parseReference(name);
  return imageRow(image, truncate, familiarName(reference), reference.tag ?? '<none>', '');
}

const byLastUse = (a: BuildCacheRecord, b: BuildCacheRecord): number =>
  lastUse(a) - lastUse(b) || (a.ID < b.ID ? -1 : 1);

const lastUse = ({ LastUsedAt }: BuildCacheRecord): number => (LastUsedAt === null ? 0 : Date.parse(LastUsedAt));

const imageTable =
  'table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}';
const containerTable =
  'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}';
const volumeTable = 'table {{.Name}}\t{{.Links}}\t{{.Size}}';
const buildCacheTable =
  'table {{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}';

function sections(usage: DiskUsage): string {
  const { images, containers, volumes, buildCache } = detailRows(usage, true);
  return [
    `Images space usage:\n\n${renderRows(imageTable, imageHeaders, images)}`,
    `Containers space usage:\n\n${renderRows(containerTable, containerHeaders, containers)}`,
    `Local Volumes space usage:\n\n${renderRows(volumeTable, volumeHeaders, volumes)}`,
    `Build cache usage: ${humanSize(buildCacheSize(usage.BuildCache ?? []))}\n\n${renderRows(buildCacheTable, buildCacheHeaders, buildCache)}`,
  ].join('\n');
}

/** All rows as one struct, which a format sees at once. */
function details(usage: DiskUsage, truncate: boolean): GoStruct {
  const { images, containers, volumes, buildCache } = detailRows(usage, truncate);
  const fields = { Images: images, Containers: containers, Volumes: volumes, BuildCache: buildCache };
  return new GoStruct('*formatter.diskUsageContext', fields, { escapesHtml: true });
}

function detailFormat(format: string): string {
  if (format === 'raw') {
    const kinds = [
      ['Images', 'Image', imageFormat('raw', false, true)],
      ['Containers', 'Container', containerFormat('raw', false, true)],
      ['Volumes', 'Volume', volumeFormat('raw', false)],
      ['BuildCache', 'Build Cache', buildCacheRawFormat],
    ];
    return unescaped(kinds.map(([list, kind, row]) => `{{range .${list}}}type: ${kind}\n${row}\n{{end -}}`).join('\n'));
  }
  if (format === 'json') return '{{json .}}';
  return unescaped(format.replace(/^table/, '').replace(/^ +| +$/g, ''));
}

const unescaped = (format: string): string => format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
