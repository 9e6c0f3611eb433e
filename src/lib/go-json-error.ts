/**
 * Says what is wrong with a text that is no JSON in the words of Go's encoding/json, which Docker's clients show. Browsers
 * each have words of their own, so the text is walked again, following Go's scanner.
 */
import { encodeUtf8 } from './bytes.ts';

class Found extends Error {}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
};

/** As Go's scanner quotes a byte: it reads bytes, so of `é` it shows the first one, `Ã`. */
function quoted(character: string): string {
  const byte = encodeUtf8(character)[0]!;
  const plain = byte < 0x20 || byte === 0x7f ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte);
  return `'${escapes[character] ?? plain}'`;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length;
  }

  #fail(where: string): never {
    const character = this.#text[this.#at];
    throw new Found(character === undefined ? 'unexpected EOF' : `invalid character ${quoted(character)} ${where}`);
  }

  #skipSpace(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  /** What the top-level value must not be followed by. */
  trailing(): never {
    this.#skipSpace();
    return this.#fail('after top-level value');
  }

  /** Takes one of `characters`, and says which. */
  #take(characters: string, where: string): string {
    this.#skipSpace();
    const character = this.#text[this.#at];
    if (character === undefined || !characters.includes(character)) this.#fail(where);
    this.#at++;
    return character;
  }

  value(): void {
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '{') this.#object();
    else if (first === '[') this.#array();
    else if (first === '"') this.#string('looking for beginning of value');
    else if (first === '-' || (first !== undefined && first >= '0' && first <= '9')) this.#number();
    else if (first === 't') this.#literal('true');
    else if (first === 'f') this.#literal('false');
    else if (first === 'n') this.#literal('null');
    else this.#fail('looking for beginning of value');
  }

  #object(): void {
    this.#at++;
    this.#skipSpace();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return;
    }
    do {
      this.#skipSpace();
      this.#string('looking for beginning of object key string');
      this.#take(':', 'after object key');
      this.value();
    } while (this.#take(',}', 'after object key:value pair') === ',');
  }

  #array(): void {
    this.#at++;
    this.#skipSpace();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return;
    }
    do this.value();
    while (this.#take(',]', 'after array element') === ',');
  }

  #string(where: string): void {
    if (this.#text[this.#at] !== '"') this.#fail(where);
    this.#at++;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character < ' ') this.#fail('in string literal');
      this.#at++;
      if (character === '"') return;
      if (character === '\\') this.#escape();
    }
  }

  #escape(): void {
    const character = this.#text[this.#at];
    if (character === undefined || !'bfnrt\\/"u'.includes(character)) this.#fail('in string escape code');
    this.#at++;
    if (character !== 'u') return;
    for (let digit = 0; digit < 4; digit++, this.#at++) {
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape');
    }
  }

  #digits(where: string): void {
    if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail(where);
    while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? '')) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
  }

  #literal(word: string): void {
    for (let at = 1; at <= word.length; at++) {
      this.#at++;
      if (at < word.length && this.#text[this.#at] !== word[at]) {
        this.#fail(`in literal ${word} (expecting ${quoted(word[at]!)})`);
      }
    }
  }
}

/** The message for `text`, which JSON.parse refused. */
export function goJsonError(text: string): string {
  const scanner = new Scanner(text);
  try {
    scanner.value();
    return scanner.atEnd ? 'invalid JSON' : 'unexpected content after JSON';
  } catch (error) {
    if (error instanceof Found) return `invalid JSON: ${error.message}`;
    // Too deep for the stack; Go stops at 10000.
    return 'invalid JSON: exceeded max depth';
  }
}

/** The same as json.Unmarshal words it, which is given the whole text where a Decoder reads on. */
export function goUnmarshalError(text: string): string {
  const scanner = new Scanner(text);
  try {
    scanner.value();
    return scanner.trailing();
  } catch (error) {
    if (!(error instanceof Found)) return 'exceeded max depth';
    return error.message === 'unexpected EOF' ? 'unexpected end of JSON input' : error.message;
  }
}
