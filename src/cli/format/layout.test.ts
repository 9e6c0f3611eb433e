import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth, ellipsis } from './display-width.ts';
import { formatG } from '../../lib/go-template/go-number.ts';
import { goQuote } from '../../lib/go-template/go-quote.ts';
import { compactJson, indentJson } from './json-text.ts';
import { alignTabs } from './tabwriter.ts';
import { humanDuration } from '../../lib/human-duration.ts';
import { bytesSize, goTime, humanSize, ramInBytes } from './units.ts';

test('columns are as wide as their widest cell, and the last one is left alone', () => {
  expect(alignTabs('A\tLONG HEADER\tC\nxxxxxxxxxxxxxxx\ty\tz\n', { minWidth: 10, padding: 3 })).toBe(
    'A                 LONG HEADER   C\nxxxxxxxxxxxxxxx   y             z\n',
  );
});

test('a line without a cell ends the column above it', () => {
  expect(alignTabs('aaaa\t1\n\nb\t2\n', { minWidth: 0, padding: 1 })).toBe('aaaa 1\n\nb 2\n');
});

test('wide characters take two columns', () => {
  expect(displayWidth('日本a')).toBe(5);
  expect(ellipsis('日本語テキスト', 8)).toBe('日本語…');
  expect(alignTabs('日\tx\nabc\ty', { minWidth: 0, padding: 1 })).toBe('日  x\nabc y');
});

test('an ellipsis never exceeds its columns', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (text, columns) => {
      const shown = ellipsis(text, columns);
      expect(displayWidth(shown)).toBeLessThanOrEqual(columns);
      if (displayWidth(text) <= columns) expect(shown).toBe(text);
    }),
  );
});

describe('sizes and durations', () => {
  test.each([
    [0, '0B'],
    [999, '999B'],
    [1000, '1kB'],
    [1984250, '1.984MB'],
    [999_999, '1000kB'],
    [4_273_000_000, '4.273GB'],
  ])('%d bytes', (bytes, text) => expect(humanSize(bytes)).toBe(text));
  test('three digits, as tables show them', () => {
    expect([1984250, 999_900, 26].map((size) => humanSize(size, 3))).toEqual(['1.98MB', '1e+03kB', '26B']);
  });
  test('powers of 1024', () => expect(bytesSize(25_276_510_208)).toBe('23.54GiB'));
  test.each([
    [0, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, 'About a minute'],
    [120, '2 minutes'],
    [3600, 'About an hour'],
    [5400, '2 hours'],
    [47 * 3600, '47 hours'],
    [48 * 3600, '2 days'],
    [14 * 86400, '2 weeks'],
    [60 * 86400, '2 months'],
    [730 * 86400, '2 years'],
  ])('%d seconds', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));
  test('a time of day', () => expect(goTime(1_795_228_861)).toBe('2026-11-21 02:41:01 +0000 UTC'));
  test.each([
    ['512', 512],
    ['64m', 64 * 2 ** 20],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['2 kb', 2048],
    ['7B', 7],
  ])('%s of memory', (text, bytes) => expect(ramInBytes(text)).toBe(bytes));
  test.each([
    ['x', "invalid size: 'x'"],
    ['5x', "invalid suffix: 'x'"],
    ['5mib2', 'strconv.ParseFloat: parsing "5mib2": invalid syntax'],
    ['-1', "invalid size: '-1'"],
  ])('%s is none', (text, message) => expect(() => ramInBytes(text)).toThrow(new Error(message)));
});

test('%g', () => {
  expect([1e21, 1e20, 0.0001, 0.00001, 1.5].map((number) => formatG(number, -1))).toEqual([
    '1e+21',
    '100000000000000000000',
    '0.0001',
    '1e-05',
    '1.5',
  ]);
});

test('Go quotes what does not print', () => {
  expect(goQuote('a"\\\n\x01\u007f\u200b\u{e0001}é')).toBe('"a\\"\\\\\\n\\x01\\x7f\\u200b\\U000e0001é"');
});

describe('JSON as text', () => {
  test('is indented without losing a digit, the order of keys or an escape', () => {
    expect(indentJson('{"b":1.50,"a":[],"c":{},"d":[{"e":"\\u003c, [x]: "}]}')).toBe(
      '{\n    "b": 1.50,\n    "a": [],\n    "c": {},\n    "d": [\n        {\n            "e": "\\u003c, [x]: "\n        }\n    ]\n}',
    );
  });
  test('lays out as JSON.stringify does, and back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(indentJson(text)).toBe(JSON.stringify(value, undefined, 4));
        expect(compactJson(indentJson(text))).toBe(text);
      }),
    );
  });
});
