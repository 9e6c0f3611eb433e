import { expect, test } from 'vitest';
import { ClientLimits } from './client-limits.ts';

const settings = { requestsPerMinute: 60, concurrentPerClient: 2, concurrent: 3 };

test('so many at a time, of one and of all', () => {
  const limits = new ClientLimits(settings, () => 0);
  const leave = limits.enter('a');
  limits.enter('a');
  expect(() => limits.enter('a')).toThrow('more than 2 requests at a time');
  limits.enter('b');
  expect(() => limits.enter('c')).toThrow('as many requests as it may');
  leave();
  leave();
  limits.enter('c');
  expect(() => limits.enter('d')).toThrow('as many requests as it may');
});

test('so many a minute, growing back with time', () => {
  let now = 0;
  const limits = new ClientLimits(settings, () => now);
  for (let count = 0; count < 60; count++) limits.enter('a')();
  expect(() => limits.enter('a')).toThrow('more than 60 requests a minute');
  limits.enter('b')();
  now = 1000;
  limits.enter('a')();
  expect(() => limits.enter('a')).toThrow('more than 60 requests a minute');
});
