import type { ContainerCommitOptions } from '../../api/backend/container.ts';
import { DockerError } from '../../api/error.ts';
import { packLayer } from '../../guest/tree/pack-tree.ts';
import { isDigest } from '../../lib/digest.ts';
import { familiarString } from '../../lib/reference.ts';
import { formatRfc3339Nano, nowNanoseconds } from '../../lib/timestamp.ts';
import type { EngineContext } from '../context.ts';
import { applyChanges } from '../dockerfile/apply-changes.ts';
import { addNewImage, emptyLayer } from '../images/create-image.ts';
import type { Image } from '../images/image.ts';
import { tagImage } from '../images/tag.ts';
import type { HeldLayer } from '../layers/layer-store.ts';
import { overlayDirectories } from '../runtime/rootfs.ts';
import { engineVersion } from '../engine-version.ts';
import { unlessRemoved } from './archive/removed-meanwhile.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { mergeImage } from './create.ts';
import { pauseContainer, unpauseContainer } from './pause.ts';

/** `docker commit`: an image of the container's image and own layer. Resolves with its ID. */
export async function commitContainer(
  context: EngineContext,
  container: Container,
  options: ContainerCommitOptions,
): Promise<string> {
  const removed = (): DockerError =>
    new DockerError('conflict', `You cannot commit container ${container.id} which is being removed`);
  if (container.removalInProgress) throw removed();
  const pauses = options.pause && container.status === 'running';
  if (pauses) await pauseContainer(context, container);
  try {
    const config = applyChanges(structuredClone(options.config ?? container.config), options.changes);
    mergeImage(config, container.config);
    const { upper } = overlayDirectories(container.mountId, container.image.layers);
    const layer = await unlessRemoved(container, removed, () =>
      context.images.layers.register(packLayer(context.machine.channel, upper)),
    );
    const image = await addChild(context, container, layer, { ...options, config }).finally(() => layer.release());
    await finish(context, container, image, options);
    return image.id;
  } finally {
    // Somebody may have unpaused or killed it meanwhile.
    if (pauses && container.paused) await unpauseContainer(context, container);
  }
}

async function addChild(
  { images, events }: EngineContext,
  container: Container,
  layer: HeldLayer,
  { config, author, comment }: ContainerCommitOptions & { config: Container['config'] },
): Promise<Image> {
  const parentId = container.image.id;
  const parent = isDigest(parentId) ? images.byId(parentId) : undefined;
  if (!parent) throw new DockerError('not-found', `No such image: ${parentId}`);
  const isEmpty = layer.diffId === emptyLayer;
  const created = formatRfc3339Nano(nowNanoseconds());
  const { os, architecture, variant } = parent.file;
  const step = {
    ...{ created, author, comment },
    created_by: (container.config.Cmd ?? []).join(' '),
    empty_layer: isEmpty,
  };
  const image = await addNewImage(images, {
    platform: { os, architecture, variant: variant ?? undefined },
    config,
    container: { id: container.id, config: container.config },
    author,
    created,
    dockerVersion: engineVersion,
    history: [...(parent.file.history ?? []), step],
    diffIds: isEmpty ? parent.diffIds : [...parent.diffIds, layer.diffId],
  });
  events.publish('image', 'create', image.id, { ...image.config.Labels, name: image.id });
  await images.setParent(image.id, parent.id);
  return image;
}

async function finish(
  context: EngineContext,
  container: Container,
  image: Image,
  { reference, comment }: ContainerCommitOptions,
): Promise<void> {
  if (reference) await tagImage(context, image, reference);
  containerEvent(context, container, 'commit', {
    comment,
    imageID: image.id,
    imageRef: reference ? familiarString(reference) : '',
  });
}
