import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { defaultEscapeKeys, EscapeFilter, parseEscapeKeys } from './escape-keys.ts';

test('keys by name', () => {
  expect([...parseEscapeKeys('ctrl-p,ctrl-q')]).toEqual([...defaultEscapeKeys]);
  expect([...parseEscapeKeys('ctrl-@,ctrl-[,ctrl-_,a,DEL')]).toEqual([0, 27, 31, 97, 127]);
  expect(() => parseEscapeKeys('ctrl-pp')).toThrow("Unknown character: 'ctrl-pp'");
});

const typed = (keys: Uint8Array, ...inputs: string[]): { passed: string; escaped: boolean } => {
  const filter = new EscapeFilter(keys);
  let escaped = false;
  const passed = inputs.map((input) => {
    const result = filter.filter(encodeUtf8(input));
    escaped ||= result.escaped;
    return result.passed;
  });
  return { passed: decodeUtf8(concatBytes([new Uint8Array(), ...passed])), escaped };
};

test('the keys are found wherever the input is cut, and what follows them is dropped', () => {
  expect(typed(defaultEscapeKeys, 'ab\x10\x11cd')).toEqual({ passed: 'ab', escaped: true });
  expect(typed(defaultEscapeKeys, 'ab\x10', '\x11')).toEqual({ passed: 'ab', escaped: true });
});

test('a start of them that comes to nothing is passed on', () => {
  expect(typed(defaultEscapeKeys, 'a\x10', 'b')).toEqual({ passed: 'a\x10b', escaped: false });
  expect(typed(defaultEscapeKeys, '\x10\x10\x11')).toEqual({ passed: '\x10', escaped: true });
});

test('nothing is lost of input without the keys', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', '\x10', 'b')), (keys) => {
      // A last key that passes on whatever was held back.
      expect(typed(defaultEscapeKeys, ...keys, 'z')).toEqual({ passed: `${keys.join('')}z`, escaped: false });
    }),
  );
});
