/** Runs tasks one after another, in the order they came. A failing task does not stop the next. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  #closed: Error | undefined;

  run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Lets the tasks that came finish and refuses further ones with `error`. */
  async close(error: Error): Promise<void> {
    this.#closed ??= error;
    await this.#last;
  }
}
