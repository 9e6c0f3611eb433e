// Which steps have been done, kept in IndexedDB.

import { createStore, del, get, set, type UseStore } from 'idb-keyval';

const key = 'progress';

export class Progress {
  /** Ids of the steps that have passed, by lesson. */
  #passed = $state<Record<string, string[]>>({});
  /** Whether the browser keeps it; false in some private modes. */
  saved = $state(true);
  #store: UseStore | undefined;

  constructor() {
    void this.#load();
  }

  isPassed(lesson: string, step: string): boolean {
    return this.#passed[lesson]?.includes(step) ?? false;
  }

  count(lesson: string): number {
    return this.#passed[lesson]?.length ?? 0;
  }

  get isEmpty(): boolean {
    return Object.keys(this.#passed).length === 0;
  }

  pass(lesson: string, step: string): void {
    if (this.isPassed(lesson, step)) return;
    this.#passed[lesson] = [...(this.#passed[lesson] ?? []), step];
    this.#try((store) => set(key, $state.snapshot(this.#passed), store));
  }

  reset(): void {
    this.#passed = {};
    this.#try((store) => del(key, store));
  }

  async #load(): Promise<void> {
    try {
      this.#store = createStore('drydock-page', 'state');
      const before = await get<Record<string, string[]>>(key, this.#store);
      for (const [lesson, steps] of Object.entries(before ?? {})) {
        const meanwhile = this.#passed[lesson]?.filter((step) => !steps.includes(step)) ?? [];
        this.#passed[lesson] = [...steps, ...meanwhile];
      }
    } catch {
      this.saved = false;
    }
  }

  #try(write: (store: UseStore | undefined) => Promise<void>): void {
    write(this.#store).catch(() => (this.saved = false));
  }
}
