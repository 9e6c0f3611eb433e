/**
 * Tells the errors of a source of chunks from those of whoever works on them: an error that came out of `chunks` is
 * `failure` afterwards.
 */
export interface GuardedSource {
  readonly chunks: AsyncGenerator<Uint8Array>;
  readonly failure: Error | undefined;
}

export function guardSource(source: AsyncIterable<Uint8Array>): GuardedSource {
  let failure: Error | undefined;
  async function* guarded(): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      failure = error as Error;
      throw error;
    }
  }
  return {
    chunks: guarded(),
    get failure() {
      return failure;
    },
  };
}
