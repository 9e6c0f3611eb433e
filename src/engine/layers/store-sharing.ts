/**
 * How those who use one blob store at the same time (tabs of a browser, each with an engine) keep out of each other's
 * way. Locks are held until let go of, or until their holder is gone.
 */
export interface StoreSharing {
  /** Runs `task` while nobody else holds the lock, and waits for that. Rejects when `signal` aborts meanwhile. */
  exclusive<T>(name: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs `task` if nobody holds the lock, and tells whether. */
  ifFree(name: string, task: () => Promise<void>): Promise<boolean>;
  /**
   * Holds the lock together with others who share it, once nobody holds it for himself. What the function returned
   * promises is fulfilled when it is let go of.
   */
  share(name: string): Promise<() => Promise<void>>;
  /** Tells the others that the list of images has changed. */
  announce(): void;
  /** Calls `listener` when another has announced so. */
  onAnnouncement(listener: () => void): void;
}

interface Lock {
  holders: number;
  isExclusive: boolean;
  readonly waiting: { isExclusive: boolean; grant: () => void }[];
}

/** For a store within one process. Waiting is first come, first served, as Web Locks have it. */
export class LocalSharing implements StoreSharing {
  readonly #locks = new Map<string, Lock>();
  readonly #listeners: (() => void)[] = [];

  async exclusive<T>(name: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#acquire(name, true, signal);
    try {
      return await task();
    } finally {
      this.#release(name);
    }
  }

  async ifFree(name: string, task: () => Promise<void>): Promise<boolean> {
    if (this.#locks.has(name)) return false;
    await this.exclusive(name, task);
    return true;
  }

  async share(name: string): Promise<() => Promise<void>> {
    await this.#acquire(name, false);
    return async () => this.#release(name);
  }

  announce(): void {
    for (const listener of this.#listeners) listener();
  }

  onAnnouncement(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async #acquire(name: string, isExclusive: boolean, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let lock = this.#locks.get(name);
    if (!lock) this.#locks.set(name, (lock = { holders: 0, isExclusive: false, waiting: [] }));
    const { waiting } = lock;
    await new Promise<void>((resolve, reject) => {
      const place = { isExclusive, grant: resolve };
      waiting.push(place);
      signal?.addEventListener('abort', () => {
        const at = waiting.indexOf(place);
        if (at < 0) return;
        waiting.splice(at, 1);
        reject(signal.reason as Error);
      });
      this.#grant(lock);
    });
  }

  #grant(lock: Lock): void {
    for (let next = lock.waiting[0]; next; next = lock.waiting[0]) {
      if (lock.holders > 0 && (lock.isExclusive || next.isExclusive)) return;
      lock.waiting.shift();
      lock.holders++;
      lock.isExclusive = next.isExclusive;
      next.grant();
    }
  }

  #release(name: string): void {
    const lock = this.#locks.get(name)!;
    lock.holders--;
    this.#grant(lock);
    if (lock.holders === 0) this.#locks.delete(name);
  }
}
