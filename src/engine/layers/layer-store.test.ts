import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FileTree } from '../../guest/p9/file-tree.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, digestOf } from '../../lib/digest.ts';
import { encodeHeader } from '../../lib/tar/header.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';
import { LayerStore } from './layer-store.ts';

/** A layer of one file. */
async function makeLayer(name: string, content: string): Promise<{ diffId: Digest; tar: Uint8Array; gzip: Blob }> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-layer-'));
  writeFileSync(join(folder, name), content);
  const tar = new Uint8Array(execFileSync('tar', ['-C', folder, '-c', name]));
  rmSync(folder, { recursive: true });
  return { diffId: await digestOf(tar), tar, gzip: new Blob([gzipSync(tar)]) };
}

let trees: Map<string, FileTree>;
let blobs: MemoryBlobStore;
let store: LayerStore;

const mounts = {
  addTree: (name: string, tree: FileTree) => void trees.set(name, tree),
  removeTree: (name: string) => void trees.delete(name),
};

beforeEach(() => {
  trees = new Map();
  blobs = new MemoryBlobStore();
  store = new LayerStore(blobs, mounts);
});

const add = (diffId: Digest, compressed: Blob) => store.add(diffId, readChunks(compressed.stream()));

async function readFile(name: string, path: string): Promise<string> {
  const tree = trees.get(name)!;
  const node = (await tree.lookup(tree.root, path))!;
  return decodeUtf8(await tree.read(node, 0, 1000));
}

test('a layer is unpacked, shown under a name nobody knows, and read', async () => {
  const { diffId, gzip } = await makeLayer('hello', 'from the layer');
  await add(diffId, gzip);
  expect(await store.has(diffId)).toBe(true);
  expect(await store.size(diffId)).toBe('from the layer'.length);
  const lease = await store.acquire([diffId]);
  expect([...trees.keys()]).toEqual(lease.lowerDirs);
  expect(lease.lowerDirs[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(await readFile(lease.lowerDirs[0]!, 'hello')).toBe('from the layer');
});

describe('nothing is kept of a layer', () => {
  test('that is not the one its diff ID names', async () => {
    const { diffId } = await makeLayer('a', '1');
    const other = await makeLayer('a', '2');
    const message = `failed to register layer: wrong diff id calculated on extraction: expected ${diffId}, got ${other.diffId}`;
    await expect(add(diffId, other.gzip)).rejects.toThrow(message);
    expect(await blobs.list()).toEqual([]);
  });

  test('that is cut short', async () => {
    const { diffId, gzip } = await makeLayer('a', 'x'.repeat(100_000));
    for (const size of [5, 50, gzip.size - 10]) {
      await expect(add(diffId, gzip.slice(0, size))).rejects.toThrow('failed to register layer: ');
    }
    expect(await blobs.list()).toEqual([]);
  });

  test('with a name that leads outside', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-layer-'));
    writeFileSync(join(folder, 'x'), '');
    const tar = new Uint8Array(execFileSync('tar', ['-C', folder, '-P', '--transform=s,^,../,', '-c', 'x']));
    rmSync(folder, { recursive: true });
    await expect(add(await digestOf(tar), new Blob([tar]))).rejects.toThrow('"../x" is outside of the layer');
    expect(await blobs.list()).toEqual([]);
  });
});

test('directories are listed topmost first, each once', async () => {
  const [a, b] = [await makeLayer('a', 'a'), await makeLayer('b', 'b')];
  for (const { diffId, gzip } of [a, b]) await add(diffId, gzip);
  const { lowerDirs } = await store.acquire([a.diffId, b.diffId, a.diffId]);
  expect(lowerDirs).toHaveLength(2);
  expect(await readFile(lowerDirs[0]!, 'a')).toBe('a');
  expect(await readFile(lowerDirs[1]!, 'b')).toBe('b');
});

test('a layer stays until its last holder lets go, whoever that is', async () => {
  const { diffId, gzip } = await makeLayer('a', 'a');
  const release = store.retain([diffId]);
  await add(diffId, gzip);
  const [first, second] = [await store.acquire([diffId]), await store.acquire([diffId])];
  expect(first.lowerDirs).toEqual(second.lowerDirs);
  await release();
  await first.release();
  await first.release();
  expect(await store.has(diffId)).toBe(true);
  await second.release();
  expect(await blobs.list()).toEqual([]);
  expect(trees.size).toBe(0);
  await expect(store.acquire([diffId])).rejects.toThrow(`layer ${diffId} is not present`);
});

test('a layer wanted again while it is being deleted is there or not, and not in between', async () => {
  const { diffId, gzip } = await makeLayer('a', 'a');
  const release = store.retain([diffId]);
  await add(diffId, gzip);
  const deletion = release();
  const again = store.retain([diffId]);
  if (!(await store.has(diffId))) await add(diffId, gzip);
  await deletion;
  expect(await store.size(diffId)).toBe(1);
  await again();
  expect(await blobs.list()).toEqual([]);
});

test('of two who share the blobs, the last to let go of a layer deletes it', async () => {
  const { diffId, gzip } = await makeLayer('a', 'a');
  const other = new LayerStore(blobs, mounts);
  const releases = [store.retain([diffId]), other.retain([diffId])];
  await add(diffId, gzip);
  expect(await other.has(diffId)).toBe(true);
  await releases[0]!();
  expect(await other.size(diffId)).toBe(1);
  await new LayerStore(blobs, mounts).sweep();
  expect(await other.has(diffId)).toBe(true);
  await releases[1]!();
  expect(await blobs.list()).toEqual([]);
});

test('a second visit finds the layer and its index, under a new name', async () => {
  const { diffId, gzip } = await makeLayer('a', 'a');
  await add(diffId, gzip);
  const before = await store.acquire([diffId]);
  const again = new LayerStore(blobs, mounts);
  const after = await again.acquire([diffId]);
  expect(after.lowerDirs).not.toEqual(before.lowerDirs);
  expect(await readFile(after.lowerDirs[0]!, 'a')).toBe('a');
});

test('an index that is missing is made anew from the tar', async () => {
  const { diffId, gzip } = await makeLayer('a', 'a');
  await add(diffId, gzip);
  await blobs.delete(`index/${diffId}`);
  const again = new LayerStore(blobs, mounts);
  expect(await again.size(diffId)).toBe(1);
  expect(await blobs.has(`index/${diffId}`)).toBe(true);
});

test('sweeping deletes what nothing refers to', async () => {
  const [a, b] = [await makeLayer('a', 'a'), await makeLayer('b', 'b')];
  for (const { diffId, gzip } of [a, b]) await add(diffId, gzip);
  const again = new LayerStore(blobs, mounts);
  again.retain([a.diffId]);
  await again.sweep();
  expect((await blobs.list()).sort()).toEqual([`index/${a.diffId}`, a.diffId].sort());
});

test('a tar that claims to be larger than a layer may be is refused before its content comes', async () => {
  const header = encodeHeader({
    ...{ name: 'big', linkName: '', mode: 0o644, uid: 0, gid: 0, size: 4 * 2 ** 30, mtime: 0, type: '0' },
    ...{ deviceMajor: 0, deviceMinor: 0 },
  });
  const adding = add(await digestOf(header), new Blob([header.slice()]));
  await expect(adding).rejects.toThrow('failed to register layer: it holds more than 4294967296 bytes');
  expect(await blobs.list()).toEqual([]);
});
