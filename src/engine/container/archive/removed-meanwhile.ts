import type { DockerError } from '../../../api/error.ts';
import { GuestError } from '../../../guest/results.ts';
import type { Container } from '../container.ts';

/**
 * Runs what works on a container's files. When another client's removal takes them away under it, that is what the
 * caller is told, in the words moby has for the operation, and not which call of the guest's met it.
 */
export async function unlessRemoved<T>(
  container: Container,
  removed: () => DockerError,
  operation: () => Promise<T>,
): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof GuestError && container.removalInProgress) throw removed();
    throw error;
  }
}
