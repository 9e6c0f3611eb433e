/** Go's strconv.Quote (`%q`): a double-quoted Go string with everything unprintable escaped. */
export function goQuote(text: string): string {
  let quoted = '"';
  for (const char of text) quoted += char === '"' ? '\\"' : escapeRune(char);
  return `${quoted}"`;
}

/** Go's strconv.QuoteRune: `'x'`. */
export const goQuoteRune = (char: string): string => (char === "'" ? `'\\''` : `'${escapeRune(char)}'`);

const named: Record<string, string> = {
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function escapeRune(char: string): string {
  const escape = named[char];
  if (escape !== undefined) return escape;
  // Go prints letters, marks, numbers, punctuation, symbols and the ASCII space.
  if (char === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char)) return char;
  const code = char.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

const escapes: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** The value of a Go string literal, in quotes or backquotes (strconv.Unquote). Throws for an escape Go does not have. */
export function goUnquote(literal: string): string {
  if (literal.startsWith('`')) return literal.slice(1, -1);
  return literal
    .slice(1, -1)
    .replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/g, (_match, code: string) => {
      if (/^[xuU]./.test(code)) return String.fromCodePoint(parseInt(code.slice(1), 16));
      if (/^[0-7]/.test(code)) return String.fromCodePoint(parseInt(code, 8));
      const char = escapes[code];
      if (char === undefined) throw new Error('invalid syntax');
      return char;
    });
}
