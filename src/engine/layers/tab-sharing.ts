import type { StoreSharing } from './store-sharing.ts';

/** Between the tabs of a browser: Web Locks, which go with the page that holds them, and a channel for announcements. */
export class TabSharing implements StoreSharing {
  readonly #store: string;
  readonly #channel: BroadcastChannel;

  /** `store` is what all who share it call it. */
  constructor(store: string) {
    this.#store = store;
    this.#channel = new BroadcastChannel(store);
  }

  async exclusive<T>(name: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    // Awaited here: TypeScript's types have the lock manager resolve with the task's promise.
    return await navigator.locks.request(this.#name(name), signal ? { signal } : {}, task);
  }

  async ifFree(name: string, task: () => Promise<void>): Promise<boolean> {
    return navigator.locks.request(this.#name(name), { ifAvailable: true }, async (lock) => {
      if (lock) await task();
      return lock !== null;
    });
  }

  share(name: string): Promise<() => Promise<void>> {
    return new Promise((resolve, reject) => {
      const held: Promise<void> = navigator.locks.request(this.#name(name), { mode: 'shared' }, async () => {
        await new Promise<void>((end) => {
          // A lock is let go of some time after its task has ended.
          resolve(() => {
            end();
            return held;
          });
        });
      });
      held.catch(reject);
    });
  }

  announce(): void {
    this.#channel.postMessage('images');
  }

  onAnnouncement(listener: () => void): void {
    this.#channel.addEventListener('message', listener);
  }

  #name(name: string): string {
    return `${this.#store}/${name}`;
  }
}
