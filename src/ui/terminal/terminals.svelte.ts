// The terminal tabs: which there are, which is in front, and typing a lesson's commands into them.

import { reducedMotion } from '../reduced-motion.ts';
import type { TerminalScreen } from './screen.ts';

/** Milliseconds between two characters of a command that is typed for somebody to watch. */
const slowest = 38;
/** No command takes longer than this in all. */
const longest = 1600;

export class TerminalTab {
  readonly number: number;
  title = $state('');
  /** The emulator, once its code has arrived. */
  screen = $state.raw<TerminalScreen>();
  /** Characters typed that wait for a shell. */
  kept = $state(0);

  constructor(number: number) {
    this.number = number;
  }
}

export class Terminals {
  tabs = $state.raw<readonly TerminalTab[]>([new TerminalTab(1)]);
  #activeNumber = $state(1);
  /** What is being typed; another command, or a key of the person's own, ends it. */
  typing = $state.raw<{ readonly source: unknown }>();

  get active(): TerminalTab {
    return this.tabs.find(({ number }) => number === this.#activeNumber) ?? this.tabs[0]!;
  }

  show(tab: TerminalTab): void {
    this.#activeNumber = tab.number;
    tab.screen?.focus();
  }

  add(): TerminalTab {
    const taken = this.tabs.map(({ number }) => number);
    let number = 1;
    while (taken.includes(number)) number++;
    return this.#open(number);
  }

  close(tab: TerminalTab): void {
    if (this.tabs.length === 1) return;
    const index = this.tabs.indexOf(tab);
    this.tabs = this.tabs.filter((one) => one !== tab);
    if (this.#activeNumber === tab.number) this.show(this.tabs[Math.max(0, index - 1)]!);
  }

  /** Only the first stays: another machine has none of the others' shells. */
  reset(): void {
    this.stop();
    this.tabs = this.tabs.slice(0, 1);
    this.#activeNumber = this.tabs[0]!.number;
  }

  /**
   * Types a text into a tab, which opens when it is not there, at human speed, Enter after each line. `source` tells
   * whose text it is. Ends early when a key is pressed there.
   */
  async type(text: string, number: number, source: unknown): Promise<void> {
    this.stop();
    const turn = { source };
    this.typing = turn;
    const tab = this.tabs.find((one) => one.number === number) ?? this.#open(number);
    this.show(tab);
    const screen = await this.#screenOf(tab);
    const stopListening = screen.onKey(() => this.stop());
    const pause = reducedMotion() ? 0 : Math.min(slowest, longest / text.length);
    for (const character of `${text}\n`) {
      if (this.typing !== turn) break;
      screen.input(character === '\n' ? '\r' : character);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause * (0.6 + 0.8 * Math.random())));
    }
    stopListening();
    if (this.typing === turn) this.typing = undefined;
  }

  async press(keys: string): Promise<void> {
    this.stop();
    const screen = await this.#screenOf(this.active);
    for (const key of keys) screen.input(key);
    screen.focus();
  }

  stop(): void {
    this.typing = undefined;
  }

  #open(number: number): TerminalTab {
    const tab = new TerminalTab(number);
    this.tabs = [...this.tabs, tab].sort((a, b) => a.number - b.number);
    this.#activeNumber = number;
    return tab;
  }

  #screenOf(tab: TerminalTab): Promise<TerminalScreen> {
    return new Promise((resolve) => {
      const stop = $effect.root(() => {
        $effect(() => {
          if (!tab.screen) return;
          resolve(tab.screen);
          queueMicrotask(() => stop());
        });
      });
    });
  }
}
