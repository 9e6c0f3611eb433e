import { createStore, del, get, keys, set } from 'idb-keyval';
import { BlobBuilder } from './blob-builder.ts';
import type { BlobStore, BlobWriter, StoredBlob } from './blob-store.ts';

/**
 * Blobs in the browser's IndexedDB, one record each: the browser keeps a Blob's bytes in a file and reads slices of it,
 * and a record is either there whole or not at all.
 */
export class IdbBlobStore implements BlobStore {
  readonly #store: ReturnType<typeof createStore>;

  constructor(database = 'drydock-blobs') {
    this.#store = createStore(database, 'blobs');
  }

  async has(key: string): Promise<boolean> {
    return (await this.#get(key)) !== undefined;
  }

  async get(key: string): Promise<StoredBlob | undefined> {
    const blob = await this.#get(key);
    if (!blob) return undefined;
    const read = async (offset: number, count: number) =>
      new Uint8Array(await blob.slice(offset, offset + count).arrayBuffer());
    return { size: blob.size, read };
  }

  #get(key: string): Promise<Blob | undefined> {
    return get<Blob>(key, this.#store);
  }

  async writer(): Promise<BlobWriter> {
    let builder = new BlobBuilder();
    return {
      write: async (chunk) => builder.add(chunk),
      commit: (key) => set(key, builder.finish(), this.#store),
      abort: async () => void (builder = new BlobBuilder()),
    };
  }

  delete(key: string): Promise<void> {
    return del(key, this.#store);
  }

  list(): Promise<string[]> {
    return keys<string>(this.#store);
  }
}
