import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StoredBlob } from './blob-store.ts';
import { ReadCache } from './read-cache.ts';

const content = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 31) ^ (at >> 8));

function blobOf(reads: [number, number][] = []): StoredBlob {
  return {
    size: content.length,
    read: async (offset, count) => {
      reads.push([offset, count]);
      return content.slice(offset, offset + count);
    },
  };
}

test('whatever is read, in whatever order, is what the blob has', async () => {
  const range = fc.tuple(fc.nat(content.length), fc.nat(600_000));
  await fc.assert(
    fc.asyncProperty(fc.array(range, { maxLength: 8 }), async (ranges) => {
      const blob = new ReadCache(600_000).wrap(blobOf());
      for (const [offset, wanted] of ranges) {
        const count = Math.min(wanted, content.length - offset);
        const bytes = await blob.read(offset, count);
        expect(Buffer.compare(bytes, content.subarray(offset, offset + count))).toBe(0);
      }
    }),
    { numRuns: 50 },
  );
});

test('what was read before is answered at once', async () => {
  const reads: [number, number][] = [];
  const blob = new ReadCache().wrap(blobOf(reads));
  await blob.read(1000, 10);
  expect(blob.read(2000, 10)).toEqual(content.subarray(2000, 2010));
  expect(reads).toHaveLength(1);
});

test('reading on has the next piece fetched before it is asked for', async () => {
  const reads: [number, number][] = [];
  const blob = new ReadCache().wrap(blobOf(reads));
  await blob.read(0, 131_072);
  expect(reads).toHaveLength(1);
  await blob.read(131_072, 131_072);
  expect(reads).toHaveLength(2);
  await Promise.resolve();
  expect(blob.read(262_144, 131_072)).toEqual(content.subarray(262_144, 393_216));
});

test('two readers of one piece share its fetch; a failed one is tried again', async () => {
  let fail = true;
  let reads = 0;
  const blob = new ReadCache().wrap({
    size: 100,
    read: async () => {
      reads++;
      if (fail) throw new Error('offline');
      return content.slice(0, 100);
    },
  });
  const both = await Promise.allSettled([blob.read(0, 10), blob.read(5, 10)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(reads).toBe(1);
  fail = false;
  expect(await blob.read(5, 10)).toEqual(content.subarray(5, 15));
});

test('the least recently used piece goes when the budget is used up', async () => {
  const reads: [number, number][] = [];
  const blob = new ReadCache(2 * 262_144).wrap(blobOf(reads));
  for (const piece of [0, 2, 0, 4]) await blob.read(piece * 262_144, 10);
  expect(reads).toHaveLength(3);
  await blob.read(0, 10);
  expect(reads).toHaveLength(3);
  await blob.read(2 * 262_144, 10);
  expect(reads).toHaveLength(4);
});

test('a blob in memory is not kept twice', () => {
  let reads = 0;
  const blob = new ReadCache().wrap({
    size: 100,
    read: (offset, count) => (reads++, content.subarray(offset, offset + count)),
  });
  expect(blob.read(5, 5)).toEqual(content.subarray(5, 10));
  void blob.read(5, 5);
  expect(reads).toBe(2);
});
