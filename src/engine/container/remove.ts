import type { ContainerRemoveOptions } from '../../api/backend/container.ts';
import { DockerError } from '../../api/error.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import type { EngineContext } from '../context.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { removeFiles } from './clean-up.ts';
import { killContainer } from './stop.ts';

export async function removeContainer(
  context: EngineContext,
  container: Container,
  reference: string,
  options: ContainerRemoveOptions,
): Promise<void> {
  if (options.link) throw new DockerError('not-implemented', 'rm --link: container links are not implemented in Drydock');
  if (container.running) {
    if (!options.force) {
      const advice = container.paused ? 'unpause the container before removing or force remove' : 'stop the container before removing or force remove';
      throw new DockerError('conflict', `cannot remove container "${reference}": container is ${container.status}: ${advice}`);
    }
    await killContainer(context, container, 'KILL').catch((error: unknown) => {
      // It may have ended by itself in between.
      if (container.running) throw error;
    });
  }
  await discard(context, container);
}

/** Forgets a container that does not run. Its files go too, unless the end of its run took them already. */
export async function discard(context: EngineContext, container: Container, filesRemoved = false): Promise<void> {
  await container.lifecycle.run(async () => {
    if (container.status === 'removing') {
      throw new DockerError('conflict', `removal of container ${container.name} is already in progress`);
    }
    if (container.running) throw new DockerError('conflict', `cannot remove container "${container.name}": container is running`);
    container.status = 'removing';
    if (!filesRemoved) {
      const p = new ProgramBuilder(`remove container ${container.shortId}`);
      removeFiles(p, container);
      await context.machine.channel.run(p.build());
    }
    context.containers.remove(container);
    await container.image.release();
    containerEvent(context, container, 'destroy');
    container.removed.resolve();
  });
}
