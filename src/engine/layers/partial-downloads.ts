/**
 * The compressed bytes of downloads that were cut off, in pieces as they came, each under its offset: what the next pull
 * of the blob need not fetch. They belong to no image and are not counted as one's; `docker image prune` deletes them,
 * and so does a store that is full.
 */
import { concatBytes } from '../../lib/bytes.ts';
import type { Digest } from '../../lib/digest.ts';
import { type BlobStore, StoreFullError, readPieces, writeWhole } from './blob-store.ts';

const prefix = 'download/';
const pieceKey = (digest: Digest, offset: number): string => `${prefix}${digest}/${offset}`;

/** Held by whoever downloads the blob. */
export const downloadLock = (digest: Digest): string => `${prefix}${digest}`;

export class PartialDownload {
  readonly #blobs: BlobStore;
  readonly #digest: Digest;
  readonly #pieceSize: number;
  #chunks: Uint8Array[] = [];
  #chunksSize = 0;
  #stored = 0;
  #hasRoom = true;

  /** `size` is the whole blob's. */
  constructor(blobs: BlobStore, digest: Digest, size: number) {
    this.#blobs = blobs;
    this.#digest = digest;
    // Small enough that little is lost, large enough that there are few.
    this.#pieceSize = Math.min(8 << 20, Math.max(1 << 20, size >> 4));
  }

  /** What is there from earlier, from the beginning on. To be read before anything is added. */
  async *read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await this.#blobs.get(pieceKey(this.#digest, this.#stored));
      if (!piece) return;
      this.#stored += piece.size;
      yield* readPieces(piece);
    }
  }

  /** Takes what follows. In a store that is full the layer itself has the room. */
  async add(chunk: Uint8Array): Promise<void> {
    if (!this.#hasRoom) return;
    this.#chunks.push(chunk.slice());
    this.#chunksSize += chunk.length;
    if (this.#chunksSize < this.#pieceSize) return;
    try {
      await this.keep();
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      this.#hasRoom = false;
      await this.discard();
    }
  }

  /** Stores what has been added and is not stored yet. */
  async keep(): Promise<void> {
    if (this.#chunksSize === 0) return;
    const piece = concatBytes(this.#chunks);
    this.#chunks = [];
    this.#chunksSize = 0;
    await writeWhole(this.#blobs, pieceKey(this.#digest, this.#stored), piece);
    this.#stored += piece.length;
  }

  async discard(): Promise<void> {
    this.#chunks = [];
    this.#chunksSize = 0;
    this.#stored = 0;
    await deletePieces(this.#blobs, await pieces(this.#blobs, this.#digest));
  }
}

/** Deletes what is left of all downloads that nobody works at. Resolves with the bytes that were freed. */
export async function discardPartialDownloads(blobs: BlobStore): Promise<number> {
  const digests = new Set((await pieces(blobs)).map((key) => key.slice(prefix.length).replace(/\/.*$/, '') as Digest));
  let freed = 0;
  for (const digest of digests) {
    await blobs.sharing.ifFree(downloadLock(digest), async () => {
      freed += await deletePieces(blobs, await pieces(blobs, digest));
    });
  }
  return freed;
}

const pieces = async (blobs: BlobStore, digest = ''): Promise<string[]> =>
  (await blobs.list()).filter((key) => key.startsWith(prefix + digest));

async function deletePieces(blobs: BlobStore, keys: readonly string[]): Promise<number> {
  let freed = 0;
  for (const key of keys) {
    freed += (await blobs.get(key))?.size ?? 0;
    await blobs.delete(key);
  }
  return freed;
}
