// Pulls into one store by several engines (tabs), cut off, and where there is no room.
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { concatBytes, encodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, digestOf } from '../../lib/digest.ts';
import { encodeEntry, tarEnd, tarPadding } from '../../lib/tar/encode-entry.ts';
import { StoreFullError } from '../layers/blob-store.ts';
import { MemoryBlobStore } from '../layers/memory-blob-store.ts';
import { RegistryClient } from '../registry/registry-client.ts';
import type { BlobBody, RegistryEndpoint } from '../registry/registry-endpoint.ts';
import { ImageService } from './image-service.ts';
import { ImageStore } from './image-store.ts';
import type { ImageUser } from './remove.ts';

const noSignal = new AbortController().signal;

function tarOf(name: string, content: Uint8Array): Uint8Array {
  const header = { name, linkName: '', mode: 0o644, uid: 0, gid: 0, size: content.length, mtime: 1, type: '0' };
  const entry = encodeEntry({ ...header, deviceMajor: 0, deviceMinor: 0 });
  return concatBytes([entry, content, tarPadding(content.length), tarEnd]);
}

/** Says what it was asked for, and breaks off where it is told to. */
class Registry {
  readonly files = new Map<string, Uint8Array>();
  readonly asked: { digest: Digest; offset: number }[] = [];
  breakAt: (digest: Digest) => number | Promise<never> | undefined = () => undefined;

  async #file(bytes: Uint8Array): Promise<{ digest: Digest; size: number }> {
    const digest = await digestOf(bytes);
    this.files.set(digest, bytes);
    return { digest, size: bytes.length };
  }

  async add(name: string, ...layers: Uint8Array[]): Promise<Digest[]> {
    const config = await this.#file(
      encodeUtf8(
        JSON.stringify({
          ...{ architecture: '386', os: 'linux', config: { Labels: { name } } },
          rootfs: { type: 'layers', diff_ids: await Promise.all(layers.map((layer) => digestOf(layer))) },
        }),
      ),
    );
    const blobs = await Promise.all(layers.map((layer) => this.#file(new Uint8Array(gzipSync(layer, { level: 1 })))));
    this.files.set(name, encodeUtf8(JSON.stringify({ schemaVersion: 2, config, layers: blobs })));
    return blobs.map(({ digest }) => digest);
  }

  readonly endpoint: RegistryEndpoint = {
    serves: () => true,
    manifest: async ({ path }) => ({ bytes: this.files.get(path.replace('library/', ''))!.slice() }),
    tags: async () => [],
    search: async () => [],
    blob: async (_repository, digest, offset, signal): Promise<BlobBody> => {
      const bytes = this.files.get(digest)!;
      const isLayer = bytes[0] === 0x1f;
      if (isLayer) this.asked.push({ digest, offset });
      const breakAt = isLayer ? this.breakAt(digest) : undefined;
      let at = offset;
      const stream = new ReadableStream<Uint8Array>(
        {
          pull: async (controller) => {
            signal.throwIfAborted();
            if (typeof breakAt === 'number' && at >= breakAt)
              await new Promise((_, reject) => {
                signal.addEventListener('abort', () => reject(signal.reason as Error));
                stalled();
              });
            if (at >= bytes.length) return controller.close();
            controller.enqueue(bytes.slice(at, (at += 50_000)));
          },
        },
        { highWaterMark: 0 },
      );
      return { offset, stream };
    },
  };
}

let stalled: () => void = () => {};
let registry: Registry;
let blobs: MemoryBlobStore;

/** An engine of its own on the store, as a tab has it. */
async function openTab(containers: (ImageUser & { image: { id: string } })[] = []) {
  const mounts = { addTree: () => {}, removeTree: () => {} };
  const store = await ImageStore.open(blobs, mounts, new RegistryClient({ lastMirrors: [registry.endpoint] }));
  const service = new ImageService({
    images: store,
    containers: { users: () => containers },
    events: { publish: () => {} },
  });
  const pull = async (image: string, signal = noSignal) => {
    const statuses: string[] = [];
    await service.pull({ image, tag: 'latest' }, ({ status }) => statuses.push(status ?? ''), signal);
    return statuses;
  };
  const remove = (image: string) => service.delete(image, { force: false, pruneChildren: true });
  const names = async () =>
    (await service.list({ all: false, filters: {}, sharedSize: false, containerCount: false })).flatMap(
      ({ RepoTags }) => RepoTags,
    );
  return { store, service, pull, remove, names };
}

