import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobStore, BlobWriter, StoredBlob } from '../engine/layers/blob-store.ts';
import { randomHex } from '../lib/hex.ts';

/** Blobs as files of one folder. A blob is written under a name no key has, and renamed when it is complete. */
export class FolderBlobStore implements BlobStore {
  readonly #folder: string;

  /** The folder is created when the first blob is written. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  // Keys hold slashes and colons, which file systems mind; `%` never begins a key's own escape twice.
  #path(key: string): string {
    return join(this.#folder, encodeURIComponent(key));
  }

  async has(key: string): Promise<boolean> {
    return (await this.#size(key)) !== undefined;
  }

  async #size(key: string): Promise<number | undefined> {
    return stat(this.#path(key)).then((found) => found.size, ignoreMissing);
  }

  async get(key: string): Promise<StoredBlob | undefined> {
    const size = await this.#size(key);
    if (size === undefined) return undefined;
    const path = this.#path(key);
    // Opened for each read: reads come in large pieces, and there is no moment to close a file left open.
    const read = async (offset: number, count: number) => {
      const file = await open(path, 'r');
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(count), 0, count, offset);
        if (bytesRead < count) throw new Error(`reading blob ${key}: ${bytesRead} of ${count} bytes at ${offset}`);
        return buffer;
      } finally {
        await file.close();
      }
    };
    return { size, read };
  }

  async writer(): Promise<BlobWriter> {
    await mkdir(this.#folder, { recursive: true });
    const unfinished = join(this.#folder, `${unfinishedPrefix}${randomHex(8)}`);
    const file = await open(unfinished, 'wx');
    return {
      write: async (chunk) => file.writeFile(chunk),
      commit: async (key) => {
        await file.close();
        await rename(unfinished, this.#path(key));
      },
      abort: async () => {
        await file.close();
        await rm(unfinished, { force: true });
      },
    };
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async list(): Promise<string[]> {
    const names = (await readdir(this.#folder).catch(ignoreMissing)) ?? [];
    return names.filter((name) => !name.startsWith(unfinishedPrefix)).map(decodeURIComponent);
  }
}

const unfinishedPrefix = '.unfinished-';

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
