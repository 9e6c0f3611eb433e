import { type FileHandle, open } from 'node:fs/promises';
import { createDigester, type Digest, type Digester } from '../../lib/digest.ts';
import { type Deferred, deferred } from '../../lib/deferred.ts';
import type { BlobFetch, CachedBlob, FetchedBlob } from '../blob-cache.ts';
import { ProxyError } from '../proxy-error.ts';
import { readPieces, streamOf } from './stream-file.ts';

/** How often a download that breaks off is taken up again, if it brought nothing new in between. */
const maxAttempts = 4;
/** A download nobody reads any more goes on for so long, in case its reader comes back. Milliseconds. */
const patience = 10_000;

/**
 * One blob on its way into a file. It is read while it is written, by any number of clients at their own pace; what was
 * written before an interruption is not fetched again. Its last byte is given out only once the digest is right.
 */
export class Download implements CachedBlob {
  readonly size: number;
  /** Settles when the whole blob is in the file; rejects when it will not be. */
  readonly done: Promise<void>;
  readonly #file: FileHandle;
  #path: string;
  readonly #digester: Digester;
  readonly #fetch: BlobFetch;
  readonly #stop: AbortController;
  #written: number;
  #isWhole = false;
  #isSettled = false;
  #isClosed = false;
  #failure: { error: unknown } | undefined;
  #progress: Deferred = deferred();
  #readers = 0;
  #abandoned: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    { path, file, digester, written }: Begun,
    digest: Digest,
    fetched: FetchedBlob & { size: number },
    fetch: BlobFetch,
    stop: AbortController,
  ) {
    this.#path = path;
    this.#file = file;
    this.#digester = digester;
    this.#written = written;
    this.size = fetched.size;
    this.#fetch = fetch;
    this.#stop = stop;
    this.done = this.#run(fetched, digest);
    this.done.catch(() => {});
    this.#watchReaders();
  }

  /** Goes on with the file at `path`, if there is one. Undefined when the size is unknown or over `maxSize`. */
  static async start(path: string, digest: Digest, maxSize: number, fetch: BlobFetch): Promise<Download | undefined> {
    const stop = new AbortController();
    const begun = await takeUp(path);
    try {
      const fetched = await fetch(begun.written, stop.signal);
      const { size } = fetched;
      if (size === undefined || size > maxSize || size < begun.written) {
        await fetched.body.cancel();
        await begun.file.truncate();
        await begun.file.close();
        return undefined;
      }
      if (fetched.offset !== begun.written) await startOver(begun);
      return new Download(begun, digest, { ...fetched, size }, fetch, stop);
    } catch (error) {
      await begun.file.close();
      throw error;
    }
  }

  /** Says that the download is over and where its file lies now. */
  settle(path: string): void {
    this.#path = path;
    this.#isSettled = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (!this.#isSettled || this.#readers > 0 || this.#isClosed) return;
    this.#isClosed = true;
    void this.#file.close();
  }

  get isFailed(): boolean {
    return this.#failure !== undefined;
  }

  stream(start: number, end: number): ReadableStream<Uint8Array> {
    return streamOf(this.#read(start, end));
  }

  async *#read(start: number, end: number): AsyncGenerator<Uint8Array> {
    this.#readers++;
    this.#watchReaders();
    // Until it is settled the file may be renamed at any moment.
    const file = this.#isClosed ? await open(this.#path) : this.#file;
    try {
      for (let at = start; at < end;) {
        const available = Math.min(end, this.#isWhole ? this.size : Math.min(this.#written, this.size - 1));
        if (this.#failure) throw this.#failure.error;
        if (at < available) {
          yield* readPieces(file, at, available);
          at = available;
        } else {
          await this.#progress.promise;
        }
      }
    } finally {
      this.#readers--;
      this.#watchReaders();
      if (file !== this.#file) await file.close();
      this.#closeWhenIdle();
    }
  }

  #watchReaders(): void {
    clearTimeout(this.#abandoned);
    if (this.#readers > 0 || this.#isWhole || this.#failure) return;
    this.#abandoned = setTimeout(() => this.#stop.abort(new Error('nobody reads it any more')), patience);
    this.#abandoned.unref();
  }

  async #run(fetched: FetchedBlob, digest: Digest): Promise<void> {
    try {
      await this.#receive(fetched);
      if (this.#digester.digest() !== digest) {
        // Nothing of it can be used, not even to go on from.
        await this.#file.truncate();
        throw new ProxyError(502, 'DIGEST_INVALID', `the registry sent something else than ${digest}`);
      }
      await this.#file.sync();
      this.#isWhole = true;
    } catch (error) {
      this.#failure = { error };
      throw error;
    } finally {
      clearTimeout(this.#abandoned);
      this.#progress.resolve();
    }
  }

  async #receive(first: FetchedBlob): Promise<void> {
    let fetched: FetchedBlob | undefined = first;
    for (let attempt = 1; ; attempt++) {
      const before = this.#written;
      try {
        fetched ??= await this.#fetch(before, this.#stop.signal);
        if (fetched.offset !== before) throw new Error('the registry does not go on where it was cut off');
        await this.#write(fetched.body);
        if (this.#written === this.size) return;
        throw new Error(`the registry sent ${this.#written} of ${this.size} bytes`);
      } catch (error) {
        if (this.#written > before) attempt = 0;
        if (this.#stop.signal.aborted || this.#written > this.size || attempt >= maxAttempts) throw error;
        if (error instanceof ProxyError && error.status < 500) throw error;
        fetched = undefined;
        await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
      }
    }
  }

  async #write(body: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of body) {
      this.#stop.signal.throwIfAborted();
      if (this.#written + chunk.length > this.size) {
        this.#written = Infinity;
        throw new ProxyError(502, 'SIZE_INVALID', 'the registry sent more than it announced');
      }
      await this.#file.write(chunk);
      this.#digester.update(chunk);
      this.#written += chunk.length;
      this.#progress.resolve();
      this.#progress = deferred();
    }
  }
}

interface Begun {
  readonly path: string;
  readonly file: FileHandle;
  digester: Digester;
  written: number;
}

/** Opens a file for going on where it ends; its digest so far is computed anew. */
async function takeUp(path: string): Promise<Begun> {
  const file = await open(path, 'a+');
  const begun: Begun = { path, file, digester: await createDigester(), written: 0 };
  const { size } = await file.stat();
  for await (const chunk of readPieces(file, 0, size)) {
    begun.digester.update(chunk);
    begun.written += chunk.length;
  }
  return begun;
}

async function startOver(begun: Begun): Promise<void> {
  await begun.file.truncate();
  begun.digester = await createDigester();
  begun.written = 0;
}
