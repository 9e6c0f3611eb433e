import { gzipSync } from 'fflate';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProgressMessage } from '../../api/progress.ts';
import { concatBytes, encodeUtf8 } from '../../lib/bytes.ts';
import { encodeEntry, tarEnd, tarPadding } from '../../lib/tar/encode-entry.ts';
import { MemoryBlobStore } from '../layers/memory-blob-store.ts';
import { RegistryClient } from '../registry/registry-client.ts';
import { ImageService } from './image-service.ts';
import { ImageStore } from './image-store.ts';

const noSignal = new AbortController().signal;

async function newService(): Promise<{ blobs: MemoryBlobStore; images: ImageStore; service: ImageService }> {
  const blobs = new MemoryBlobStore();
  const mounts = { addTree: () => {}, removeTree: () => {} };
  const images = await ImageStore.open(blobs, mounts, new RegistryClient({}));
  const service = new ImageService({ images, containers: { users: () => [] }, events: { publish: () => {} } });
  return { blobs, images, service };
}

function tarOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const entries = Object.entries(files).flatMap(([name, content]) => {
    const header = { name, linkName: '', mode: 0o644, uid: 0, gid: 0, size: content.length, mtime: 1, type: '0' };
    return [encodeEntry({ ...header, deviceMajor: 0, deviceMinor: 0 }), content, tarPadding(content.length)];
  });
  return concatBytes([...entries, tarEnd]);
}

async function* pieces(bytes: Uint8Array, size = 4096): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function whole(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk.slice());
  return concatBytes(chunks);
}

async function importTar(service: ImageService, tag: string, tar: Uint8Array): Promise<void> {
  const reference = { domain: 'docker.io', path: 'library/it', tag };
  await service.import({ source: pieces(tar), reference, message: 'm', changes: [] }, () => {}, noSignal);
}

const trees = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.uint8Array({ maxLength: 3000 }), { maxKeys: 4 });

test('what is saved is loaded elsewhere as it was, in pieces of any size, and is saved the same again', async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, fc.integer({ min: 1, max: 5000 }), fc.boolean(), async (a, b, size, packed) => {
      const here = await newService();
      await importTar(here.service, '1', tarOf(a));
      await importTar(here.service, '2', tarOf(b));
      const names = ['it:1', 'it:2'];
      const archive = await whole(await here.service.save(names));
      const there = await newService();
      const messages: ProgressMessage[] = [];
      const sent = packed ? gzipSync(archive) : archive;
      await there.service.load(pieces(sent, size), { quiet: false }, (message) => messages.push(message));
      expect(messages.flatMap(({ stream }) => stream ?? [])).toEqual(names.map((name) => `Loaded image: ${name}\n`));
      expect(Buffer.compare(await whole(await there.service.save(names)), archive)).toBe(0);
      expect((await there.blobs.list()).sort()).toEqual((await here.blobs.list()).sort());
    }),
    { numRuns: 30 },
  );
});

test('an archive that is cut short or damaged is refused or does no harm, and nothing half stays', async () => {
  const here = await newService();
  await importTar(here.service, '1', tarOf({ file: new Uint8Array(2000).fill(7) }));
  const archive = await whole(await here.service.save(['it:1']));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: archive.length - 1 }), fc.boolean(), async (at, cut) => {
      const broken = cut ? archive.slice(0, at) : archive.map((byte, index) => (index === at ? byte ^ 0x55 : byte));
      const { blobs, images, service } = await newService();
      const outcome = await service.load(pieces(broken), { quiet: true }, () => {}).catch((error: Error) => error);
      if (images.count === 0) expect((await blobs.list()).filter((key) => key !== 'images')).toEqual([]);
      if (outcome) expect(outcome.message).not.toMatch(/of undefined|not a function/);
      for (const image of images.all()) {
        for (const diffId of image.diffIds) expect(await images.layers.has(diffId)).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test('layers under way are told of by their digests', async () => {
  const here = await newService();
  await importTar(here.service, '1', tarOf({ file: new Uint8Array(300_000) }));
  const archive = await whole(await here.service.save(['it:1']));
  const there = await newService();
  const messages: ProgressMessage[] = [];
  await there.service.load(pieces(archive), { quiet: false }, (message) => messages.push(message));
  const loading = messages.filter(({ status }) => status === 'Loading layer');
  const total = loading.at(-1)!.progressDetail!.total!;
  expect(loading.at(-1)).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{12}$/) as string });
  expect(loading.at(-1)!.progressDetail).toEqual({ current: total, total });
  messages.length = 0;
  await there.service.load(pieces(archive), { quiet: false }, (message) => messages.push(message));
  expect(messages).toEqual([{ stream: 'Loaded image: it:1\n' }]);
});

test('an image of several names is saved by one of them, an ID without', async () => {
  const { service, images } = await newService();
  await importTar(service, '1', tarOf({ file: encodeUtf8('x') }));
  await service.tag('it:1', { repository: 'other', tag: '2' });
  const id = images.all()[0]!.id;
  const loaded = async (...names: string[]): Promise<string[]> => {
    const there = await newService();
    const messages: ProgressMessage[] = [];
    await there.service.load(await service.save(names), { quiet: true }, (message) => messages.push(message));
    return messages.flatMap(({ stream }) => stream ?? []);
  };
  expect(await loaded('other:2')).toEqual(['Loaded image: other:2\n']);
  expect(await loaded('it', 'other')).toEqual(['Loaded image: it:1\n', 'Loaded image: other:2\n']);
  expect(await loaded(id)).toEqual([`Loaded image ID: ${id}\n`]);
  await expect(service.save(['it:1', 'none'])).rejects.toThrow('No such image: none');
});
