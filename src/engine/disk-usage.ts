// `docker system df`: what the objects of each kind take.

import type { ContainerBackend } from '../api/backend/container.ts';
import type { ImageBackend } from '../api/backend/image.ts';
import type { DiskUsageKind } from '../api/backend/system.ts';
import type { DiskUsage } from '../api/system.ts';
import type { Volume } from '../api/volume.ts';
import type { Digest } from '../lib/digest.ts';
import type { ImageStore } from './images/image-store.ts';

/** Who knows of what there is. */
export interface DiskUsageSources {
  readonly containers: Pick<ContainerBackend, 'list'>;
  readonly images: Pick<ImageBackend, 'list'>;
  readonly imageStore: Pick<ImageStore, 'all'>;
  readonly volumes: {
    /** All volumes with their `UsageData`. */
    usage(): Promise<Volume[]>;
  };
}

/** Kinds that are not asked for are null. There is no build cache, since nothing is built. */
export async function diskUsage(sources: DiskUsageSources, kinds: ReadonlySet<DiskUsageKind>): Promise<DiskUsage> {
  const { containers, images, imageStore, volumes } = sources;
  const ifWanted = async <T>(kind: DiskUsageKind, get: () => Promise<T>): Promise<T | null> =>
    kinds.has(kind) ? get() : null;
  return {
    LayersSize: kinds.has('image') ? layersSize(imageStore) : 0,
    Images: await ifWanted('image', () =>
      images.list({ all: false, filters: {}, sharedSize: true, containerCount: true }),
    ),
    Containers: await ifWanted('container', () => containers.list({ all: true, limit: 0, size: true, filters: {} })),
    Volumes: await ifWanted('volume', () => volumes.usage()),
    BuildCache: await ifWanted('build-cache', async () => []),
  };
}

/** Bytes in the layers of all images, shared ones once. */
function layersSize(images: Pick<ImageStore, 'all'>): number {
  const sizes = new Map<Digest, number>();
  for (const { chainIds, layerSizes } of images.all()) chainIds.forEach((id, at) => sizes.set(id, layerSizes[at]!));
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}
