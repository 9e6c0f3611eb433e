import { eastAsianWidth } from 'get-east-asian-width';

/** Columns a text takes in a terminal. Go's rule: two for wide characters, one for every other code point. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += eastAsianWidth(char.codePointAt(0)!) === 2 ? 2 : 1;
  return width;
}

/** Cut to `columns`, the last of them an ellipsis. */
export function ellipsis(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = '';
  for (const char of text) {
    if (displayWidth(kept + char) > columns - 1) break;
    kept += char;
  }
  return `${kept}…`;
}
