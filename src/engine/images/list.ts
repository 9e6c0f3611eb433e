import type { ImageListOptions } from '../../api/backend/image.ts';
import { DockerError } from '../../api/error.ts';
import type { ImageSummary } from '../../api/image.ts';
import type { Digest } from '../../lib/digest.ts';
import { pathMatch } from '../../lib/path-match.ts';
import { type Reference, familiarName, familiarString } from '../../lib/reference.ts';
import { booleanFilter, checkFilterNames, hasLabels, instant } from '../filters.ts';
import { type Image, createdNanoseconds, createdSeconds, imageSize } from './image.ts';
import type { ImageStore } from './image-store.ts';

const filterNames = ['dangling', 'label', 'before', 'since', 'reference', 'until'];

/**
 * Rows of `docker images`, the newest first; those in between, without a name of their own but with children, only where
 * `all` are wanted. `containersOf` counts an image's containers. Throws a DockerError for a filter Docker does not know.
 */
export function listImages(
  store: ImageStore,
  { filters, all, sharedSize, containerCount }: ImageListOptions,
  containersOf: (id: Digest) => number,
): ImageSummary[] {
  checkFilterNames(filters, filterNames);
  const dangling = booleanFilter(filters, 'dangling');
  const created = (text: string): bigint => createdNanoseconds(store.get(text));
  // Several values mean all of them: the oldest `before`, the newest `since`.
  const before = least([...(filters.before ?? []).map(created), ...(filters.until ?? []).map(instant)]);
  const since = greatest((filters.since ?? []).map(created));

  const rows = store.all().flatMap((image) => {
    const time = createdNanoseconds(image);
    if (before !== undefined && time >= before) return [];
    if (since !== undefined && time <= since) return [];
    if (!hasLabels(image.config.Labels, filters.label)) return [];
    const hasChildren = store.children(image.id).length > 0;
    if (dangling && hasChildren) return [];
    const references = store.references(image.id).filter((one) => matchesReference(filters.reference, one));
    if (references.length === 0) {
      // A reference filter that fits none of an image's names leaves the image out.
      if ((hasChildren && !all) || dangling === false || filters.reference) return [];
    } else if (dangling && references.some(({ digest }) => digest === undefined)) return [];
    return [{ image, references, time }];
  });
  rows.sort((a, b) => compare(b.time, a.time) || compare(a.image.id, b.image.id));
  const shared = sharedSize ? sharedSizes(store) : undefined;
  return rows.map(({ image, references }): ImageSummary => {
    const { RepoTags, RepoDigests } = names(references);
    return {
      Containers: containerCount ? containersOf(image.id) : -1,
      Created: createdSeconds(image),
      Id: image.id,
      Labels: image.config.Labels ?? null,
      ParentId: image.parent ?? '',
      RepoDigests: RepoDigests.length > 0 ? RepoDigests : null,
      RepoTags: RepoTags.length > 0 ? RepoTags : null,
      SharedSize: shared?.(image) ?? -1,
      Size: imageSize(image),
    };
  });
}

/** Tags and digests apart, as clients know them. */
export function names(references: readonly Reference[]): { RepoTags: string[]; RepoDigests: string[] } {
  const isTag = ({ digest }: Reference) => digest === undefined;
  return {
    RepoDigests: references.filter((reference) => !isTag(reference)).map(familiarString),
    RepoTags: references.filter(isTag).map(familiarString),
  };
}

/** Bytes of the layers an image has in common with others. */
function sharedSizes(store: ImageStore): (image: Image) => number {
  const users = new Map<Digest, number>();
  for (const { chainIds } of store.all()) for (const id of chainIds) users.set(id, (users.get(id) ?? 0) + 1);
  return ({ chainIds, layerSizes }) =>
    chainIds.reduce((sum, id, at) => sum + (users.get(id)! > 1 ? layerSizes[at]! : 0), 0);
}

function matchesReference(patterns: readonly string[] | undefined, reference: Reference): boolean {
  if (!patterns) return true;
  const shown = [familiarString(reference), familiarName(reference)];
  try {
    return patterns.some((pattern) => shown.some((name) => pathMatch(pattern, name)));
  } catch (cause) {
    // Docker passes path.Match's error on unmarked.
    throw new DockerError('system', (cause as Error).message, { cause });
  }
}

const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const least = (values: readonly bigint[]): bigint | undefined => [...values].sort(compare)[0];
const greatest = (values: readonly bigint[]): bigint | undefined => [...values].sort(compare).at(-1);
