import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathMatch } from './path-match.ts';

// From Go's path/match_test.go.
test.each([
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'abc/b', true],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['ab[b-d]', 'abc', true],
  ['ab[^c]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['a?b', 'a☺b', true],
  ['[\\]a]', ']', true],
  ['[x\\-]', '-', true],
  ['a?b', 'a/b', false],
  ['*x', 'xxx', true],
])('%s on %s', (pattern, name, expected) => {
  expect(pathMatch(pattern, name)).toBe(expected);
});

test.each(['[]a]', '[', '[^', 'a[', '\\', '[b-a]'])('%s is malformed', (pattern) => {
  expect(() => pathMatch(pattern, 'a')).toThrow('syntax error in pattern');
});

test('any pattern either matches or is malformed', () => {
  const unit = fc.constantFrom(...'a/*?[]^-\\☺');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), fc.string({ unit, maxLength: 12 }), (pattern, name) => {
      try {
        pathMatch(pattern, name);
      } catch (error) {
        expect((error as Error).message).toBe('syntax error in pattern');
      }
    }),
  );
});
