import { concatBytes } from '../../lib/bytes.ts';
import type { BlobStore, BlobWriter, StoredBlob } from './blob-store.ts';
import { LocalSharing } from './store-sharing.ts';

/** Keeps blobs as long as the store itself: for tests, and where a browser refuses IndexedDB. */
export class MemoryBlobStore implements BlobStore {
  readonly sharing = new LocalSharing();
  readonly #blobs = new Map<string, Uint8Array>();

  async has(key: string): Promise<boolean> {
    return this.#blobs.has(key);
  }

  async get(key: string): Promise<StoredBlob | undefined> {
    const bytes = this.#blobs.get(key);
    return bytes && { size: bytes.length, read: (offset, count) => bytes.subarray(offset, offset + count) };
  }

  async writer(): Promise<BlobWriter> {
    let chunks: Uint8Array[] = [];
    return {
      write: async (chunk) => void chunks.push(chunk.slice()),
      commit: async (key) => void this.#blobs.set(key, concatBytes(chunks)),
      abort: async () => void (chunks = []),
    };
  }

  async delete(key: string): Promise<void> {
    this.#blobs.delete(key);
  }

  async list(): Promise<string[]> {
    return [...this.#blobs.keys()];
  }

  /** What is unfinished is its writer's, and goes with it. */
  async sweep(): Promise<void> {}
}
