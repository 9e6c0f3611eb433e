import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobStore, type BlobWriter, type StoredBlob, StoreFullError } from '../engine/layers/blob-store.ts';
import { LocalSharing } from '../engine/layers/store-sharing.ts';
import { randomHex } from '../lib/hex.ts';

/**
 * Blobs as files of one folder, which one process uses at a time. A blob is written under a name no key has, and renamed
 * when it is complete.
 */
export class FolderBlobStore implements BlobStore {
  readonly sharing = new LocalSharing();
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
    const unfinished = join(this.#folder, `${unfinishedPrefix}${process.pid}-${randomHex(8)}`);
    return new FileWriter(await open(unfinished, 'wx'), unfinished, (key) => this.#path(key));
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async list(): Promise<string[]> {
    return (await this.#names()).filter((name) => !name.startsWith(unfinishedPrefix)).map(decodeURIComponent);
  }

  async sweep(): Promise<void> {
    for (const name of await this.#names()) {
      const pid = new RegExp(`^${unfinishedPrefix}(\\d+)-`).exec(name)?.[1];
      if (pid !== undefined && !isRunning(Number(pid))) await rm(join(this.#folder, name), { force: true });
    }
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.#folder).catch(ignoreMissing)) ?? [];
  }
}

const unfinishedPrefix = '.unfinished-';

/** Bytes written at once. */
const bufferSize = 1 << 20;

class FileWriter implements BlobWriter {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #pathOf: (key: string) => string;
  #buffer = new Uint8Array(bufferSize);
  #buffered = 0;
  /** One buffer is written while the next one is filled. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(file: FileHandle, path: string, pathOf: (key: string) => string) {
    this.#file = file;
    this.#path = path;
    this.#pathOf = pathOf;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + bufferSize - this.#buffered);
      this.#buffer.set(part, this.#buffered);
      this.#buffered += part.length;
      at += part.length;
      if (this.#buffered === bufferSize) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const full = this.#buffer.subarray(0, this.#buffered);
    await this.#writing;
    this.#writing = this.#file.writeFile(full).catch(fullStore);
    // Told where it is waited for.
    this.#writing.catch(() => {});
    this.#buffer = new Uint8Array(bufferSize);
    this.#buffered = 0;
  }

  async commit(key: string): Promise<void> {
    await this.#flush();
    await this.#writing;
    await this.#file.close();
    await rename(this.#path, this.#pathOf(key));
  }

  async abort(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function fullStore(error: NodeJS.ErrnoException): never {
  throw ['ENOSPC', 'EDQUOT'].includes(error.code ?? '') ? new StoreFullError(error) : error;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
