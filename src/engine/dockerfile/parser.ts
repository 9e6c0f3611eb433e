/**
 * A Dockerfile's instructions, each with its arguments taken apart as its kind wants them but nothing expanded (BuildKit's
 * frontend/dockerfile/parser). Errors are Errors in BuildKit's words.
 */
import { expandWord } from './expand.ts';

export interface Instruction {
  /** As it was written: `CMD`, `cmd`. */
  readonly name: string;
  /** The whole logical line. */
  readonly line: string;
  /** `--interval=5s` and the like, before the arguments. */
  readonly flags: readonly string[];
  /** For ENV and LABEL names and values in turn. */
  readonly args: readonly string[];
  /** The arguments were written as a JSON array. */
  readonly isJson: boolean;
}

export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  /** A backslash, or what the directive `# escape=` says. */
  readonly escape: string;
}

const blanks = /[\t\v\f\r ]+/;

/** Throws when there is no instruction at all. */
export function parseDockerfile(text: string): Dockerfile {
  let escape = '\\';
  let directivesMayFollow = true;
  const lines = text.replace(/^\ufeff/, '').split('\n');
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    const first = lines[at++]!.trimStart().replace(/\r+$/, '');
    const directive: RegExpExecArray | null = directivesMayFollow
      ? /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(first)
      : null;
    directivesMayFollow = directive !== null;
    if (directive?.[1]!.toLowerCase() === 'escape') escape = escapeToken(directive[2]!);
    if (first === '' || first.startsWith('#')) continue;
    let { line, continues } = withoutContinuation(first, escape);
    while (continues && at < lines.length) {
      const next = lines[at++]!.replace(/\r+$/, '');
      if (next.trim() === '' || next.trimStart().startsWith('#')) continue;
      const trimmed = withoutContinuation(next, escape);
      line += trimmed.line;
      continues = trimmed.continues;
    }
    if (line !== '') instructions.push(parseInstruction(line, escape));
  }
  if (instructions.length === 0) throw new Error('file with no instructions');
  return { instructions, escape };
}

function escapeToken(text: string): string {
  if (text === '\\' || text === '`') return text;
  throw new Error(`invalid escape token '${text}' does not match \` or \\`);
}

function withoutContinuation(line: string, escape: string): { line: string; continues: boolean } {
  const trimmed = line.replace(/[ \t]+$/, '');
  const continues = trimmed.endsWith(escape) && trimmed.at(-2) !== escape;
  return { line: continues ? trimmed.slice(0, -1) : line, continues };
}

function parseInstruction(line: string, escape: string): Instruction {
  const [, name = '', rest = ''] = /^([^\t\v\f\r ]*)[\t\v\f\r ]*([^]*)$/.exec(line.trim())!;
  const { flags, args: text } = splitFlags(rest, escape);
  const { args, isJson = false } = parseArguments(name, text.trim(), escape);
  return { name, line, flags, args, isJson };
}

interface Arguments {
  readonly args: readonly string[];
  readonly isJson?: boolean;
}

function parseArguments(name: string, text: string, escape: string): Arguments {
  switch (name.toUpperCase()) {
    case 'ENV':
    case 'LABEL':
      return { args: parseNameValues(name.toUpperCase(), text, escape) };
    case 'CMD':
    case 'ENTRYPOINT':
    case 'RUN':
    case 'SHELL':
      return parseMaybeJson(text);
    case 'VOLUME':
    case 'ADD':
    case 'COPY':
      return parseJson(text) ?? { args: text === '' ? [] : text.split(blanks) };
    case 'EXPOSE':
    case 'FROM':
      return { args: text === '' ? [] : text.split(blanks) };
    case 'HEALTHCHECK': {
      const [, type = '', command = ''] = /^(\S*)\s*([^]*)$/.exec(text)!;
      if (type === '') return { args: [] };
      const { args, isJson } = parseMaybeJson(command);
      return { args: [type, ...args], isJson };
    }
    case 'ONBUILD':
      return { args: text === '' ? [] : [parseInstruction(text, escape).name] };
    default:
      return { args: text === '' ? [] : [text] };
  }
}

function parseMaybeJson(text: string): Arguments {
  return parseJson(text) ?? { args: text === '' ? [] : [text] };
}

/** Undefined for what is no JSON array. */
function parseJson(text: string): Arguments | undefined {
  if (!text.startsWith('[')) return undefined;
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!(values as unknown[]).every((value) => typeof value === 'string')) {
    throw new Error('when using JSON array syntax, arrays must be comprised of strings only');
  }
  return { args: values as string[], isJson: true };
}

function parseNameValues(name: string, text: string, escape: string): string[] {
  const words = splitWords(text, escape);
  if (words.length === 0) return [];
  if (!words[0]!.includes('=')) {
    const [, key = '', value] = /^([^\t\v\f\r ]*)[\t\v\f\r ]+([^]*)$/.exec(text) ?? [];
    if (value === undefined) throw new Error(`${name} must have two arguments`);
    return [key, value];
  }
  return words.flatMap((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) {
      const form = 'Must be of the form: name=value';
      throw new Error(`Syntax error - can't find = in ${JSON.stringify(word)}. ${form}`);
    }
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** Words between blanks; quotes hold blanks together and stay, as do escapes. */
function splitWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    let character = text[at]!;
    if (quote === '' && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    if (character === escape && quote !== "'") {
      // One at the very end escapes nothing.
      if (at + 1 === text.length) break;
      word += character;
      character = text[++at]!;
    } else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
    word += character;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** Takes `--flag` words off the front; quotes and escapes in them are undone. */
function splitFlags(text: string, escape: string): { flags: string[]; args: string } {
  const flags: string[] = [];
  let rest = text;
  for (;;) {
    rest = rest.trimStart();
    if (!rest.startsWith('--')) return { flags, args: rest };
    const [word = ''] = splitWords(rest, escape);
    rest = rest.slice(word.length);
    if (word === '--') return { flags, args: rest };
    flags.push(expandWord(word, new Map(), { escape, variables: false }));
  }
}
