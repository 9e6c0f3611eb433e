import { type BlobStore, StoreFullError, writeWhole } from './blob-store.ts';
import { IdbBlobStore } from './idb-blob-store.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';
import { TabSharing } from './tab-sharing.ts';

/**
 * The blob store of a page: IndexedDB, shared by all tabs. Where a browser keeps nothing (some private modes) or has no
 * locks (pages that are not served securely), a page works in memory. `onStored` is called once, when there is something
 * that the browser should keep.
 */
export async function openBrowserBlobStore(onStored: () => void, database = 'drydock'): Promise<BlobStore> {
  if (!globalThis.navigator?.locks) return new MemoryBlobStore();
  const store = new IdbBlobStore({ database, sharing: new TabSharing(database) });
  try {
    await writeWhole(store, 'probe', new Uint8Array(1));
    await store.delete('probe');
    store.onCommit = () => {
      store.onCommit = () => {};
      onStored();
    };
    return store;
  } catch (error) {
    // What is in a full store can still be used, and removed.
    return error instanceof StoreFullError ? store : new MemoryBlobStore();
  }
}
