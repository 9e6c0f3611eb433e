import fc from 'fast-check';
import { expect, test } from 'vitest';
import { goJsonError } from './go-json-error.ts';

// Recorded from Docker Engine 26.1 (Go 1.24): the message for each of these bodies of POST /containers/create.
const recorded: [body: string, message: string][] = [
  ['{', 'invalid JSON: unexpected EOF'],
  ['"a', 'invalid JSON: unexpected EOF'],
  ['{"a', 'invalid JSON: unexpected EOF'],
  ['{"a"', 'invalid JSON: unexpected EOF'],
  ['{"a":', 'invalid JSON: unexpected EOF'],
  ['{"a":1', 'invalid JSON: unexpected EOF'],
  ['{"a":1,', 'invalid JSON: unexpected EOF'],
  ['{"a":1,}', "invalid JSON: invalid character '}' looking for beginning of object key string"],
  ['[1', 'invalid JSON: unexpected EOF'],
  ['[1,', 'invalid JSON: unexpected EOF'],
  ['[1,]', "invalid JSON: invalid character ']' looking for beginning of value"],
  ['{a}', "invalid JSON: invalid character 'a' looking for beginning of object key string"],
  ['{"a" 1}', "invalid JSON: invalid character '1' after object key"],
  ['{"a":1 2}', "invalid JSON: invalid character '2' after object key:value pair"],
  ['[1 2]', "invalid JSON: invalid character '2' after array element"],
  ['tru', 'invalid JSON: unexpected EOF'],
  ['trux', "invalid JSON: invalid character 'x' in literal true (expecting 'e')"],
  ['nulx', "invalid JSON: invalid character 'x' in literal null (expecting 'l')"],
  ['fals!', "invalid JSON: invalid character '!' in literal false (expecting 'e')"],
  ['-', 'invalid JSON: unexpected EOF'],
  ['-a', "invalid JSON: invalid character 'a' in numeric literal"],
  ['1.', 'invalid JSON: unexpected EOF'],
  ['1.x', "invalid JSON: invalid character 'x' after decimal point in numeric literal"],
  ['1e', 'invalid JSON: unexpected EOF'],
  ['1e+x', "invalid JSON: invalid character 'x' in exponent of numeric literal"],
  ['"\\x"', "invalid JSON: invalid character 'x' in string escape code"],
  ['"\\u12g"', "invalid JSON: invalid character 'g' in \\u hexadecimal character escape"],
  ['"\x01"', "invalid JSON: invalid character '\\x01' in string literal"],
  ['"\n"', "invalid JSON: invalid character '\\n' in string literal"],
  ["'a'", "invalid JSON: invalid character '\\'' looking for beginning of value"],
  ['é', "invalid JSON: invalid character 'Ã' looking for beginning of value"],
  ['{"a":1} x', 'unexpected content after JSON'],
  ['}', "invalid JSON: invalid character '}' looking for beginning of value"],
  ['\\', "invalid JSON: invalid character '\\\\' looking for beginning of value"],
  ['{"a":"\\', 'invalid JSON: unexpected EOF'],
  ['{"Image":tru3}', "invalid JSON: invalid character '3' in literal true (expecting 'e')"],
];

test.each(recorded)('%j: %s', (body, message) => {
  expect(goJsonError(body)).toBe(message);
});

test('a nesting too deep for the stack has an answer', () => {
  expect(goJsonError('['.repeat(200_000))).toMatch(/^invalid JSON: /);
});

test('it finds a fault exactly where JSON.parse does', () => {
  const texts = fc.oneof(
    fc.json().chain((json) => fc.nat(json.length).map((length) => json.slice(0, length))),
    fc.tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[]",:x1-\\ ')).map(([json, at, character]) => {
      const position = at % (json.length + 1);
      return json.slice(0, position) + character + json.slice(position);
    }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      expect(goJsonError(text) === 'invalid JSON').toBe(valid);
    }),
    { numRuns: 500 },
  );
});
