import { expect, test } from 'vitest';
import { parseContentRange, parseRange } from './byte-range.ts';

test.each([
  ['bytes=0-', { start: 0, end: 10 }],
  ['bytes=3-5', { start: 3, end: 6 }],
  ['bytes=3-99', { start: 3, end: 10 }],
  ['bytes=-4', { start: 6, end: 10 }],
  ['bytes=-99', { start: 0, end: 10 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-3', undefined],
  ['bytes=0-1,4-5', undefined],
  ['bytes=-', undefined],
  ['items=0-1', undefined],
  [null, undefined],
])('%s of ten bytes', (header, range) => expect(parseRange(header, 10)).toEqual(range));

test('Content-Range', () => {
  expect(parseContentRange('bytes 5-9/10')).toEqual({ start: 5, size: 10 });
  expect(parseContentRange('bytes 5-9/*')).toEqual({ start: 5, size: undefined });
  expect(parseContentRange('bytes */10')).toBeUndefined();
  expect(parseContentRange(null)).toBeUndefined();
});
