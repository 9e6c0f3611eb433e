/**
 * JSON as text, laid out anew without being parsed: numbers, key order and escapes stay as the daemon wrote them
 * (encoding/json's Indent and Compact).
 */
export function indentJson(text: string, indent = '    '): string {
  let output = '';
  let depth = 0;
  let opened = false;
  const newline = (): string => `\n${indent.repeat(depth)}`;
  for (const token of jsonTokens(text)) {
    if (opened && token !== '}' && token !== ']') {
      depth++;
      output += newline();
      opened = false;
    }
    switch (token) {
      case '{':
      case '[':
        opened = true;
        output += token;
        break;
      case ',':
        output += `,${newline()}`;
        break;
      case ':':
        output += ': ';
        break;
      case '}':
      case ']':
        if (opened) opened = false;
        else {
          depth--;
          output += newline();
        }
        output += token;
        break;
      default:
        output += token;
    }
  }
  return output;
}

export const compactJson = (text: string): string => [...jsonTokens(text)].join('');

function* jsonTokens(text: string): Generator<string, void, void> {
  const token = /\s+|"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
  for (const [match] of text.matchAll(token)) if (match.trim() !== '') yield match;
}
