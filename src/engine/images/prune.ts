import type { Filters } from '../../api/filters.ts';
import type { ImageDeleteItem, ImagesPruneResponse } from '../../api/image.ts';
import type { Digest } from '../../lib/digest.ts';
import { familiarString } from '../../lib/reference.ts';
import { booleanFilter, checkFilters, imageFilter } from './list.ts';
import { type RemoveContext, removeImage } from './remove.ts';

/** `docker image prune`: images without a name, or with `dangling=false` all that no container uses. */
export async function pruneImages(context: RemoveContext, filters: Filters): Promise<ImagesPruneResponse> {
  checkFilters(filters, ['dangling', 'label', 'label!', 'until']);
  const { store } = context;
  const danglingOnly = booleanFilter(filters, 'dangling') ?? true;
  const accepts = imageFilter(store, { ...filters, dangling: danglingOnly ? ['true'] : [] });
  const before = layerBytes(context);
  const deleted: ImageDeleteItem[] = [];
  for (const image of store.all().filter(accepts)) {
    // With an image go those it was made of, where nothing else needs them.
    if (!store.byId(image.id) || context.usedBy(image.id).length > 0 || store.children(image.id).length > 0) continue;
    const tags = store.references(image.id).filter(({ digest }) => digest === undefined);
    for (const text of tags.length > 0 ? tags.map(familiarString) : [image.id]) {
      deleted.push(...(await removeImage(context, text, { force: false, pruneChildren: true })));
    }
  }
  return { ImagesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: before - layerBytes(context) };
}

/** Bytes in all layers of all images, shared ones once. */
function layerBytes({ store }: RemoveContext): number {
  const sizes = new Map<Digest, number>();
  for (const { diffIds, layerSizes } of store.all())
    diffIds.forEach((diffId, at) => sizes.set(diffId, layerSizes[at]!));
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}
