import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unixTimestamp } from './unix-timestamp.ts';

const now = Date.parse('2026-11-21T12:00:00.5Z');

describe('unixTimestamp', () => {
  it.each([
    ['1h30m', '1795257000'],
    ['-1h', '1795266000'],
    ['1500ms', '1795262399'],
    ['0', '0'],
    ['1136073600', '1136073600'],
    ['1136073600.000000001', '1136073600.000000001'],
    ['2006-01-02', '1136160000.000000000'],
    ['2006-01-02T15', '1136214000.000000000'],
    ['2006-01-02T5', '1136178000.000000000'],
    ['2006-01-02T15Z', '1136214000.000000000'],
    ['2006-01-02T15:04', '1136214240.000000000'],
    ['2006-01-02T15:04:05', '1136214245.000000000'],
    ['2006-01-02T15:04:05.5Z', '1136214245.500000000'],
    ['2006-01-02T15:04:05.123456789+01:00', '1136210645.123456789'],
    ['2006-01-02+01:00', '1136156400.000000000'],
  ])('reads %s as %s', (text, timestamp) => {
    expect(unixTimestamp(text, now)).toBe(timestamp);
  });

  it.each([
    ['bad', 'failed to parse value as time or duration: "bad"'],
    ['2020-13-45', 'parsing time "2020-13-45": month out of range'],
    ['2021-02-29', 'parsing time "2021-02-29": day out of range'],
    ['2021-02-28T24', 'parsing time "2021-02-28T24": hour out of range'],
    ['2021-02-28T23:60', 'parsing time "2021-02-28T23:60": minute out of range'],
    ['1-2-3', 'parsing time "1-2-3" as "2006-01-02": cannot parse "1-2-3" as "2006"'],
    ['2020-1-1', 'parsing time "2020-1-1" as "2006-01-02": cannot parse "1-1" as "01"'],
    ['2020-01-01 10:11:12', 'parsing time "2020-01-01 10:11:12": extra text: " 10:11:12"'],
    ['-5', 'parsing time "-5" as "2006-01-02": cannot parse "-5" as "2006"'],
    [
      '2020-01-01T10:11:12z',
      'parsing time "2020-01-01T10:11:12z" as "2006-01-02T15:04:05Z07:00": cannot parse "z" as "Z07:00"',
    ],
    ['2020-01-01T10:11:12+25:00', 'parsing time "2020-01-01T10:11:12+25:00": time zone offset hour out of range'],
    ['99999999999999999999', 'failed to parse value as time or duration: "99999999999999999999"'],
  ])('refuses %s', (text, message) => {
    expect(() => unixTimestamp(text)).toThrow(message);
  });

  it('reads each instant that toISOString writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(Math.round(Number(unixTimestamp(date.toISOString())) * 1000)).toBe(date.getTime());
      }),
    );
  });
});
