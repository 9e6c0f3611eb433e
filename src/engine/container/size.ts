// What `docker ps -s` shows: how much a container has written, and how much it has in all.

import type { Channel } from '../../guest/channel.ts';
import { treeSizes } from '../../guest/tree/tree-sizes.ts';
import { overlayDirectories } from '../runtime/rootfs.ts';
import type { Container } from './container.ts';

/** Bytes. */
export interface ContainerSize {
  /** In the container's own layer. */
  readonly SizeRw: number;
  /** The same and its image. */
  readonly SizeRootFs: number;
}

/** The sizes of containers, in their order, measured in the guest together. */
export async function containerSizes(channel: Channel, containers: readonly Container[]): Promise<ContainerSize[]> {
  const layers = containers.map(({ mountId, image }) => overlayDirectories(mountId, image.layers).upper);
  const sizes = await treeSizes(channel, layers);
  return containers.map(({ image }, at) => ({ SizeRw: sizes[at]!, SizeRootFs: sizes[at]! + image.size }));
}
