/** What one figure came to over its samples, in its own unit. */
export interface Spread {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly samples: number;
}

export function spread(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, minimum: sorted[0]!, maximum: sorted.at(-1)!, samples: sorted.length };
}

/** Runs `action` some times for nothing and then `count` times for its duration in milliseconds. */
export async function timed(count: number, action: () => Promise<unknown>, warmUp = 1): Promise<Spread> {
  for (let run = 0; run < warmUp; run++) await action();
  const samples: number[] = [];
  for (let run = 0; run < count; run++) {
    const start = performance.now();
    await action();
    samples.push(performance.now() - start);
  }
  return spread(samples);
}

/** Bytes of the file that is copied to learn how fast that goes. */
export const copiedBytes = 20_000_000;

/** What took so many milliseconds each, in bytes a second. */
export const perSecond = (bytes: number, { median, minimum, maximum, samples }: Spread): Spread => ({
  median: (bytes / median) * 1000,
  minimum: (bytes / maximum) * 1000,
  maximum: (bytes / minimum) * 1000,
  samples,
});
