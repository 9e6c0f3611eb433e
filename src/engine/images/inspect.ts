import { goContainerConfig } from '../../api/go-container-config.ts';
import type { ImageInspect } from '../../api/image.ts';
import { zeroTime } from '../../lib/timestamp.ts';
import { layersRoot } from '../runtime/paths.ts';
import { type Image, imageSize } from './image.ts';
import type { ImageStore } from './image-store.ts';
import { names } from './list.ts';

/** `docker image inspect`. The directories are those of the guest, where each layer is one of the 9P mount. */
export async function inspectImage(store: ImageStore, image: Image): Promise<ImageInspect> {
  const { file } = image;
  const [upper, ...lower] = (await store.layers.lowerDirs(image.diffIds)).map((name) => `${layersRoot}/${name}`);
  const { RepoTags, RepoDigests } = names(store.references(image.id));
  return {
    Id: image.id,
    RepoTags,
    RepoDigests,
    Parent: image.parent ?? '',
    Comment: file.comment || (file.history?.at(-1)?.comment ?? ''),
    Created: file.created ?? undefined,
    Container: file.container || undefined,
    ContainerConfig: goContainerConfig(file.container_config ?? {}),
    DockerVersion: file.docker_version ?? '',
    Author: file.author ?? '',
    Config: image.config,
    Architecture: file.architecture,
    Variant: file.variant ?? undefined,
    Os: file.os,
    Size: imageSize(image),
    GraphDriver: {
      // An image is never mounted by itself, so there is no merged and no work directory to tell.
      Data: { ...(lower.length > 0 && { LowerDir: lower.join(':') }), ...(upper !== undefined && { UpperDir: upper }) },
      Name: 'overlay2',
    },
    RootFS: { Type: 'layers', ...(image.diffIds.length > 0 && { Layers: [...image.diffIds] }) },
    Metadata: { LastTagTime: image.lastTagTime ?? zeroTime },
  };
}
