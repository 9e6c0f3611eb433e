import type { ImageHistoryItem } from '../../api/image.ts';
import { familiarString } from '../../lib/reference.ts';
import type { Image } from './image.ts';
import type { ImageStore } from './image-store.ts';

/**
 * `docker history`: the steps an image was made in, the last first. That one is the image; those before are images here
 * where the image was made of one.
 */
export function imageHistory(store: ImageStore, image: Image): ImageHistoryItem[] {
  let layer = 0;
  const items = (image.file.history ?? []).map((step): ImageHistoryItem => ({
    Comment: step.comment ?? '',
    Created: Math.floor((Date.parse(step.created ?? '') || 0) / 1000),
    CreatedBy: step.created_by ?? '',
    Id: '<missing>',
    Size: step.empty_layer ? 0 : (image.layerSizes[layer++] ?? 0),
    Tags: null,
  }));
  items.reverse();
  let made: Image | undefined = image;
  for (const item of items) {
    if (!made) break;
    const tags = store.references(made.id).filter(({ digest }) => digest === undefined);
    Object.assign(item, { Id: made.id, Tags: tags.length > 0 ? tags.map(familiarString) : null });
    made = made.parent && store.byId(made.parent);
  }
  return items;
}
