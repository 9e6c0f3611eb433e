// A thousand random operations by several clients at once, some of whom vanish, in containers some of whose processes are
// killed, on an engine that restarts now and then; afterwards nothing may be left of it. A run is repeated by its seed:
// SOAK_SEED=… npm run soak

import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiError } from '../../src/client/errors.ts';
import { MemoryBlobStore } from '../../src/engine/layers/memory-blob-store.ts';
import { TestGuest } from '../engine/support/guest.ts';
import { Dice } from './dice.ts';
import { operate, tags } from './operations.ts';
import { liveObjects, memoryInUse, remainsInGuest } from './remains.ts';

const operations = 1000;
const clients = 4;
/** Between them the engine restarts. */
const rounds = 4;
const seed = Number(process.env.SOAK_SEED ?? 20261121);

const blobs = new MemoryBlobStore();
let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'], blobs });
});

afterAll(() => guest.stop());

/** Removes what the clients have left. */
async function removeAll(): Promise<void> {
  const { containers, images, volumes } = guest.api;
  for (const { Id } of await containers.list({ all: true })) {
    await containers.remove(Id, { force: true, v: true }).catch((error: unknown) => {
      // One of --rm may be going already.
      if (!(error instanceof ApiError && [404, 409].includes(error.status))) throw error;
    });
  }
  await expect.poll(() => containers.list({ all: true })).toEqual([]);
  for (const { Id, RepoTags } of await images.list()) {
    for (const tag of (RepoTags ?? []).filter((each) => tags.includes(each))) await images.remove(tag, { force: true });
    // One that lost its name to another, and may have gone with a child just removed.
    if (!RepoTags?.length) await images.remove(Id, { force: true }).catch(() => {});
  }
  for (const { Name } of (await volumes.list()).Volumes ?? []) await volumes.remove(Name);
}

it(`leaves nothing behind (seed ${seed})`, async () => {
  const inventory = async () => ({
    guest: await remainsInGuest(guest),
    blobs: (await blobs.list()).sort(),
    listeners: guest.drydock.engine.events.listenerCount,
    images: (await guest.api.images.list({ all: true })).length,
    objects: liveObjects(),
  });
  // The first container and restart fill what grows once.
  await guest.docker('run', '--rm', '-v', '/volume', 'busybox', 'true');
  await guest.drydock.restartEngine();
  const before = await inventory();
  const memoryBefore = await memoryInUse(guest);

  const dice = Array.from({ length: clients }, (_, client) => new Dice(seed + client));
  for (let round = 0; round < rounds; round++) {
    const faults = await Promise.all(dice.map((each) => operate(guest, each, operations / clients / rounds)));
    expect(faults.flat(), `seed ${seed}, round ${round}`).toEqual([]);
    await guest.drydock.restartEngine();
  }
  await removeAll();

  expect(await inventory()).toEqual(before);
  // Of a leak of 10 KiB an operation there would be 10 MB; slabs wobble.
  expect((await memoryInUse(guest)) - memoryBefore).toBeLessThan(3072);
  // And all still works.
  expect(await guest.docker('run', '--rm', 'busybox', 'echo', 'well')).toBe('well');
}, 600_000);