const layerKeys = async () => (await blobs.list()).filter((key) => key.startsWith('index/'));
const downloads = async () => (await blobs.list()).filter((key) => key.startsWith('download/'));

beforeEach(() => {
  registry = new Registry();
  blobs = new MemoryBlobStore();
});

describe('two tabs', () => {
  test('pulling the same image fetch each layer once, and both have it', async () => {
    const layers = await registry.add('it', tarOf('a', randomBytes(300_000)), tarOf('b', randomBytes(300_000)));
    const [a, b] = [await openTab(), await openTab()];
    const both = await Promise.all([a.pull('it'), b.pull('it')]);
    expect(registry.asked.map(({ digest }) => digest).sort()).toEqual(layers.toSorted());
    expect(both.flat().filter((status) => status === 'Pull complete')).toHaveLength(2);
    expect(both.flat().filter((status) => status === 'Already exists')).toHaveLength(2);
    expect(await a.names()).toEqual(['it:latest']);
    expect(await b.names()).toEqual(['it:latest']);
  });

  test('see each other’s images, names and removals', async () => {
    await registry.add('it', tarOf('a', randomBytes(1000)));
    const [a, b] = [await openTab(), await openTab()];
    await a.pull('it');
    await expect.poll(b.names).toEqual(['it:latest']);
    await b.service.tag('it', { repository: 'mine', tag: '1' });
    await expect.poll(async () => (await a.names()).sort()).toEqual(['it:latest', 'mine:1']);
    await a.remove('it');
    await a.remove('mine:1');
    await expect.poll(b.names).toEqual([]);
    await expect.poll(() => blobs.list()).toEqual(['images']);
  });

  test('a layer that a container of one uses stays when the other removes the image', async () => {
    await registry.add('it', tarOf('a', randomBytes(1000)));
    const [a, b] = [await openTab(), await openTab()];
    await a.pull('it');
    await expect.poll(b.names).toEqual(['it:latest']);
    const base = await b.store.forContainer(b.store.get('it'));
    await a.remove('it');
    await expect.poll(b.names).toEqual([]);
    expect(await layerKeys()).toHaveLength(1);
    // Nor does a third that opens take it for a leftover.
    await openTab();
    expect(await layerKeys()).toHaveLength(1);
    await base.release();
    expect(await layerKeys()).toEqual([]);
  });

  test('the second goes on where the first gave up', async () => {
    const [layer] = await registry.add('it', tarOf('a', randomBytes(3 << 20)));
    registry.breakAt = () => 1_500_000;
    const [a, b] = [await openTab(), await openTab()];
    const closed = new AbortController();
    const first = a.pull('it', closed.signal);
    await new Promise<void>((resolve) => (stalled = resolve));
    const second = b.pull('it');
    registry.breakAt = () => undefined;
    closed.abort(new Error('closed'));
    await expect(first).rejects.toThrow('closed');
    await second;
    expect(registry.asked).toEqual([
      { digest: layer, offset: 0 },
      { digest: layer, offset: 1_500_000 },
    ]);
    expect(await downloads()).toEqual([]);
  });
});

