import { describe, expect, it } from 'vitest';
import { Restarts, validateRestartPolicy } from './restart-policy.ts';

const always = { Name: 'always', MaximumRetryCount: 0 };
const failed = { exitCode: 1, seconds: 0, restarts: 0 };

describe('the back-off', () => {
  it('doubles from 100 ms to a minute, and starts anew after a run of 10 s', () => {
    const restarts = new Restarts();
    const delays = Array.from({ length: 12 }, () => restarts.delayAfter(failed, always));
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
    expect(restarts.delayAfter({ ...failed, seconds: 9 }, always)).toBe(60_000);
    expect(restarts.delayAfter({ ...failed, seconds: 10 }, always)).toBe(100);
  });

  it('ends when cancelled', async () => {
    const restarts = new Restarts();
    const paused = restarts.pause(2 ** 30);
    restarts.cancel();
    await paused;
    expect(restarts.cancelled).toBe(true);
  });
});

describe('whether to restart', () => {
  const wanted = (name: string, run: Partial<typeof failed> = {}, retries = 0, stopped = false): boolean => {
    const restarts = new Restarts();
    restarts.manuallyStopped = stopped;
    return restarts.delayAfter({ ...failed, ...run }, { Name: name, MaximumRetryCount: retries }) !== undefined;
  };

  it('is what the policy says', () => {
    expect(wanted('no')).toBe(false);
    expect(wanted('')).toBe(false);
    expect(wanted('always', { exitCode: 0 })).toBe(true);
    expect(wanted('unless-stopped', { exitCode: 0 })).toBe(true);
    expect(wanted('unless-stopped', {}, 0, true)).toBe(false);
    expect(wanted('on-failure', { exitCode: 0 })).toBe(false);
    expect(wanted('on-failure', { restarts: 100 })).toBe(true);
    expect(wanted('on-failure', { restarts: 1 }, 2)).toBe(true);
    expect(wanted('on-failure', { restarts: 2 }, 2)).toBe(false);
  });

  it('is no when cancelled', () => {
    const restarts = new Restarts();
    restarts.cancel();
    expect(restarts.delayAfter(failed, always)).toBeUndefined();
  });
});

describe('a restart policy', () => {
  it.each([
    ['foo', 0, "unknown policy 'foo'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"],
    ['always', 3, "maximum retry count can only be used with 'on-failure'"],
    ['no', -1, "maximum retry count can only be used with 'on-failure' and cannot be negative"],
    ['on-failure', -1, 'maximum retry count cannot be negative'],
  ])('%s:%d is refused', (name, retries, reason) => {
    expect(() => validateRestartPolicy({ Name: name, MaximumRetryCount: retries })).toThrow(
      `invalid restart policy: ${reason}`,
    );
  });

  it.each([
    ['', 5],
    ['no', 0],
    ['always', 0],
    ['unless-stopped', 0],
    ['on-failure', 0],
    ['on-failure', 5],
  ])('%s:%d is taken', (name, retries) => {
    expect(() => validateRestartPolicy({ Name: name, MaximumRetryCount: retries })).not.toThrow();
  });
});
