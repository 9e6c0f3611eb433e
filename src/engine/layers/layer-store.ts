/**
 * The layers that are present, by diff ID (the digest of their uncompressed tar): unpacked and checked once, kept as a
 * blob with its index beside it, and shown to the guest as long as an image or a container refers to them. Engines that
 * share the blobs each count their own references; a layer is deleted by the last that has none left.
 */
import type { FileTree } from '../../guest/p9/file-tree.ts';
import { type Digest, createDigester } from '../../lib/digest.ts';
import { guardSource } from '../../lib/guard-source.ts';
import { randomHex } from '../../lib/hex.ts';
import { TarError } from '../../lib/tar/header.ts';
import { TarScanner } from '../../lib/tar/tar-scanner.ts';
import {
  type BlobStore,
  type BlobWriter,
  type StoredBlob,
  StoreFullError,
  readPieces,
  readWhole,
  writeWhole,
} from './blob-store.ts';
import { type GzipDecoder, inflateStream } from './inflate.ts';
import { LayerBuilder } from './layer-builder.ts';
import { type LayerIndex, decodeLayerIndex, encodeLayerIndex } from './layer-index.ts';
import { maxLayerBytes } from './limits.ts';
import { LayerTree } from './layer-tree.ts';
import { ReadCache } from './read-cache.ts';

/** Where layers become directories of the guest: the 9P server, under names never used before. */
export interface LayerMounts {
  addTree(cacheId: string, tree: FileTree): void;
  removeTree(cacheId: string): void;
}

/** Layers held for a container (or an image): they stay until `release`. */
export interface LayerLease {
  /** Directory names for overlay's lowerdir, topmost first. */
  readonly lowerDirs: readonly string[];
  release(): Promise<void>;
}

/** A layer that is present, and stays so until `release`. */
export interface HeldLayer {
  readonly diffId: Digest;
  release(): Promise<void>;
}

/** There is no layer to be made of what came, or no room for it. */
export class LayerError extends Error {
  constructor(cause: Error) {
    super(`failed to register layer: ${cause.message}`, { cause });
    this.name = 'LayerError';
  }
}

interface Unpacked {
  readonly diffId: Digest;
  readonly index: LayerIndex;
  readonly writer: BlobWriter;
}

interface Layer {
  references: number;
  /** Lets go of the layer's lock, which is held together with all who refer to the layer. */
  readonly unlock: Promise<() => Promise<void>>;
  mounted?: Promise<{ cacheId: string; index: LayerIndex }>;
}

const indexKey = (diffId: Digest): string => `index/${diffId}`;
const lockName = (diffId: Digest): string => `layer/${diffId}`;

function checkLayerSize(bytes: number): void {
  if (bytes > maxLayerBytes) throw new TarError(`it holds more than ${maxLayerBytes} bytes`);
}

export class LayerStore {
  readonly #blobs: BlobStore;
  readonly #mounts: LayerMounts;
  readonly #cache = new ReadCache();
  readonly #layers = new Map<Digest, Layer>();
  /** Deletions under way, which whoever wants the layer again waits for. */
  readonly #deleting = new Map<Digest, Promise<void>>();

  constructor(blobs: BlobStore, mounts: LayerMounts) {
    this.#blobs = blobs;
    this.#mounts = mounts;
  }

  async has(diffId: Digest): Promise<boolean> {
    await this.#settled(diffId);
    return this.#blobs.has(diffId);
  }

