/** mulberry32: the same numbers for the same seed, from 0 to below 1. */
function randomNumbers(state: number): () => number {
  let at = state | 0;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let t = Math.imul(at ^ (at >>> 15), 1 | at);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One client's dice: the same throws for the same seed. */
export class Dice {
  readonly #next: () => number;

  constructor(number: number) {
    this.#next = randomNumbers(number);
  }

  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }
}
