import { type BlobStore, writeWhole } from './blob-store.ts';
import { IdbBlobStore } from './idb-blob-store.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';

/**
 * The blob store of a page: IndexedDB where it can be had. It belongs to one page at a time, since each page's engine
 * takes itself for the only one that adds and deletes; a second page, or one whose browser keeps nothing (some private
 * modes), works in memory.
 */
export async function openBrowserBlobStore(database = 'drydock-blobs'): Promise<BlobStore> {
  if (!(await holdLock(database))) return new MemoryBlobStore();
  try {
    const store = new IdbBlobStore(database);
    await writeWhole(store, 'probe', new Uint8Array(1));
    await store.delete('probe');
    return store;
  } catch {
    return new MemoryBlobStore();
  }
}

/** Takes a lock for as long as this page (or worker) lives; false when another has it, or there are no locks. */
async function holdLock(name: string): Promise<boolean> {
  if (!globalThis.navigator?.locks) return false;
  return new Promise((resolve) => {
    const request = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      // Never fulfilled: the lock goes when the page does.
      return lock ? new Promise<void>(() => {}) : undefined;
    });
    request.catch(() => resolve(false));
  });
}
