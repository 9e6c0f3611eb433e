import type { ImageHistoryItem } from '../../api/image.ts';
import { familiarString } from '../../lib/reference.ts';
import type { Image } from './image.ts';
import type { ImageStore } from './image-store.ts';

/** `docker history`: the steps an image was made in, the last first. Only that one is an image here. */
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
  const tags = store.references(image.id).filter(({ digest }) => digest === undefined);
  const last = items.at(-1);
  if (last) Object.assign(last, { Id: image.id, Tags: tags.length > 0 ? tags.map(familiarString) : null });
  return items.reverse();
}
