/**
 * Columns aligned as Go's text/tabwriter does: a tab ends a cell, and a column reaches over all neighbouring lines that
 * have such a cell. What follows a line's last tab belongs to no column.
 */
import { displayWidth } from './display-width.ts';

export interface TabOptions {
  /** Least width of a column, padding included. */
  readonly minWidth: number;
  /** Spaces after the widest cell. */
  readonly padding: number;
}

export function alignTabs(text: string, { minWidth, padding }: TabOptions): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths: number[][] = lines.map(() => []);

  // Every run of lines with a cell in this column gets one width, then its columns further right are laid out.
  const layOut = (from: number, to: number, column: number): void => {
    for (let start = from; start < to; start++) {
      if (lines[start]!.length - 1 <= column) continue;
      let end = start;
      let width = minWidth;
      for (; end < to && lines[end]!.length - 1 > column; end++) {
        width = Math.max(width, displayWidth(lines[end]![column]!) + padding);
      }
      for (let line = start; line < end; line++) widths[line]![column] = width;
      layOut(start, end, column + 1);
      start = end - 1;
    }
  };
  layOut(0, lines.length, 0);

  return lines
    .map((cells, line) =>
      cells.map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[line]![at] ?? 0) - displayWidth(cell)))).join(''),
    )
    .join('\n');
}
