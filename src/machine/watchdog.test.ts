import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Watchdog } from './watchdog.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch(answers: boolean) {
  const guest = { turns: 0, asked: 0, hung: 0 };
  const watchdog = new Watchdog({
    ask: () => {
      guest.asked++;
      return answers ? Promise.resolve() : new Promise(() => {});
    },
    turns: () => guest.turns,
    onHung: () => guest.hung++,
  });
  return { guest, watchdog };
}

test('a guest that answers what it is sent is not asked', async () => {
  const { guest, watchdog } = watch(true);
  watchdog.sent();
  watchdog.received();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(guest).toMatchObject({ asked: 0, hung: 0 });
});

test('an idle guest is not asked', async () => {
  const { guest } = watch(false);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(guest.asked).toBe(0);
});

test('a silent guest that gives a sign of life lives, and is watched on', async () => {
  const { guest, watchdog } = watch(true);
  watchdog.sent();
  await vi.advanceTimersByTimeAsync(600_000);
  watchdog.sent();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(guest).toMatchObject({ asked: 2, hung: 0 });
});

test('a guest that gives none is hung, which is said once', async () => {
  const { guest, watchdog } = watch(false);
  watchdog.sent();
  guest.turns = 0;
  const running = setInterval(() => (guest.turns += 10), 100);
  await vi.advanceTimersByTimeAsync(600_000);
  clearInterval(running);
  expect(guest).toMatchObject({ asked: 1, hung: 1 });
});

test('a guest that was not let run gets more time', async () => {
  const { guest, watchdog } = watch(false);
  watchdog.sent();
  const throttled = setInterval(() => guest.turns++, 1000);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(guest.hung).toBe(0);
  await vi.advanceTimersByTimeAsync(400_000);
  clearInterval(throttled);
  expect(guest.hung).toBe(1);
});

test('a stopped watchdog says nothing', async () => {
  const { guest, watchdog } = watch(false);
  watchdog.sent();
  await vi.advanceTimersByTimeAsync(6_000);
  watchdog.stop();
  guest.turns = 1000;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(guest.hung).toBe(0);
});
