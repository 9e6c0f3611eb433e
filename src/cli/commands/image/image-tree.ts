/** `docker images --tree` as docker/cli 28 lays it out, for images of one platform each: nothing hangs below them. */
import type { ImageSummary } from '../../../api/image.ts';
import type { CliIo } from '../../io.ts';
import { displayWidth, ellipsis } from '../../format/display-width.ts';
import { humanSize } from '../../format/units.ts';
import { truncateId } from '../../truncate-id.ts';

const columnSpacing = '   ';
const narrowestName = 12;

const reset = '\x1b[0m';
const title = '\x1b[39m\x1b[1m';
const plain = '\x1b[39m';
const faint = '\x1b[39m\x1b[2m';
const name = '\x1b[34m\x1b[1m';
const warning = '\x1b[93m';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly alignRight?: boolean;
  readonly value: (image: ImageSummary) => string;
}

/** After that of the names. */
const details: readonly Column[] = [
  { title: 'ID', width: 12, value: ({ Id }) => truncateId(Id) },
  { title: 'DISK USAGE', width: 10, alignRight: true, value: ({ Size }) => humanSize(Size, 3) },
  // Only containerd's image store knows of content.
  { title: 'CONTENT SIZE', width: 12, alignRight: true, value: () => humanSize(0, 3) },
];
/** For what is in use, which an engine without containerd's store does not say here. */
const extra: Column = { title: 'EXTRA', width: 5, value: () => '' };

export function imageTree(images: readonly ImageSummary[], { stdout, terminalSize }: CliIo): string {
  const inColor = (color: string, text: string): string => (stdout.isTty ? `${color}${text}${reset}` : text);
  const width = Math.max(20, (stdout.isTty ? terminalSize()?.columns : undefined) || 80);
  const { nameWidth, shown } = fit(width, images);
  const cell = ({ width: room, alignRight }: Pick<Column, 'width' | 'alignRight'>, text: string, color: string) => {
    const cut = displayWidth(text) > room ? ellipsis(text, room) : text;
    const fill = ' '.repeat(room - displayWidth(cut));
    const colored = color === '' ? cut : `${color}${cut}${reset}`;
    return alignRight ? fill + colored : colored + fill;
  };
  // Without a terminal the CLI colours the titles all the same.
  const header = [
    cell({ width: nameWidth }, 'IMAGE', title),
    ...shown.map((column) => cell({ width: column.width, alignRight: column.alignRight }, column.title, title)),
  ];
  const row = (image: ImageSummary): string => {
    const names = [...(image.RepoTags ?? [])].sort((a, b) => b.length - a.length);
    const color = names.length > 0 ? name : faint;
    const last = cell({ width: nameWidth }, names.pop() ?? '<untagged>', stdout.isTty ? color : '');
    const own = shown.map((column) => cell(column, column.value(image), stdout.isTty && column !== extra ? plain : ''));
    return [...names.map((each) => inColor(name, each)), [last, ...own].join(columnSpacing)].join('\n');
  };
  const rows = [...images].sort((a, b) => b.Created - a.Created).map(row);
  const lines = [
    inColor(warning, "WARNING: This is an experimental feature. The output may change and shouldn't be depended on."),
    legend(width, stdout.isTty),
    '',
    header.join(columnSpacing),
    ...rows,
  ];
  return `${lines.join('\n')}\n`;
}

/** The names get what the other columns leave, of which those that would leave too little are not shown. */
function fit(width: number, images: readonly ImageSummary[]): { nameWidth: number; shown: readonly Column[] } {
  const shown: Column[] = [];
  let left = width;
  for (const column of [...details, extra]) {
    const taken = column.width + columnSpacing.length;
    if (left - taken < narrowestName) break;
    left -= taken;
    shown.push(column);
  }
  const widest = Math.max(
    'IMAGE'.length,
    ...images.flatMap(({ RepoTags }) => (RepoTags ?? []).map((tag) => tag.length)),
  );
  return { nameWidth: Math.min(left, widest), shown };
}

function legend(width: number, isTty: boolean): string {
  const text = ` Info ->  U In Use `;
  const fancyText = 'i Info →   U  In Use ';
  const fancy =
    `\x1b[1m\x1b[106m\x1b[30mi${reset}${reset} \x1b[96mInfo → ${reset}${reset} ` +
    `\x1b[38;5;0m\x1b[48;5;14m U ${reset} In Use `;
  const fill = ' '.repeat(Math.max(0, width - (isTty ? fancyText : text).length));
  return fill + (isTty ? fancy : text);
}
