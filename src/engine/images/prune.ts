import type { Filters } from '../../api/filters.ts';
import type { ImageDeleteItem, ImagesPruneResponse } from '../../api/image.ts';
import { DockerError } from '../../api/error.ts';
import { familiarString } from '../../lib/reference.ts';
import { booleanFilter, checkFilterNames, isPrunedByLabels, untilFilter } from '../filters.ts';
import { createdNanoseconds, type Image } from './image.ts';
import { discardPartialDownloads } from '../layers/partial-downloads.ts';
import { type RemoveContext, removeImage } from './remove.ts';

/**
 * `docker image prune`: images without a tag, or with `dangling=false` all that no container uses; and what is left of
 * pulls that were cut off, which Docker's engine deletes when it starts.
 */
export async function pruneImages(context: RemoveContext, filters: Filters): Promise<ImagesPruneResponse> {
  checkFilterNames(filters, ['dangling', 'label', 'label!', 'until']);
  const { store } = context;
  const danglingOnly = booleanFilter(filters, 'dangling') ?? true;
  const until = untilFilter(filters, 'system');
  const sizes = layerSizes(store.all());
  const prunable = store.all().filter((image) => {
    const isNamed = store.references(image.id).length > 0;
    if ((danglingOnly || !isNamed) && store.children(image.id).length > 0) return false;
    if (until !== undefined && createdNanoseconds(image) > until) return false;
    return isPrunedByLabels(filters, image.config.Labels);
  });

  const deleted: ImageDeleteItem[] = [];
  for (const image of prunable) {
    const references = store.references(image.id);
    if (danglingOnly && references.some(({ digest }) => digest === undefined)) continue;
    // Each name by itself, as moby does: of an image that a container uses only the last one stays.
    for (const text of references.length > 0 ? references.map(familiarString) : [image.id]) {
      try {
        deleted.push(...(await removeImage(context, text, { force: false, pruneChildren: true })));
      } catch (error) {
        // In use, or gone with a name before it.
        if (!(error instanceof DockerError)) throw error;
      }
    }
  }
  const ofImages = deleted.reduce((sum, { Deleted }) => sum + (sizes.get(Deleted) ?? 0), 0);
  const reclaimed = ofImages + (await discardPartialDownloads(store.blobs));
  return { ImagesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed };
}

/** Bytes of each layer by its chain ID. */
const layerSizes = (images: readonly Image[]): Map<string | undefined, number> =>
  new Map(images.flatMap(({ chainIds, layerSizes: sizes }) => chainIds.map((id, at) => [id, sizes[at]!] as const)));
