import { toBase64 } from '../../guest/base64.ts';
import type { Container } from '../container/container.ts';
import { settlesWithin } from '../container/stdio.ts';
import type { ContainerFiles } from './container-files.ts';

/** Milliseconds an operation on a container may take to end before the engine goes without it (moby: 15 seconds). */
const patience = 15_000;

/** Leaves a container to another engine: nothing of this one happens to it afterwards. */
export async function leaveContainer(container: Container, files: ContainerFiles): Promise<void> {
  container.restarts.suspend();
  await settlesWithin(container.lifecycle.close(new Error('the engine is shutting down')), patience);
  container.health?.suspend();
  container.stdio.release();
  const unfinished = await container.log?.suspend();
  const texts = [...(unfinished ?? [])].map(([stream, bytes]) => [stream, toBase64(bytes)] as const);
  await files.save(container, Object.fromEntries(texts));
}
