import { describe, expect, it } from 'vitest';
import { ContainerHealth, goDuration, mergeHealthcheck } from './health.ts';

const result = (exitCode: number) => ({ start: 0n, end: 0n, exitCode, output: '' });

describe('the health of a container', () => {
  it('turns with as many failures as it may have, and with one success', () => {
    const health = new ContainerHealth();
    health.record(result(0), {}, 0n);
    expect(health.status).toBe('healthy');
    for (const expected of ['healthy', 'healthy', 'unhealthy']) {
      health.record(result(1), {}, 0n);
      expect(health.status).toBe(expected);
    }
    expect(health.failingStreak).toBe(3);
    health.record(result(0), {}, 0n);
    expect([health.status, health.failingStreak]).toEqual(['healthy', 0]);
    expect(health.inspect().Log).toHaveLength(5);
  });

  it('forgives what fails in the start period, until it was healthy once', () => {
    const health = new ContainerHealth();
    const config = { StartPeriod: 1e9, Retries: 1 };
    health.record(result(1), config, 999_999_999n);
    expect([health.status, health.failingStreak]).toEqual(['starting', 0]);
    health.record(result(1), config, 1_000_000_000n);
    expect(health.status).toBe('unhealthy');
  });
});

it('the image completes what the user says', () => {
  const image = { Test: ['CMD', 'a'], Interval: 5, Retries: 2 };
  expect(mergeHealthcheck(undefined, image)).toBe(image);
  expect(mergeHealthcheck({ Interval: 7, Test: [], Retries: 0 }, image)).toEqual({ ...image, Interval: 7 });
  expect(mergeHealthcheck({ Test: ['NONE'] }, image)?.Test).toEqual(['NONE']);
});

it.each([
  [1e6, '1ms'],
  [500e6, '500ms'],
  [1e9, '1s'],
  [1.5e9, '1.5s'],
  [90e9, '1m30s'],
  [3600e9, '1h0m0s'],
])('%d ns is %s', (nanoseconds, text) => {
  expect(goDuration(nanoseconds)).toBe(text);
});
