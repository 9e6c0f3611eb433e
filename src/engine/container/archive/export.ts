import { DockerError } from '../../../api/error.ts';
import { packDirectory } from '../../../guest/tree/pack-tree.ts';
import type { EngineContext } from '../../context.ts';
import type { Container } from '../container.ts';
import { containerEvent } from '../container-events.ts';
import { mountContainerRoot, releasing } from './container-root.ts';
import { unlessRemoved } from './removed-meanwhile.ts';

/** `docker export`: the container's file system as a tar, without what is mounted into it. */
export async function exportContainer(
  context: EngineContext,
  container: Container,
): Promise<AsyncIterable<Uint8Array>> {
  const removed = (): DockerError =>
    new DockerError('conflict', `You cannot export container ${container.id} which is being removed`);
  if (container.removalInProgress) throw removed();
  const root = await unlessRemoved(container, removed, () => mountContainerRoot(context, container));
  containerEvent(context, container, 'export');
  return releasing(packDirectory(context.machine.channel, root.path, ''), root.release);
}
