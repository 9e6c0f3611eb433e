import type { ContainerRemoveOptions } from '../../api/backend/container.ts';
import { DockerError } from '../../api/error.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import type { EngineContext } from '../context.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { removeFiles } from './clean-up.ts';
import { removeLink } from './links.ts';
import { killContainer } from './stop.ts';
import { removeAnonymousVolumes } from './volumes.ts';

export async function removeContainer(
  context: EngineContext,
  container: Container,
  reference: string,
  options: ContainerRemoveOptions,
): Promise<void> {
  if (options.link) {
    await removeLink(context, container, reference);
    return;
  }
  if (container.running && !options.force) {
    const reason = container.paused
      ? 'container is paused and must be unpaused first'
      : `container is ${container.status}: stop the container before removing or force remove`;
    throw new DockerError('conflict', `cannot remove container "${reference}": ${reason}`);
  }
  // From here on `--rm` leaves the removal to us.
  if (!container.claimRemoval()) {
    throw new DockerError('conflict', `removal of container ${reference} is already in progress`);
  }
  try {
    await end(context, container);
    await discardContainer(context, container, { filesRemoved: false, volumes: options.volumes });
  } catch (error) {
    container.removalInProgress = false;
    throw error;
  }
}

/** Ends the container if it runs. */
async function end(context: EngineContext, container: Container): Promise<void> {
  if (container.running) {
    await killContainer(context, container, 'KILL').catch((error: unknown) => {
      // It may have ended by itself in between.
      if (container.running) throw error;
    });
  }
}

/**
 * Forgets a container that does not run, for whoever has claimed its removal. Its files go too, unless the end of its run
 * took them already, and on request the volumes that have no name of their own.
 */
export async function discardContainer(
  context: EngineContext,
  container: Container,
  { filesRemoved, volumes = true }: { readonly filesRemoved: boolean; readonly volumes?: boolean },
): Promise<void> {
  await container.lifecycle.run(async () => {
    if (container.running)
      throw new DockerError('conflict', `cannot remove container "${container.name}": container is running`);
    container.status = 'removing';
    if (!filesRemoved) {
      const p = new ProgramBuilder(`remove container ${container.shortId}`);
      removeFiles(p, container);
      await context.machine.channel.run(p.build());
    }
    if (volumes) await removeAnonymousVolumes(context, container);
    context.containers.remove(container);
    context.execs.forget(container, 'all');
    context.images.bases.delete(container.id);
    await container.image.release();
    containerEvent(context, container, 'destroy');
    container.removed.resolve();
  });
}
