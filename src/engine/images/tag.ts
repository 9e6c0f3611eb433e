import { DockerError } from '../../api/error.ts';
import { type Reference, familiarName, familiarString } from '../../lib/reference.ts';
import type { Image } from './image.ts';
import type { ImageServiceContext } from './image-service.ts';

/** Names an image, as a person asked for it. `reference` has a tag. */
export async function tagImage(
  { images, events }: Pick<ImageServiceContext, 'images' | 'events'>,
  image: Image,
  reference: Reference,
): Promise<void> {
  checkTagName(reference);
  await images.tag(reference, image.id);
  events.publish('image', 'tag', image.id, { ...image.config.Labels, name: familiarString(reference) });
}

/** Refuses a name that reads like the beginning of an ID. */
export function checkTagName(reference: Reference): void {
  if (familiarName(reference) !== 'sha256') return;
  const message = 'refusing to create an ambiguous tag using digest algorithm as name';
  throw new DockerError('invalid-parameter', message);
}
