/**
 * A word of a Dockerfile as its shell-like rules read it (BuildKit's frontend/dockerfile/shell): quotes go, variables are
 * replaced. Errors are Errors in BuildKit's words.
 */

interface ExpandOptions {
  readonly escape: string;
  /** False leaves `$` alone. */
  readonly variables?: boolean;
}

type Environment = ReadonlyMap<string, string>;

/** `${NAME:-default}` and its kin are done, `"a b"` is `a b`. */
export const expandWord = (word: string, environment: Environment, options: ExpandOptions): string =>
  expand(word, environment, options).text;

/** The same, with what came out split where unquoted blanks are. */
export const expandWords = (word: string, environment: Environment, options: ExpandOptions): string[] =>
  expand(word, environment, options).words;

function expand(word: string, environment: Environment, options: ExpandOptions): { text: string; words: string[] } {
  try {
    return new Expansion(word, environment, options).until();
  } catch (error) {
    throw new Error(`failed to process ${JSON.stringify(word)}: ${(error as Error).message}`, { cause: error });
  }
}

class Expansion {
  readonly #characters: string[];
  readonly #environment: Environment;
  readonly #escape: string;
  readonly #variables: boolean;
  #at = 0;

  constructor(source: string, environment: Environment, { escape, variables = true }: ExpandOptions) {
    this.#characters = [...source];
    this.#environment = environment;
    this.#escape = escape;
    this.#variables = variables;
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(): string | undefined {
    return this.#characters[this.#at++];
  }

  /** Up to `stop` or the end; `keepEscapes` for patterns, which have escapes of their own. */
  until(stop?: string, keepEscapes = false): { text: string; words: string[] } {
    let text = '';
    const words: string[] = [];
    let word: string | undefined;
    const add = (piece: string, splits: boolean): void => {
      text += piece;
      for (const character of splits ? piece : [piece]) {
        if (!splits || !/\s/.test(character)) word = (word ?? '') + character;
        else if (word) {
          words.push(word);
          word = undefined;
        }
      }
    };
    while (this.#next !== undefined) {
      const character = this.#next;
      if (character === stop) {
        this.#at++;
        return { text, words: word ? [...words, word] : words };
      }
      if (character === '$' && this.#variables) add(this.#dollar(), true);
      else if (character === "'") add(this.#singleQuoted(), false);
      else if (character === '"') add(this.#doubleQuoted(keepEscapes), false);
      else if (character === this.#escape) {
        this.#at++;
        if (keepEscapes) add(character, false);
        // An escape at the end escapes nothing.
        add(this.#take() ?? '', false);
      } else {
        this.#at++;
        add(character, true);
      }
    }
    if (stop !== undefined) throw new Error(`unexpected end of statement while looking for matching ${stop}`);
    return { text, words: word ? [...words, word] : words };
  }

  #singleQuoted(): string {
    this.#at++;
    const end = this.#characters.indexOf("'", this.#at);
    if (end < 0) throw new Error('unexpected end of statement while looking for matching single-quote');
    const text = this.#characters.slice(this.#at, end).join('');
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(keepEscapes: boolean): string {
    this.#at++;
    let text = '';
    for (;;) {
      const character = this.#next;
      if (character === undefined) {
        throw new Error('unexpected end of statement while looking for matching double-quote');
      }
      if (character === '$' && this.#variables) {
        text += this.#dollar();
        continue;
      }
      this.#at++;
      if (character === '"') return text;
      if (character !== this.#escape) {
        text += character;
        continue;
      }
      if (keepEscapes) text += character;
      if (this.#next === undefined) continue;
      text += ['"', '$', this.#escape].includes(this.#next) ? this.#take()! : character;
    }
  }

  #dollar(): string {
    this.#at++;
    if (this.#next !== '{') {
      const name = this.#name();
      return name === '' ? '$' : (this.#environment.get(name) ?? '');
    }
    this.#at++;
    if (this.#next === undefined) throw new Error("syntax error: missing '}'");
    if ('{}:'.includes(this.#next)) throw new Error('syntax error: bad substitution');
    return this.#braced(this.#name());
  }

  #braced(name: string): string {
    const value = this.#environment.get(name);
    let operator = this.#take();
    if (operator === '}') return value ?? '';
    const emptyIsUnset = operator === ':';
    if (emptyIsUnset) operator = this.#take();
    const shown = `${emptyIsUnset ? ':' : ''}${operator ?? '\ufffd'}`;
    const unsupported = (): Error => new Error(`unsupported modifier (${shown}) in substitution`);
    if (operator === '/' && !emptyIsUnset) return this.#replaced(value ?? '');
    const isPattern = operator === '#' || operator === '%';
    if (operator === undefined || !'+-?#%'.includes(operator) || (emptyIsUnset && isPattern)) throw unsupported();
    const word = this.#closed('}', isPattern);
    const isSet = value !== undefined && !(emptyIsUnset && value === '');
    if (operator === '-') return isSet ? value : word;
    if (operator === '+') return isSet ? word : '';
    if (isPattern) return trimmed(operator, word, value ?? '');
    if (isSet) return value;
    throw new Error(`${name}: ${word || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`);
  }

  /** `${name/pattern/replacement}`, with two slashes for all. */
  #replaced(value: string): string {
    const all = this.#next === '/';
    if (all) this.#at++;
    const pattern = this.#closed('/', true, "'/' in ${}");
    const replacement = this.#closed('}', true);
    return value.replace(new RegExp(patternSource(pattern, true), all ? 'gsu' : 'su'), () => replacement);
  }

  #closed(stop: string, keepEscapes: boolean, missing = `'${stop}'`): string {
    try {
      return this.until(stop, keepEscapes).text;
    } catch (error) {
      if (this.#next === undefined) throw new Error(`syntax error: missing ${missing}`);
      throw error;
    }
  }

  #name(): string {
    const rest = this.#characters.slice(this.#at).join('');
    const name = /^([0-9]+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest)?.[0] ?? '';
    this.#at += [...name].length;
    return name;
  }
}

/** `#` takes what fits off the front, `%` off the end; doubled it takes as much as it can. */
function trimmed(operator: string, word: string, value: string): string {
  const greedy = word.startsWith(operator);
  const pattern = greedy ? word.slice(1) : word;
  const source = patternSource(pattern, greedy);
  if (operator === '#') return value.replace(new RegExp(`^(?:${source})`, 'su'), '');
  // From the end: the first start that fits takes most, the last one least.
  const fits = new RegExp(`^(?:${source})$`, 'su');
  const starts = Array.from({ length: value.length + 1 }, (_, at) => at);
  const start = (greedy ? starts : starts.reverse()).find((at) => fits.test(value.slice(at)));
  return start === undefined ? value : value.slice(0, start);
}

function patternSource(pattern: string, greedy: boolean): string {
  return pattern.replace(/\\([^]?)|[^]/gu, (token, escaped?: string) => {
    if (escaped !== undefined) {
      if (escaped === '}' || escaped === '/') return escaped === '/' ? '\\/' : '\\}';
      if (escaped === '' || !'*?\\'.includes(escaped)) {
        throw new Error(`invalid pattern (${pattern}) in substitution: invalid escape '\\${escaped}'`);
      }
      return `\\${escaped}`;
    }
    if (token === '*') return greedy ? '.*' : '.*?';
    if (token === '?') return '.';
    return token.replace(/[[\]{}.+()|^$/]/, '\\$&');
  });
}
