import { expect, test } from 'vitest';
import type { EngineEvent } from './events.ts';
import { eventMatches } from './event-filter.ts';

const start: EngineEvent = {
  type: 'container',
  action: 'start',
  id: 'abc123',
  attributes: { name: 'web', image: 'nginx:1.22', tier: 'front' },
  time: 1n,
};
const exec: EngineEvent = { ...start, action: 'exec_create: sh -c true' };
const pull: EngineEvent = { type: 'image', action: 'pull', id: 'nginx:1.22', attributes: { name: 'nginx' }, time: 2n };

test.each<[Record<string, string[]>, EngineEvent, boolean]>([
  [{}, start, true],
  [{ type: ['image'] }, start, false],
  [{ type: ['image', 'container'] }, start, true],
  [{ event: ['start', 'stop'] }, start, true],
  [{ event: ['star'] }, start, false],
  [{ event: ['exec_create'] }, exec, true],
  [{ event: ['exec_create: sh -c true'] }, exec, true],
  [{ event: ['exec'] }, exec, false],
  [{ container: ['we'] }, start, true],
  [{ container: ['abc'] }, start, true],
  [{ container: ['x'] }, start, false],
  [{ image: ['nginx'] }, start, true],
  [{ image: ['nginx:1.22'] }, start, true],
  [{ image: ['ngin'] }, start, false],
  [{ image: ['nginx'] }, pull, true],
  [{ label: ['tier=front', 'name'] }, start, true],
  [{ label: ['tier=back'] }, start, false],
  [{ label: ['toString'] }, start, false],
  [{ scope: ['swarm'] }, start, false],
  [{ nonsense: ['x'] }, start, true],
  [{ event: [] }, start, true],
])('%j of %o: %s', (filters, event, expected) => {
  expect(eventMatches(event, filters)).toBe(expected);
});
