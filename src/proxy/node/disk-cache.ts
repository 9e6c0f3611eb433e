import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '../../lib/digest.ts';
import type { BlobCache, BlobFetch, CachedBlob } from '../blob-cache.ts';
import { Download } from './download.ts';
import { readFilePieces, streamOf } from './stream-file.ts';

interface Entry {
  size: number;
}

interface Running {
  readonly started: Promise<Download | undefined>;
  /** Fulfilled once its file has its final name, or is ready to be gone on with. */
  readonly finished: Promise<unknown>;
}

const partSuffix = '.part';

/**
 * Blobs as files of one folder, named by digest. Those used longest ago go when there is too much; `.part` files are
 * downloads that were cut off and will be gone on with.
 */
export class DiskCache implements BlobCache {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** By file name, the one used longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #downloads = new Map<Digest, Running>();

  private constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** Opens (or makes) the folder. Files that are none of the cache's are left alone and not counted. */
  static async open(folder: string, maxBytes: number): Promise<DiskCache> {
    await mkdir(folder, { recursive: true });
    const cache = new DiskCache(folder, maxBytes);
    const names = (await readdir(folder)).filter((name) => isDigest(`sha256:${name.replace(partSuffix, '')}`));
    const files = await Promise.all(names.map(async (name) => ({ name, ...(await stat(join(folder, name))) })));
    files.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const { name, size } of files) cache.#entries.set(name, { size });
    await cache.#evict();
    return cache;
  }

  async open(digest: Digest, fetch: BlobFetch): Promise<CachedBlob | undefined> {
    const name = digest.slice('sha256:'.length);
    const entry = this.#entries.get(name);
    if (entry) {
      this.#touch(name, entry);
      const path = join(this.#folder, name);
      // A file somebody deleted is no longer an entry.
      if (await stat(path).catch(() => undefined)) {
        return { size: entry.size, stream: (start, end) => streamOf(readFilePieces(path, start, end)) };
      }
      this.#entries.delete(name);
    }
    for (let running = this.#downloads.get(digest); running; running = this.#downloads.get(digest)) {
      const download = await running.started;
      if (!download?.isFailed) return download;
      // Whoever asks after a failure starts anew, once what failed is out of the way.
      await running.finished;
    }
    const started = this.#start(digest, name, fetch);
    const finished = started.then((download) => download && this.#finish(download, name));
    const over = () => this.#downloads.delete(digest);
    this.#downloads.set(digest, { started, finished: finished.then(over, over) });
    const download = await started;
    await this.#evict();
    return download;
  }

  async #start(digest: Digest, name: string, fetch: BlobFetch): Promise<Download | undefined> {
    const part = join(this.#folder, name + partSuffix);
    const download = await Download.start(part, digest, this.#maxBytes, fetch);
    if (download) this.#entries.set(name + partSuffix, { size: download.size });
    else await rm(part, { force: true });
    return download;
  }

  async #finish(download: Download, name: string): Promise<void> {
    const [part, whole] = [name + partSuffix, name].map((file) => join(this.#folder, file)) as [string, string];
    try {
      await download.done;
      await rename(part, whole);
      download.settle(whole);
      this.#entries.delete(name + partSuffix);
      this.#entries.set(name, { size: download.size });
    } catch {
      download.settle(part);
      const size = (await stat(part).catch(() => undefined))?.size ?? 0;
      if (size > 0) return void this.#entries.set(name + partSuffix, { size });
      this.#entries.delete(name + partSuffix);
      await rm(part, { force: true });
    }
  }

  #touch(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const now = new Date();
    utimes(join(this.#folder, name), now, now).catch(() => {});
  }

  async #evict(): Promise<void> {
    let total = 0;
    for (const { size } of this.#entries.values()) total += size;
    for (const [name, { size }] of this.#entries) {
      if (total <= this.#maxBytes) return;
      if (this.#downloads.has(`sha256:${name.replace(partSuffix, '')}`)) continue;
      this.#entries.delete(name);
      total -= size;
      // Those who read it have it open, and may go on.
      await rm(join(this.#folder, name), { force: true });
    }
  }
}
