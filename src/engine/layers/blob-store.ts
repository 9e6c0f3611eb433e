/**
 * Where what was pulled is kept: byte strings under a key, a digest mostly. Kept small so that memory, IndexedDB and a
 * folder can all be it.
 */
import type { MaybePromise } from '../../guest/p9/file-tree.ts';
import type { StoreSharing } from './store-sharing.ts';

/** Keys are digests (`sha256:…`), with a prefix for what belongs to one or is no content: `index/sha256:…`. */
export interface BlobStore {
  /** Who else uses the store, and how to agree with them. */
  readonly sharing: StoreSharing;
  has(key: string): Promise<boolean>;
  get(key: string): Promise<StoredBlob | undefined>;
  /** For a new blob, whose key need not be known before it is written: a digest is not. */
  writer(): Promise<BlobWriter>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  list(): Promise<string[]>;
  /** Deletes what was being written when its writer was cut off (a closed page, a killed process). */
  sweep(): Promise<void>;
}

export interface StoredBlob {
  readonly size: number;
  /** `count` bytes from `offset`, both within the blob. Not a promise where the bytes are in memory. */
  read(offset: number, count: number): MaybePromise<Uint8Array>;
}

/** Ends with either commit or abort. Writing fails with a StoreFullError where there is no room. */
export interface BlobWriter {
  /** The chunk may be reused once the promise is fulfilled. */
  write(chunk: Uint8Array): Promise<void>;
  /** Nothing is stored under `key` before, then all is; a blob there before is replaced. */
  commit(key: string): Promise<void>;
  abort(): Promise<void>;
}

/** The disk, or what a browser lets a page have of it, is full. */
export class StoreFullError extends Error {
  constructor(cause: unknown) {
    super('no space left on device', { cause });
    this.name = 'StoreFullError';
  }
}

/** Whether an error is, or was caused by, a store that is full. */
export function isStoreFull(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof StoreFullError) return true;
  return false;
}

export async function readWhole(store: BlobStore, key: string): Promise<Uint8Array | undefined> {
  const blob = await store.get(key);
  return blob && blob.read(0, blob.size);
}

export async function writeWhole(store: BlobStore, key: string, bytes: Uint8Array): Promise<void> {
  const writer = await store.writer();
  try {
    await writer.write(bytes);
    await writer.commit(key);
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

const pieceSize = 1 << 20;

/** A blob's bytes in order, a megabyte at a time. */
export async function* readPieces(blob: StoredBlob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += pieceSize) yield await blob.read(at, Math.min(pieceSize, blob.size - at));
}
