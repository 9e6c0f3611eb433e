import { expect, test } from 'vitest';
import { formatBytes, formatSeconds } from './format.ts';

test.each([
  [0, '0 kB'],
  [840_400, '840 kB'],
  [1_000_000, '1.0 MB'],
  [4_449_999, '4.4 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('durations have one decimal', () => {
  expect(formatSeconds(940)).toBe('0.9 s');
});
