import type { ContainerWait, WaitCondition } from '../../api/backend/container.ts';
import type { ContainerWaitResponse } from '../../api/container.ts';
import { deferred } from '../../lib/deferred.ts';
import { onResolved } from '../../lib/on-resolved.ts';
import type { Container } from './container.ts';

/** Starts a wait, until `signal` fires; the machine's death ends it with an error. */
export function waitForContainer(
  container: Container,
  condition: WaitCondition,
  died: Promise<{ readonly message: string }>,
  signal: AbortSignal,
): ContainerWait {
  const exitCode = (code: number): ContainerWaitResponse => ({ StatusCode: code });
  if (condition === 'not-running' && !container.running)
    return { result: Promise.resolve(exitCode(container.exitCode)) };
  const { promise: result, resolve } = deferred<ContainerWaitResponse>();
  const forget = [
    onResolved(died, ({ message }) => end({ StatusCode: 125, Error: { Message: message } })),
    // Also the wait for a next run, which will not be.
    onResolved(container.removed.promise, () => end(exitCode(container.exitCode))),
    ...(condition === 'removed' ? [] : [onResolved(container.nextExit, (exit) => end(exitCode(exit.exitCode)))]),
  ];
  const stop = (): void => forget.forEach((each) => each());
  const end = (response: ContainerWaitResponse): void => {
    stop();
    resolve(response);
  };
  signal.addEventListener('abort', stop, { once: true });
  return { result };
}
