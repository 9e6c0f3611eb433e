import 'fake-indexeddb/auto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, keys } from 'idb-keyval';
import { afterAll, describe, expect, test } from 'vitest';
import { FolderBlobStore } from '../../headless/folder-blob-store.ts';
import { concatBytes, encodeUtf8 } from '../../lib/bytes.ts';
import { type BlobStore, readWhole, writeWhole } from './blob-store.ts';
import { IdbBlobStore } from './idb-blob-store.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';
import { LocalSharing } from './store-sharing.ts';

const folder = mkdtemp(join(tmpdir(), 'drydock-blobs-'));
afterAll(async () => rm(await folder, { recursive: true }));

const stores: [string, () => Promise<BlobStore>, reopens: boolean][] = [
  ['memory', async () => new MemoryBlobStore(), false],
  ['IndexedDB', async () => new IdbBlobStore({ database: 'test', sharing: new LocalSharing() }), true],
  ['a folder', async () => new FolderBlobStore(join(await folder, 'blobs')), true],
];

describe.each(stores)('a blob store in %s', (_, openStore, reopens) => {
  const key = 'index/sha256:00ff';

  test('has what was committed, and nothing before', async () => {
    const store = await openStore();
    expect(await store.get(key)).toBeUndefined();
    expect(await store.list()).toEqual([]);
    const writer = await store.writer();
    const chunk = encodeUtf8('hello ');
    await writer.write(chunk);
    chunk.fill(0);
    expect(await store.has(key)).toBe(false);
    await writer.write(encodeUtf8('world'));
    await writer.commit(key);
    expect(await store.has(key)).toBe(true);
    const blob = (await store.get(key))!;
    expect(blob.size).toBe(11);
    expect(await blob.read(4, 3)).toEqual(encodeUtf8('o w'));
    expect(await blob.read(0, 11)).toEqual(encodeUtf8('hello world'));
    expect(await store.list()).toEqual([key]);
    if (reopens) expect(await readWhole(await openStore(), key)).toEqual(encodeUtf8('hello world'));
    await store.delete(key);
    expect(await store.has(key)).toBe(false);
    await store.delete(key);
  });

  test('replaces a blob when the new one is complete, and not when it is given up', async () => {
    const store = await openStore();
    await writeWhole(store, key, encodeUtf8('old'));
    const given = await store.writer();
    await given.write(encodeUtf8('half'));
    await given.abort();
    expect(await readWhole(store, key)).toEqual(encodeUtf8('old'));
    expect(await store.list()).toEqual([key]);
    await writeWhole(store, key, encodeUtf8('newer'));
    expect(await readWhole(store, key)).toEqual(encodeUtf8('newer'));
    await store.delete(key);
  });

  test('keeps many megabytes in order, and an empty blob', async () => {
    const store = await openStore();
    const chunks = Array.from({ length: 90 }, (_, at) => new Uint8Array(100_000).fill(at));
    const writer = await store.writer();
    for (const chunk of chunks) await writer.write(chunk);
    await writer.commit('big');
    expect(Buffer.compare((await readWhole(store, 'big'))!, concatBytes(chunks))).toBe(0);
    await writeWhole(store, 'empty', new Uint8Array(0));
    expect(await readWhole(store, 'empty')).toEqual(new Uint8Array(0));
    await store.delete('big');
    await store.delete('empty');
    expect(await store.list()).toEqual([]);
  });
});

describe('of what was being written when its writer was cut off', () => {
  const half = new Uint8Array(5 << 20);

  test('nothing stays in IndexedDB, and what another tab is writing does', async () => {
    const raw = createStore('half', 'blobs');
    const tab = (sharing: LocalSharing) => new IdbBlobStore({ database: 'half', sharing });
    const before = await tab(new LocalSharing()).writer();
    await before.write(half);
    // The locks of a closed page are gone.
    const browser = new LocalSharing();
    const writer = await tab(browser).writer();
    await writer.write(half);
    await tab(browser).sweep();
    expect(await keys(raw)).toHaveLength(1);
    await writer.commit('whole');
    await tab(browser).sweep();
    expect((await readWhole(tab(browser), 'whole'))?.length).toBe(half.length);
    await tab(browser).delete('whole');
    expect(await keys(raw)).toEqual([]);
  });

  test('nothing stays in a folder, and what runs goes on', async () => {
    const path = await mkdtemp(join(await folder, 'half-'));
    await writeFile(join(path, '.unfinished-4194305-00'), half);
    const store = new FolderBlobStore(path);
    const writer = await store.writer();
    await writer.write(half);
    await store.sweep();
    expect(await store.list()).toEqual([]);
    await writer.commit('whole');
    expect(await readdir(path)).toEqual(['whole']);
    await store.delete('whole');
    expect(await readdir(path)).toEqual([]);
  });
});
