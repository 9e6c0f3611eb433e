import { packDirectory } from '../../../guest/tree/pack-tree.ts';
import type { EngineContext } from '../../context.ts';
import type { Container } from '../container.ts';
import { containerEvent } from '../container-events.ts';
import { mountContainerRoot, releasing } from './container-root.ts';

/** `docker export`: the container's file system as a tar, without what is mounted into it. */
export async function exportContainer(
  context: EngineContext,
  container: Container,
): Promise<AsyncIterable<Uint8Array>> {
  const root = await mountContainerRoot(context, container);
  containerEvent(context, container, 'export');
  return releasing(packDirectory(context.machine.channel, root.path, ''), root.release);
}
