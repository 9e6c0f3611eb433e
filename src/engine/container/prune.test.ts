import { expect, test } from 'vitest';
import type { Container } from './container.ts';
import { isPrunable } from './prune.ts';

const hoursAgo = (hours: number): bigint => BigInt(Date.now() - hours * 3_600_000) * 1_000_000n;
const container = (Labels: Record<string, string>, { hours = 2, running = false } = {}): Container =>
  ({ running, created: hoursAgo(hours), config: { Labels } }) as unknown as Container;

test.each([
  [{}, true],
  [{ label: ['a'] }, true],
  [{ label: ['a=1'] }, true],
  [{ label: ['a=2'] }, false],
  [{ label: ['a', 'b'] }, false],
  [{ 'label!': ['a'] }, false],
  [{ 'label!': ['b'] }, true],
  // Only what has all of them stays.
  [{ 'label!': ['a', 'b'] }, true],
  [{ 'label!': ['a', 'a=1'] }, false],
  [{ until: ['1h30m'] }, true],
  [{ until: ['3h'] }, false],
  [{ until: ['2020-01-02T03:04:05'] }, false],
  [{ until: ['4102444800'] }, true],
])('with %j, one of two hours ago labelled a=1 is pruned: %s', (filters, expected) => {
  expect(isPrunable(filters)(container({ a: '1' }))).toBe(expected);
});

test('what runs stays, what is no filter is refused', () => {
  expect(isPrunable({})(container({}, { running: true }))).toBe(false);
  expect(() => isPrunable({ foo: ['bar'] })).toThrow("invalid filter 'foo'");
  expect(() => isPrunable({ until: ['1h', '2h'] })).toThrow('more than one until filter specified');
  expect(() => isPrunable({ until: ['bad'] })).toThrow('failed to parse value as time or duration: "bad"');
});
