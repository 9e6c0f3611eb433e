import { expect, test } from 'vitest';
import { deferred } from '../lib/deferred.ts';
import { restartAfterCrash } from './restart-after-crash.ts';

function setUp(restart: () => Promise<void> = async () => {}) {
  const reports: string[] = [];
  const host = { restarts: 0, time: 0, reports, died: deferred() };
  const crashed = restartAfterCrash({
    restartEngine: () => {
      host.restarts++;
      return restart();
    },
    died: host.died.promise,
    report: (message) => reports.push(message),
    now: () => host.time,
  });
  return { host, crashed };
}

test('an error that nobody caught restarts the engine', async () => {
  const { host, crashed } = setUp();
  await crashed(new Error('a fault'));
  expect(host.restarts).toBe(1);
  expect(host.reports[0]).toContain('The engine crashed: Error: a fault');
});

test('what comes while it restarts does not restart it again', async () => {
  const up = deferred();
  const { host, crashed } = setUp(() => up.promise);
  const first = crashed(new Error('one'));
  await crashed(new Error('two'));
  up.resolve();
  await first;
  expect(host.restarts).toBe(1);
});

test('one that keeps crashing is left alone, and given another chance later', async () => {
  const { host, crashed } = setUp();
  for (let i = 0; i < 5; i++) await crashed(new Error('again'));
  expect(host.restarts).toBe(3);
  host.time = 60_000;
  await crashed(new Error('later'));
  expect(host.restarts).toBe(4);
});

test('one that does not start is tried three times', async () => {
  const { host, crashed } = setUp(() => Promise.reject(new Error('no')));
  await crashed(new Error('a fault'));
  expect(host.restarts).toBe(3);
});

test('a guest that is gone, and a client that went away, restart nothing', async () => {
  const { host, crashed } = setUp();
  await crashed(new DOMException('gone', 'AbortError'));
  host.died.resolve();
  await host.died.promise;
  await crashed(new Error('too late'));
  expect(host.restarts).toBe(0);
});