describe('a pull that was cut off', () => {
  let layer: Digest;

  /** What a closed page leaves: pieces that were written, and nothing said. */
  const cutOff = async () => {
    [layer] = (await registry.add('it', tarOf('a', randomBytes(5 << 20)))) as [Digest];
    registry.breakAt = () => 3_000_000;
    const tab = await openTab();
    const stall = new Promise<void>((resolve) => (stalled = resolve));
    tab.pull('it').catch(() => {});
    await stall;
    registry.breakAt = () => undefined;
    registry.asked.length = 0;
    const left = blobs;
    blobs = new MemoryBlobStore();
    for (const key of await left.list()) {
      const writer = await blobs.writer();
      const blob = (await left.get(key))!;
      await writer.write(await blob.read(0, blob.size));
      await writer.commit(key);
    }
  };

  test('is taken up by the next, in another engine', async () => {
    await cutOff();
    const tab = await openTab();
    await tab.pull('it');
    expect(registry.asked).toEqual([{ digest: layer, offset: 2_100_000 }]);
    expect(await tab.names()).toEqual(['it:latest']);
    expect(await downloads()).toEqual([]);
  });

  test('is worth nothing when what is left of it is damaged', async () => {
    await cutOff();
    const [key] = (await downloads()).filter((one) => one.endsWith('/0'));
    const piece = (await blobs.get(key!))!;
    const damaged = (await piece.read(0, piece.size)).slice();
    damaged[70_000]! ^= 1;
    const writer = await blobs.writer();
    await writer.write(damaged);
    await writer.commit(key!);
    const tab = await openTab();
    await expect(tab.pull('it')).rejects.toThrow(`filesystem layer verification failed for digest ${layer}`);
    expect(await downloads()).toEqual([]);
    await tab.pull('it');
    expect(registry.asked.at(-1)).toEqual({ digest: layer, offset: 0 });
  });

  test('is deleted by prune', async () => {
    await cutOff();
    const tab = await openTab();
    const { SpaceReclaimed } = await tab.service.prune({});
    expect(SpaceReclaimed).toBe(2_100_000);
    expect(await blobs.list()).toEqual([]);
  });
});

describe('a full store', () => {
  class SmallStore extends MemoryBlobStore {
    room = Infinity;

    override async writer() {
      const writer = await super.writer();
      let size = 0;
      const taken = await this.taken();
      return {
        ...writer,
        write: async (chunk: Uint8Array) => {
          if (taken + (size += chunk.length) > this.room) throw new StoreFullError(new Error('quota'));
          await writer.write(chunk);
        },
      };
    }

    async taken(): Promise<number> {
      const blobs = await Promise.all((await this.list()).map((key) => this.get(key)));
      return blobs.reduce((sum, blob) => sum + blob!.size, 0);
    }
  }

  test('ends the pull in Docker’s words, with what to remove; the rest is as it was', async () => {
    const small = (blobs = new SmallStore());
    await registry.add('old', tarOf('old', randomBytes(400_000)));
    await registry.add('used', tarOf('used', randomBytes(900_000)));
    await registry.add('big', tarOf('first', randomBytes(500_000)), tarOf('file', randomBytes(4 << 20)));
    const containers: (ImageUser & { image: { id: string } })[] = [];
    const tab = await openTab(containers);
    await tab.pull('old');
    await tab.pull('used');
    containers.push({ id: 'c', running: true, image: { id: tab.store.get('used').id } });
    const before = (await blobs.list()).sort();
    small.room = (await small.taken()) + (2 << 20);
    await expect(tab.pull('big')).rejects.toThrow(
      'failed to register layer: write /file: no space left on device\n' +
        'To make room, remove images that no container uses:\n' +
        '  docker rmi old:latest  up to 400kB',
    );
    expect((await blobs.list()).sort()).toEqual(before);
    // Not a byte is left, and images can still be removed.
    small.room = 0;
    await tab.remove('old');
    expect(await layerKeys()).toHaveLength(1);
    expect((await openTab()).store.all().map(({ id }) => id)).toEqual([tab.store.get('used').id]);
  });

  test('takes what is left of other downloads first', async () => {
    const small = (blobs = new SmallStore());
    const content = randomBytes(2 << 20);
    await registry.add('it', tarOf('a', content));
    const writer = await blobs.writer();
    await writer.write(randomBytes(3 << 20));
    await writer.commit(`download/sha256:${createHash('sha256').update('other').digest('hex')}/0`);
    small.room = 5 << 20;
    const tab = await openTab();
    await tab.pull('it');
    expect(await downloads()).toEqual([]);
  });
});
