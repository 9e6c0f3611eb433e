/** The `Options:` part of a help text, laid out as pflag's FlagUsagesWrapped does. */
import type { Flags } from './flag.ts';

/** Lines for all flags but hidden ones, sorted by name, wrapped to `width` columns. */
export function flagUsages(flags: Flags, width: number): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => !flag.hidden && flag.deprecated === undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => {
      const short = flag.shorthand !== undefined && flag.shorthandDeprecated === undefined;
      const left = `${short ? `  -${flag.shorthand}, ` : '      '}--${name}${flag.kind === '' ? '' : ` ${flag.kind}`}`;
      const shownDefault = flag.shownDefault === undefined ? '' : ` (default ${flag.shownDefault})`;
      return { left, right: flag.usage + shownDefault };
    });
  const indent = Math.max(0, ...rows.map(({ left }) => left.length)) + 3;
  return rows.map(({ left, right }) => `${left.padEnd(indent)}${wrap(right, indent, width)}\n`).join('');
}

/** Wraps to `width`, lines after the first indented. A line may be 5 over when that saves a short last one. */
function wrap(text: string, indent: number, width: number): string {
  let room = width - indent;
  let first = '';
  let margin = indent;
  if (room < 24) {
    // Too narrow beside the flags: a block of its own below them.
    margin = 16;
    room = width - margin;
    first = `\n${' '.repeat(margin)}`;
  }
  const newline = `\n${' '.repeat(margin)}`;
  if (room < 24) return text.replaceAll('\n', first);
  const slop = 5;
  const lines: string[] = [];
  for (let rest = text; rest !== '' || lines.length === 0;) {
    const [line, after] = splitLine(rest, room - slop, slop);
    lines.push(line.replaceAll('\n', newline));
    rest = after;
  }
  return first + lines.join(newline);
}

/** The longest start of `text` that ends at whitespace within `room`, or at the last line break before that. */
function splitLine(text: string, room: number, slop: number): [string, string] {
  if (room + slop > text.length) return [text, ''];
  const head = text.slice(0, room);
  const space = Math.max(head.lastIndexOf(' '), head.lastIndexOf('\t'), head.lastIndexOf('\n'));
  if (space <= 0) return [text, ''];
  const newline = head.lastIndexOf('\n');
  const at = newline > 0 && newline < space ? newline : space;
  return [text.slice(0, at), text.slice(at + 1)];
}
