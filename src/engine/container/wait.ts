import type { ContainerWait, WaitCondition } from '../../api/backend/container.ts';
import type { ContainerWaitResponse } from '../../api/container.ts';
import type { Container } from './container.ts';

/** Starts a wait; the machine's death ends it with an error. */
export function waitForContainer(
  container: Container,
  condition: WaitCondition,
  died: Promise<{ message: string }>,
): ContainerWait {
  const response = (exitCode: number): ContainerWaitResponse => ({ StatusCode: exitCode });
  const dead = died.then(({ message }): ContainerWaitResponse => ({ StatusCode: 125, Error: { Message: message } }));
  if (condition === 'not-running' && !container.running)
    return { result: Promise.resolve(response(container.exitCode)) };
  const exited = container.nextExit.then(({ exitCode }) => response(exitCode));
  if (condition !== 'removed') return { result: Promise.race([exited, dead]) };
  const removed = container.removed.promise.then(() => response(container.exitCode));
  return { result: Promise.race([removed, dead]) };
}
