import { expect, it } from 'vitest';
import { deferred } from './deferred.ts';
import { onResolved } from './on-resolved.ts';

it('tells those who still listen, in their order', async () => {
  const event = deferred<number>();
  const told: string[] = [];
  onResolved(event.promise, (value) => told.push(`first ${value}`));
  const forget = onResolved(event.promise, (value) => told.push(`second ${value}`));
  onResolved(event.promise, (value) => told.push(`third ${value}`));
  forget();
  event.resolve(1);
  await event.promise;
  expect(told).toEqual(['first 1', 'third 1']);
  onResolved(event.promise, (value) => told.push(`late ${value}`));
  await event.promise;
  expect(told).toEqual(['first 1', 'third 1', 'late 1']);
});
