/**
 * The layers that are present, by diff ID (the digest of their uncompressed tar): unpacked and checked once, kept as a
 * blob with its index beside it, and shown to the guest as long as an image or a container refers to them.
 */
import type { FileTree } from '../../guest/p9/file-tree.ts';
import { type Digest, createDigester } from '../../lib/digest.ts';
import { randomHex } from '../../lib/hex.ts';
import { TarError } from '../../lib/tar/header.ts';
import { TarScanner } from '../../lib/tar/tar-scanner.ts';
import { type BlobStore, type BlobWriter, type StoredBlob, readWhole, writeWhole } from './blob-store.ts';
import { inflate } from './inflate.ts';
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

interface Unpacked {
  readonly diffId: Digest;
  readonly index: LayerIndex;
  readonly writer: BlobWriter;
}

interface Layer {
  references: number;
  mounted?: Promise<{ cacheId: string; index: LayerIndex }>;
}

const indexKey = (diffId: Digest): string => `index/${diffId}`;

function failedToRegister(cause: unknown): never {
  throw new Error(`failed to register layer: ${(cause as Error).message}`, { cause });
}

function checkLayerSize(bytes: number): void {
  if (bytes > maxLayerBytes) throw new TarError(`it holds more than ${maxLayerBytes} bytes`);
}

const pieceSize = 1 << 20;

async function* piecesOf(blob: StoredBlob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += pieceSize) yield await blob.read(at, Math.min(pieceSize, blob.size - at));
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
    await this.#deleting.get(diffId);
    return this.#blobs.has(diffId);
  }

  /**
   * Unpacks a layer. `onProgress` hears how many compressed bytes are done with. Throws, and keeps nothing, when the
   * archive is damaged, holds what a layer must not hold, or is not the one `diffId` names.
   */
  async add(diffId: Digest, compressed: Blob, onProgress: (bytes: number) => void = () => {}): Promise<void> {
    await this.#deleting.get(diffId);
    const unpacked = await this.#unpack(inflate(compressed, onProgress)).catch(failedToRegister);
    try {
      if (unpacked.diffId !== diffId)
        throw new Error(`wrong diff id calculated on extraction: expected ${diffId}, got ${unpacked.diffId}`);
      await this.#keep(unpacked);
    } catch (error) {
      await unpacked.writer.abort();
      failedToRegister(error);
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
      if (await this.has(diffId)) await writer.abort();
      else await this.#keep(unpacked);
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
    const scanner = new TarScanner((entry) => {
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
      throw error;
    }
    return { diffId: digester.digest(), index: builder.finish(), writer };
  }

  async #keep({ diffId, index, writer }: Unpacked): Promise<void> {
    await writeWhole(this.#blobs, indexKey(diffId), encodeLayerIndex(index));
    await writer.commit(diffId);
  }

  /** The uncompressed tar of a layer that is present, in order. `size` is in bytes. */
  async open(diffId: Digest): Promise<{ size: number; content: AsyncIterable<Uint8Array> }> {
    const blob = await this.#blobs.get(diffId);
    if (!blob) throw new Error(`layer ${diffId} is not present`);
    return { size: blob.size, content: piecesOf(blob) };
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
    if (!layer) this.#layers.set(diffId, (layer = { references: 0 }));
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
    await this.#blobs.delete(diffId);
    await this.#blobs.delete(indexKey(diffId));
  }

  #mount(diffId: Digest): Promise<{ cacheId: string; index: LayerIndex }> {
    const layer = this.#layer(diffId);
    return (layer.mounted ??= this.#open(diffId).catch((error: unknown) => {
      layer.mounted = undefined;
      throw error;
    }));
  }

  async #open(diffId: Digest): Promise<{ cacheId: string; index: LayerIndex }> {
    await this.#deleting.get(diffId);
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
    for await (const piece of piecesOf(tar)) scanner.push(piece);
    const index = builder.finish();
    await writeWhole(this.#blobs, indexKey(diffId), encodeLayerIndex(index));
    return index;
  }
}
