/** Lets a fixed number of tasks run at once; others wait in the order they came. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Runs `task` when there is a place; `onWait` is called when there is none at once. */
  async run<T>(task: () => Promise<T>, onWait: () => void = () => {}): Promise<T> {
    if (this.#free > 0) {
      this.#free--;
    } else {
      onWait();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await task();
    } finally {
      // The place passes to the next in line without becoming free.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
