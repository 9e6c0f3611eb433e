// Notices a guest that no longer answers, such as one without a page of memory left, where the kernel neither panics nor
// gets anywhere. A silent guest that is asked nothing is left alone, so an idle page costs nothing.

/** How long the guest may be silent after something was sent before it is asked for a sign of life. */
const silenceBeforeAsking = 5_000;

/** How long it may take to give one. A loaded guest takes seconds; one in trouble takes for ever. */
const patience = 30_000;

/**
 * And so many turns of the emulator: in a background tab, where the browser lets it run once a second, the guest has
 * had no time to answer.
 */
const turnsToAnswer = 300;

export interface WatchdogOptions {
  /** Asks the guest for a sign of life; settles when it gives one. */
  readonly ask: () => Promise<unknown>;
  /** Turns of the emulator's main loop so far. */
  readonly turns: () => number;
  readonly onHung: () => void;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard = false;
  #asking = false;
  #stopped = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** A sign of life has been asked for and not come yet. */
  get asking(): boolean {
    return this.#asking;
  }

  /** Something was sent to the guest. */
  sent(): void {
    if (this.#timer !== undefined || this.#asking || this.#stopped) return;
    this.#heard = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (!this.#heard) void this.#ask();
    }, silenceBeforeAsking);
  }

  /** Something came from the guest. */
  received(): void {
    this.#heard = true;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const start = this.#options.turns();
    let answered = false;
    const answer = this.#options.ask().then(
      () => (answered = true),
      () => (answered = true),
    );
    do {
      await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, patience))]);
    } while (!answered && !this.#stopped && this.#options.turns() - start < turnsToAnswer);
    this.#asking = false;
    if (!answered && !this.#stopped) this.#options.onHung();
  }
}
