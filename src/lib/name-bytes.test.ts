import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeName, encodeName } from './name-bytes.ts';

test('any bytes survive the way to a string and back', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(encodeName(decodeName(bytes))).toEqual(bytes)));
});

test('valid UTF-8 is the text it spells, also after a byte that is not', () => {
  expect(decodeName(new TextEncoder().encode('Főtanúsítvány\u{1f433}'))).toBe('Főtanúsítvány\u{1f433}');
  expect(decodeName(Uint8Array.of(0xff, 0xef, 0xbb, 0xbf, 0xc3, 0xa9))).toBe('\udcff\ufeffé');
});
