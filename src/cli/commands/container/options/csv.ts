/** One line of comma-separated values as Go's encoding/csv reads it: quotes only around whole fields, doubled inside. */
export function parseCsvLine(text: string): string[] {
  if (text === '') throw new Error('EOF');
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const quoted = /"((?:[^"]|"")*)"(?=,|$)/y;
    quoted.lastIndex = at;
    const match = quoted.exec(text);
    if (match !== null) {
      fields.push(match[1]!.replaceAll('""', '"'));
      at += match[0].length;
    } else {
      if (text[at] === '"')
        throw new Error(`parse error on line 1, column ${text.length + 1}: extraneous or missing " in quoted-field`);
      const comma = text.indexOf(',', at);
      const field = text.slice(at, comma < 0 ? text.length : comma);
      const quote = field.indexOf('"');
      if (quote >= 0) throw new Error(`parse error on line 1, column ${at + quote + 1}: bare " in non-quoted field`);
      fields.push(field);
      at += field.length;
    }
    if (at >= text.length) return fields;
    at++;
  }
}
