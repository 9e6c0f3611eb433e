import { type UseStore, createStore, get, promisifyRequest } from 'idb-keyval';
import { randomHex } from '../../lib/hex.ts';
import { type BlobStore, type BlobWriter, type StoredBlob, StoreFullError } from './blob-store.ts';
import type { StoreSharing } from './store-sharing.ts';

/**
 * What is under a blob's key, written last. All of a blob but its end is in records of their own, under keys
 * `[id, number]`: they are written as the bytes come in, so nothing is ever whole in memory.
 */
interface BlobRecord {
  readonly size: number;
  readonly id: string;
  readonly end: Blob;
}

/** Bytes in each record but the last. The browser keeps so large a value in a file and reads slices of it. */
const pieceSize = 4 << 20;

/** Strings come before arrays in IndexedDB's order of keys. */
const isBlobKey = (): IDBKeyRange => IDBKeyRange.upperBound([], true);
const isPieceKey = (): IDBKeyRange => IDBKeyRange.lowerBound([]);
const piecesOf = (id: string): IDBKeyRange => IDBKeyRange.bound([id], [id, []]);

export interface IdbBlobStoreOptions {
  readonly database: string;
  readonly sharing: StoreSharing;
}

/** Blobs in the browser's IndexedDB. */
export class IdbBlobStore implements BlobStore {
  readonly sharing: StoreSharing;
  /** Called when a blob has been stored. */
  onCommit = (): void => {};
  readonly #store: UseStore;

  constructor({ database, sharing }: IdbBlobStoreOptions) {
    this.#store = createStore(database, 'blobs');
    this.sharing = sharing;
  }

  async has(key: string): Promise<boolean> {
    return (await this.#store('readonly', (store) => promisifyRequest(store.getKey(key)))) !== undefined;
  }

  async get(key: string): Promise<StoredBlob | undefined> {
    const record = await get<BlobRecord>(key, this.#store);
    if (!record) return undefined;
    const { size, id, end } = record;
    const pieces = new Map<number, Promise<Blob>>();
    const piece = (number: number): Promise<Blob> | Blob => {
      if (number === Math.floor(size / pieceSize)) return end;
      let found = pieces.get(number);
      if (!found) pieces.set(number, (found = this.#piece(key, id, number)));
      return found;
    };
    const read = async (offset: number, count: number) => {
      const parts: Blob[] = [];
      for (let at = offset; at < offset + count;) {
        const start = at % pieceSize;
        const length = Math.min(pieceSize - start, offset + count - at);
        parts.push((await piece(Math.floor(at / pieceSize))).slice(start, start + length));
        at += length;
      }
      return new Uint8Array(await (parts.length === 1 ? parts[0]! : new Blob(parts)).arrayBuffer());
    };
    return { size, read };
  }

  async #piece(key: string, id: string, number: number): Promise<Blob> {
    const piece = await get<Blob>([id, number], this.#store);
    if (!piece) throw new Error(`reading blob ${key}: it is no longer there`);
    return piece;
  }

  async writer(): Promise<BlobWriter> {
    const id = randomHex(16);
    // While it is held, the pieces are nobody's leftovers.
    const release = await this.sharing.share(`writing/${id}`);
    return new IdbBlobWriter(this.#store, id, release, () => this.onCommit());
  }

  delete(key: string): Promise<void> {
    return this.#store('readwrite', (store) => {
      deleteBlob(store, key, () => {});
      return promisifyRequest(store.transaction);
    });
  }

  list(): Promise<string[]> {
    return this.#store('readonly', (store) => promisifyRequest(store.getAllKeys(isBlobKey()))) as Promise<string[]>;
  }

  async sweep(): Promise<void> {
    const [pieces] = await this.#contents();
    for (const id of new Set(pieces)) {
      await this.sharing.ifFree(`writing/${id}`, async () => {
        // Looked at anew: its writer may have finished in between.
        const [, taken] = await this.#contents();
        if (taken.has(id)) return;
        await this.#store('readwrite', (store) => promisifyRequest(store.delete(piecesOf(id))));
      });
    }
  }

  /** The IDs of all pieces, and those that blobs have. */
  #contents(): Promise<[string[], Set<string>]> {
    return this.#store('readonly', async (store) => {
      const keys = promisifyRequest(store.getAllKeys(isPieceKey()));
      const records = promisifyRequest<BlobRecord[]>(store.getAll(isBlobKey()));
      const ids = ((await keys) as [string, number][]).map(([id]) => id);
      return [ids, new Set((await records).map(({ id }) => id))];
    });
  }
}

class IdbBlobWriter implements BlobWriter {
  readonly #store: UseStore;
  readonly #id: string;
  readonly #release: () => Promise<void>;
  readonly #onCommit: () => void;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #chunksSize = 0;
  #pieces = 0;
  /** One piece is written while the next one is collected. */
  #writing: Promise<void> = Promise.resolve();

  constructor(store: UseStore, id: string, release: () => Promise<void>, onCommit: () => void) {
    this.#store = store;
    this.#id = id;
    this.#release = release;
    this.#onCommit = onCommit;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.slice(at, at + pieceSize - this.#chunksSize);
      this.#chunks.push(part);
      this.#chunksSize += part.length;
      at += part.length;
      if (this.#chunksSize === pieceSize) await this.#writePiece();
    }
  }

  async #writePiece(): Promise<void> {
    const piece = new Blob(this.#chunks);
    this.#chunks = [];
    this.#chunksSize = 0;
    await this.#writing;
    this.#writing = this.#put([this.#id, this.#pieces++], piece);
    // Told where it is waited for.
    this.#writing.catch(() => {});
  }

  async commit(key: string): Promise<void> {
    await this.#writing;
    const size = this.#pieces * pieceSize + this.#chunksSize;
    const record: BlobRecord = { size, id: this.#id, end: new Blob(this.#chunks) };
    await this.#put(key, record);
    await this.#release();
    this.#onCommit();
  }

  async #put(key: string | [string, number], value: unknown): Promise<void> {
    try {
      await this.#store('readwrite', (store) => {
        if (typeof key === 'string') deleteBlob(store, key, () => store.put(value, key));
        else store.put(value, key);
        return promisifyRequest(store.transaction);
      });
    } catch (error) {
      throw error instanceof DOMException && error.name === 'QuotaExceededError' ? new StoreFullError(error) : error;
    }
  }

  async abort(): Promise<void> {
    this.#chunks = [];
    this.#chunksSize = 0;
    await this.#writing.catch(() => {});
    await this.#store('readwrite', (store) => promisifyRequest(store.delete(piecesOf(this.#id))));
    await this.#release();
  }
}

/** Deletes a blob with its pieces, and goes on with `next` in the same transaction. */
function deleteBlob(store: IDBObjectStore, key: string, next: () => void): void {
  const found = store.get(key) as IDBRequest<BlobRecord | undefined>;
  found.onsuccess = () => {
    if (found.result) store.delete(piecesOf(found.result.id));
    store.delete(key);
    next();
  };
}
