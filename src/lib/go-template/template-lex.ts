/** Tokens of a Go template (text/template/parse/lex.go): text outside of `{{ }}`, and words inside. */
export type TokenKind =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'dot'
  | 'nil'
  | 'bool'
  | 'number'
  | 'string'
  | 'char'
  | 'pipe'
  | '('
  | ')'
  | ','
  | ':='
  | '='
  | 'keyword'
  | 'other'
  | 'error'
  | 'eof';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offset in the template. */
  readonly at: number;
}

const keywords = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);

const word = /[\p{L}\p{Nd}_]/u;
const patterns: [TokenKind, RegExp][] = [
  ['space', /[ \t\r\n]+/y],
  [':=', /:=/y],
  ['=', /=/y],
  ['pipe', /\|/y],
  ['string', /"(?:\\.|[^"\\\n])*"/y],
  ['string', /`[^`]*`/y],
  ['char', /'(?:\\.|[^'\\\n])*'/y],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  [
    'number',
    /(?=[+-]|[0-9]|\.(?:[0-9]|$))[+-]?(?:0[xX][0-9a-fA-F_]*|0[bB][01_]*|0[oO][0-7_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)/y,
  ],
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['dot', /\./y],
  ['identifier', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['(', /\(/y],
  [')', /\)/y],
  [',', /,/y],
];

/** All tokens, the last one `eof`, or `error` with what is wrong as its text. */
export function lexTemplate(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    const end = open < 0 ? source.length : open;
    const trims = open >= 0 && /^\{\{-[ \t\r\n]/.test(source.slice(open, open + 4));
    let text = source.slice(at, end);
    let start = at;
    if (trimNext) {
      const kept = text.replace(/^[ \t\r\n]+/, '');
      start += text.length - kept.length;
      text = kept;
    }
    if (trims) text = text.replace(/[ \t\r\n]+$/, '');
    if (text !== '') tokens.push({ kind: 'text', text, at: start });
    if (open < 0) break;
    const action = lexAction(source, open, trims ? open + 3 : open + 2, tokens);
    if (action === undefined) return tokens;
    ({ at, trimNext } = action);
  }
  tokens.push({ kind: 'eof', text: '', at: source.length });
  return tokens;
}

/** The tokens of one `{{ … }}`; undefined after an error. */
function lexAction(
  source: string,
  open: number,
  from: number,
  tokens: Token[],
): { at: number; trimNext: boolean } | undefined {
  const fail = (text: string, where: number): undefined => {
    tokens.push({ kind: 'error', text, at: where });
  };
  const comment = /[ \t\r\n]*\/\*/y;
  comment.lastIndex = from;
  if (comment.test(source) && (from > open + 2 || source.startsWith('/*', from))) {
    const close = source.indexOf('*/', from);
    if (close < 0) return fail('unclosed comment', open);
    const right = /^(?:[ \t\r\n]-)?\}\}/.exec(source.slice(close + 2, close + 6))?.[0];
    if (right === undefined) return fail('comment ends before closing delimiter', open);
    return { at: close + 2 + right.length, trimNext: right.length > 2 };
  }
  tokens.push({ kind: 'left', text: '{{', at: open });
  let depth = 0;
  for (let at = from; ;) {
    const right = /^(?:[ \t\r\n]-)?\}\}/.exec(source.slice(at, at + 4))?.[0];
    if (right !== undefined) {
      if (depth > 0) return fail('unclosed left paren', at);
      tokens.push({ kind: 'right', text: right, at });
      return { at: at + right.length, trimNext: right.length > 2 };
    }
    if (at >= source.length) return fail('unclosed action', at);
    const token = nextToken(source, at);
    if (token.kind === '(') depth++;
    if (token.kind === ')' && --depth < 0) return fail('unexpected right paren', at);
    tokens.push(token);
    if (token.kind === 'error') return undefined;
    at += token.text.length;
  }
}

function nextToken(source: string, at: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) continue;
    const after = source[at + text.length] ?? '';
    // A sign after a number makes it a complex one, which no template here needs.
    if (kind === 'number' && (word.test(after) || /[+-]/.test(after)))
      return { kind: 'error', text: `bad number syntax: ${JSON.stringify(text + after)}`, at };
    if (['variable', 'field', 'dot', 'identifier'].includes(kind) && !isTerminated(source, at + text.length))
      return badCharacter('bad character', source, at + text.length);
    if (kind !== 'identifier') return { kind, text, at };
    if (keywords.has(text)) return { kind: 'keyword', text, at };
    if (text === 'true' || text === 'false') return { kind: 'bool', text, at };
    return { kind: text === 'nil' ? 'nil' : 'identifier', text, at };
  }
  if (source[at] === '"') return { kind: 'error', text: 'unterminated quoted string', at };
  if (source[at] === '`') return { kind: 'error', text: 'unterminated raw quoted string', at };
  if (source[at] === "'") return { kind: 'error', text: 'unterminated character constant', at };
  const char = String.fromCodePoint(source.codePointAt(at)!);
  if (/[!-~]/.test(char)) return { kind: 'other', text: char, at };
  return badCharacter('unrecognized character in action:', source, at);
}

/** Whether a word may end here. */
const isTerminated = (source: string, at: number): boolean =>
  at >= source.length || /[ \t\r\n.,|:()]/.test(source[at]!) || source.startsWith('}}', at);

function badCharacter(complaint: string, source: string, at: number): Token {
  const char = String.fromCodePoint(source.codePointAt(at)!);
  const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return { kind: 'error', text: `${complaint} U+${code} '${char}'`, at };
}