  /** No deletion is under way, by us or by others, nor will be one while the layer is referred to. */
  async #settled(diffId: Digest): Promise<void> {
    await this.#deleting.get(diffId);
    await this.#layers.get(diffId)?.unlock;
  }

  /**
   * Unpacks a layer while it comes in. Throws a LayerError, and keeps nothing, when the archive is damaged, holds what a
   * layer must not hold, or is not the one `diffId` names. What `compressed` throws is thrown as it is.
   */
  async add(diffId: Digest, compressed: AsyncIterable<Uint8Array>, gzip: GzipDecoder = 'portable'): Promise<void> {
    await this.#settled(diffId);
    const source = guardSource(compressed);
    const failed = (cause: unknown): never => {
      throw source.failure ?? new LayerError(cause as Error);
    };
    const unpacked = await this.#unpack(inflateStream(source.chunks, gzip)).catch(failed);
    try {
      if (unpacked.diffId !== diffId)
        throw new Error(`wrong diff id calculated on extraction: expected ${diffId}, got ${unpacked.diffId}`);
      await this.#keep(unpacked);
    } catch (error) {
      await unpacked.writer.abort();
      failed(error);
    }
  }

  /**
   * Takes in the uncompressed tar of a layer whose digest is not known yet, and holds the layer until `release`. Throws a
   * TarError, or what `tar` threw, and keeps nothing then.
   */
  async register(tar: AsyncIterable<Uint8Array>): Promise<HeldLayer> {
    const unpacked = await this.#unpack(tar);
    const { diffId, writer } = unpacked;
    const release = this.retain([diffId]);
    try {
      await this.#settled(diffId);
      await this.#keep(unpacked);
    } catch (error) {
      await writer.abort();
      await release();
      throw error;
    }
    return { diffId, release };
  }

  /** Writes a tar to a blob that has no key yet. */
  async #unpack(tar: AsyncIterable<Uint8Array>): Promise<Unpacked> {
    const builder = new LayerBuilder();
    let name = '';
    const scanner = new TarScanner((entry) => {
      name = entry.name;
      checkLayerSize(entry.dataOffset + entry.size);
      builder.add(entry);
    });
    let size = 0;
    const digester = await createDigester();
    const writer = await this.#blobs.writer();
    try {
      for await (const chunk of tar) {
        checkLayerSize((size += chunk.length));
        digester.update(chunk);
        scanner.push(chunk);
        await writer.write(chunk);
      }
      scanner.end();
    } catch (error) {
      await writer.abort();
      // As Docker says it, which writes files: of what was under way, the one that came last.
      if (error instanceof StoreFullError) throw new Error(`write /${name}: ${error.message}`, { cause: error });
      throw error;
    }
    return { diffId: digester.digest(), index: builder.finish(), writer };
  }

  /** Others may have kept the same layer meanwhile, and read it already. */
  async #keep({ diffId, index, writer }: Unpacked): Promise<void> {
    await this.#blobs.sharing.exclusive(`keeping/${diffId}`, async () => {
      if (await this.#blobs.has(diffId)) return writer.abort();
      await writeWhole(this.#blobs, indexKey(diffId), encodeLayerIndex(index));
      await writer.commit(diffId);
    });
  }

  /** The uncompressed tar of a layer that is present, in order. `size` is in bytes. */
  async open(diffId: Digest): Promise<{ size: number; content: AsyncIterable<Uint8Array> }> {
    const blob = await this.#blobs.get(diffId);
    if (!blob) throw new Error(`layer ${diffId} is not present`);
    return { size: blob.size, content: readPieces(blob) };
  }

  /** What Docker counts as the layer's size, in bytes. The layer must be present. */
  async size(diffId: Digest): Promise<number> {
    return (await this.#mount(diffId)).index.contentSize;
  }

  /** Adds a reference to each layer (bottom first, as an image lists them), and shows them to the guest. */
  async acquire(diffIds: readonly Digest[]): Promise<LayerLease> {
    const release = this.retain(diffIds);
    try {
      return { lowerDirs: await this.lowerDirs(diffIds), release };
    } catch (error) {
      await release();
      throw error;
    }
  }

  /** Shows layers (bottom first) to the guest; directory names topmost first. Who calls it holds a reference. */
  async lowerDirs(diffIds: readonly Digest[]): Promise<string[]> {
    // Each once: overlayfs refuses one directory twice, and the upper of two equal layers says all the lower one could.
    const topmostFirst = [...new Set(diffIds.toReversed())];
    return Promise.all(topmostFirst.map(async (diffId) => (await this.#mount(diffId)).cacheId));
  }

  /** Adds a reference to each layer without showing it; the function returned takes it away again. */
  retain(diffIds: readonly Digest[]): () => Promise<void> {
    const held = new Set(diffIds);
    for (const diffId of held) this.#layer(diffId).references++;
    return async () => {
      const unused = [...held].filter((diffId) => --this.#layer(diffId).references === 0);
      held.clear();
      await Promise.all(unused.map((diffId) => this.#delete(diffId)));
    };
  }

  /** Deletes layers nothing refers to, such as those of a pull that a closed page cut off. */
  async sweep(): Promise<void> {
    const keys = (await this.#blobs.list()).filter((key) => key.startsWith('index/'));
    const diffIds = keys.map((key) => key.slice('index/'.length) as Digest);
    await Promise.all(diffIds.filter((diffId) => !this.#layers.has(diffId)).map((diffId) => this.#delete(diffId)));
  }

  #layer(diffId: Digest): Layer {
    let layer = this.#layers.get(diffId);
    if (!layer) {
      layer = { references: 0, unlock: this.#blobs.sharing.share(lockName(diffId)) };
      this.#layers.set(diffId, layer);
    }
    return layer;
  }

  #delete(diffId: Digest): Promise<void> {
    const layer = this.#layers.get(diffId);
    this.#layers.delete(diffId);
    const deletion = this.#deleteBlobs(diffId, layer).finally(() => this.#deleting.delete(diffId));
    this.#deleting.set(diffId, deletion);
    return deletion;
  }

  async #deleteBlobs(diffId: Digest, layer: Layer | undefined): Promise<void> {
    const mounted = await layer?.mounted?.catch(() => undefined);
    if (mounted) this.#mounts.removeTree(mounted.cacheId);
    await (
      await layer?.unlock
    )?.();
    await this.#blobs.sharing.ifFree(lockName(diffId), async () => {
      await this.#blobs.delete(diffId);
      await this.#blobs.delete(indexKey(diffId));
    });
  }

  #mount(diffId: Digest): Promise<{ cacheId: string; index: LayerIndex }> {
    const layer = this.#layer(diffId);
    return (layer.mounted ??= this.#open(diffId).catch((error: unknown) => {
      layer.mounted = undefined;
      throw error;
    }));
  }

  async #open(diffId: Digest): Promise<{ cacheId: string; index: LayerIndex }> {
    await this.#settled(diffId);
    const tar = await this.#blobs.get(diffId);
    if (!tar) throw new Error(`layer ${diffId} is not present`);
    const index = (await this.#storedIndex(diffId)) ?? (await this.#reindex(diffId, tar));
    const cacheId = randomHex();
    this.#mounts.addTree(cacheId, new LayerTree(index, this.#cache.wrap(tar)));
    return { cacheId, index };
  }

  async #storedIndex(diffId: Digest): Promise<LayerIndex | undefined> {
    const bytes = await readWhole(this.#blobs, indexKey(diffId));
    return bytes && decodeLayerIndex(bytes);
  }

  /** For a tar that an earlier version of Drydock stored. */
  async #reindex(diffId: Digest, tar: StoredBlob): Promise<LayerIndex> {
    const builder = new LayerBuilder();
    const scanner = new TarScanner((entry) => builder.add(entry));
    for await (const piece of readPieces(tar)) scanner.push(piece);
    const index = builder.finish();
    await writeWhole(this.#blobs, indexKey(diffId), encodeLayerIndex(index));
    return index;
  }
}
