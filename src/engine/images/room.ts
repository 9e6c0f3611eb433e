// What to say when the store is full: which images could go.

import { DockerError } from '../../api/error.ts';
import type { Digest } from '../../lib/digest.ts';
import { familiarString } from '../../lib/reference.ts';
import { isStoreFull } from '../layers/blob-store.ts';
import { type Image, imageSize } from './image.ts';
import type { ImageStore } from './image-store.ts';
import { humanSize } from './progress.ts';

/** Images that are proposed for removal. */
const mostProposed = 3;

/**
 * Runs what may need room in the store. When there is none, what was said (`… no space left on device`) is followed by
 * commands that make some.
 */
export async function withRoomAdvice<T>(
  store: ImageStore,
  isUsed: (id: Digest) => boolean,
  task: () => Promise<T>,
): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!isStoreFull(error)) throw error;
    throw new DockerError('system', `${(error as Error).message}\n${roomAdvice(store, isUsed)}`, { cause: error });
  }
}

function roomAdvice(store: ImageStore, isUsed: (id: Digest) => boolean): string {
  const unused = store.all().filter(({ id }) => !isUsed(id));
  const isNamed = ({ id }: Image) => store.references(id).some(({ digest }) => digest === undefined);
  const dangling = unused.filter((image) => !isNamed(image));
  const named = unused.filter(isNamed).sort((a, b) => imageSize(b) - imageSize(a));
  const proposals: [command: string, size: number][] = named
    .slice(0, mostProposed)
    .map((image) => [`docker rmi ${familiarString(store.references(image.id)[0]!)}`, imageSize(image)]);
  if (dangling.length > 0) {
    proposals.unshift(['docker image prune', dangling.reduce((sum, image) => sum + imageSize(image), 0)]);
  }
  if (proposals.length === 0) {
    return store.count > 0
      ? 'Containers use all images there are: remove those no longer needed (docker container prune), then their images.'
      : 'There is no image to remove: the image is larger than the room there is for images.';
  }
  const width = Math.max(...proposals.map(([command]) => command.length));
  const lines = proposals.map(([command, size]) => `  ${command.padEnd(width)}  up to ${humanSize(size)}`);
  return ['To make room, remove images that no container uses:', ...lines].join('\n');
}
