import { DockerError } from '../../api/error.ts';
import type { Reference } from '../../lib/reference.ts';
import { explain } from './refusal.ts';
import { type RegistryEndpoint, RegistryError, RegistryUnreachable } from './registry-endpoint.ts';

/** An answer, and which places could not be asked before it was given. */
interface Answer<T> {
  readonly value: T;
  readonly endpoint: RegistryEndpoint;
  readonly unreachable: ReadonlyMap<RegistryEndpoint, string>;
}

/** Asks places in turn. Those that could not be reached a moment ago come last: nobody waits for them needlessly. */
export async function askInTurn<T>(
  places: readonly RegistryEndpoint[],
  reference: Reference,
  signal: AbortSignal,
  question: (endpoint: RegistryEndpoint) => Promise<T>,
): Promise<Answer<T>> {
  const unreachable = new Map<RegistryEndpoint, string>();
  for (const place of places) {
    const reason = place.unreachable?.(reference.domain);
    if (reason !== undefined) unreachable.set(place, reason);
  }
  const inTurn = [...places.filter((place) => !unreachable.has(place)), ...unreachable.keys()];
  const failures = new Map<RegistryEndpoint, unknown>();
  for (const endpoint of inTurn) {
    try {
      return { value: await question(endpoint), endpoint, unreachable };
    } catch (error) {
      signal.throwIfAborted();
      // What the registry itself has is as it is; a mirror may be wrong.
      if (error instanceof DockerError && endpoint.mirrorName === undefined) throw error;
      if (error instanceof RegistryUnreachable) unreachable.set(endpoint, error.message);
      failures.set(endpoint, error);
    }
  }
  throw explain(mostTelling(failures), reference, hintOf(failures.values()));
}

/** The registry's own answer is better worth telling than a mirror's, and any answer better than none. */
function mostTelling(failures: ReadonlyMap<RegistryEndpoint, unknown>): unknown {
  const own = [...failures].find(([{ mirrorName }]) => mirrorName === undefined)?.[1];
  if (own instanceof RegistryError || own instanceof RegistryUnreachable) return own;
  const all = [...failures.values()];
  return all.findLast((error) => error instanceof RegistryError || error instanceof DockerError) ?? own ?? all.at(-1);
}

const hintOf = (failures: Iterable<unknown>): string | undefined =>
  [...failures].flatMap((error) => (error instanceof RegistryError && error.hint ? [error.hint] : [])).at(-1);
