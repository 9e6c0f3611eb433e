// Blobs for tests: layers inflated by one run are there for the next, but each machine has images of its own.

import { join } from 'node:path';
import { type BlobStore, type BlobWriter, type StoredBlob, writeWhole } from '../../../src/engine/layers/blob-store.ts';
import { MemoryBlobStore } from '../../../src/engine/layers/memory-blob-store.ts';
import { FolderBlobStore } from '../../../src/headless/folder-blob-store.ts';
import { concatBytes } from '../../../src/lib/bytes.ts';
import { projectRoot } from '../../../src/headless/node-machine.ts';

const shared = new FolderBlobStore(join(projectRoot, 'build/test-blobs'));

/** What is named by its content may be shared between machines; the list of images may not. */
const isContent = (key: string): boolean => /^(index\/)?sha256:/.test(key);

/** An empty store of its own to the engine, except that content a test has once pulled is there already. */
export class CachedBlobs implements BlobStore {
  readonly #own = new MemoryBlobStore();
  readonly #deleted = new Set<string>();
  readonly sharing = this.#own.sharing;

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async get(key: string): Promise<StoredBlob | undefined> {
    if (!isContent(key)) return this.#own.get(key);
    return this.#deleted.has(key) ? undefined : shared.get(key);
  }

  async writer(): Promise<BlobWriter> {
    const writer = await shared.writer();
    const chunks: Uint8Array[] = [];
    return {
      write: async (chunk) => {
        chunks.push(chunk.slice());
        await writer.write(chunk);
      },
      commit: async (key) => {
        this.#deleted.delete(key);
        if (isContent(key)) return writer.commit(key);
        await writer.abort();
        await writeWhole(this.#own, key, concatBytes(chunks));
      },
      abort: () => writer.abort(),
    };
  }

  async delete(key: string): Promise<void> {
    if (isContent(key)) this.#deleted.add(key);
    else await this.#own.delete(key);
  }

  async sweep(): Promise<void> {}

  /** The engine lists to delete what no image needs, which is nothing of what others share. */
  async list(): Promise<string[]> {
    return this.#own.list();
  }
}
