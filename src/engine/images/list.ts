import { DockerError } from '../../api/error.ts';
import type { Filters } from '../../api/filters.ts';
import type { ImageSummary } from '../../api/image.ts';
import { pathMatch } from '../../lib/path-match.ts';
import { type Reference, familiarName, familiarString } from '../../lib/reference.ts';
import { type Image, createdNanoseconds, createdSeconds, imageSize } from './image.ts';
import type { ImageStore } from './image-store.ts';

/**
 * Rows of `docker images`, the newest first; those in between, without a name of their own but with children, only where
 * `all` are wanted. Throws a DockerError for a filter Docker does not know.
 */
export function listImages(store: ImageStore, filters: Filters, all: boolean): ImageSummary[] {
  checkFilters(filters, listFilters);
  const accepts = imageFilter(store, filters);
  const images = store.all().filter((image) => accepts(image) && (all || !isIntermediate(store, image)));
  const rows = images.flatMap((image) => {
    const shown = store.references(image.id).filter((reference) => matchesReference(filters.reference, reference));
    // A reference filter that fits none of an image's names leaves the image out.
    return filters.reference?.length && shown.length === 0 ? [] : [{ image, references: shown }];
  });
  rows.sort(
    (a, b) => compare(createdNanoseconds(b.image), createdNanoseconds(a.image)) || compare(a.image.id, b.image.id),
  );
  return rows.map(({ image, references }) => ({
    Containers: -1,
    Created: createdSeconds(image),
    Id: image.id,
    Labels: image.config.Labels ?? null,
    ParentId: image.parent ?? '',
    ...names(references),
    SharedSize: -1,
    Size: imageSize(image),
  }));
}

/** Whether an image is only what others were made of. */
export const isIntermediate = (store: ImageStore, { id }: Image): boolean =>
  store.references(id).length === 0 && store.children(id).length > 0;

/** Tags and digests apart, as clients know them. */
export function names(references: readonly Reference[]): { RepoTags: string[]; RepoDigests: string[] } {
  const isTag = ({ digest }: Reference) => digest === undefined;
  return {
    RepoDigests: references.filter((reference) => !isTag(reference)).map(familiarString),
    RepoTags: references.filter(isTag).map(familiarString),
  };
}

const listFilters = ['dangling', 'label', 'label!', 'before', 'since', 'reference', 'until'];

/** Refuses unknown filters, and the one that is known but not there yet. */
export function checkFilters(filters: Filters, known: readonly string[]): void {
  for (const name of Object.keys(filters)) {
    if (!known.includes(name)) throw new DockerError('invalid-parameter', `invalid filter '${name}'`);
  }
  if (filters.until?.length) {
    throw new DockerError('not-implemented', "the filter 'until' for images is not implemented in Drydock yet");
  }
}

/** A predicate of the filters that look at an image alone, not at one of its names. */
export function imageFilter(store: ImageStore, filters: Filters): (image: Image) => boolean {
  const dangling = booleanFilter(filters, 'dangling');
  const [before, since] = [filters.before?.[0], filters.since?.[0]].map((text) =>
    text === undefined ? undefined : createdNanoseconds(store.get(text)),
  );
  const hasLabel = (image: Image, wanted: string) => {
    const [name = '', value] = splitOnce(wanted);
    const label = image.config.Labels?.[name];
    return label !== undefined && (value === undefined || label === value);
  };
  return (image) => {
    const isNameless = store.references(image.id).length === 0;
    if (dangling === true && (!isNameless || isIntermediate(store, image))) return false;
    if (dangling === false && isNameless) return false;
    if (before !== undefined && createdNanoseconds(image) >= before) return false;
    if (since !== undefined && createdNanoseconds(image) <= since) return false;
    if (!(filters.label ?? []).every((wanted) => hasLabel(image, wanted))) return false;
    return !(filters['label!'] ?? []).some((unwanted) => hasLabel(image, unwanted));
  };
}

/** The value of a filter that is true or false, in any of the forms Docker takes; undefined where it is not given. */
export function booleanFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters[name];
  if (!values?.length) return undefined;
  const isTrue = values.every((value) => value === '1' || value === 'true');
  const isFalse = values.every((value) => value === '0' || value === 'false');
  if (isTrue || isFalse) return isTrue;
  throw new DockerError('invalid-parameter', `invalid filter '${name}=[${values.join(' ')}]'`);
}

function matchesReference(patterns: readonly string[] | undefined, reference: Reference): boolean {
  if (!patterns?.length) return true;
  const shown = [familiarString(reference), familiarName(reference)];
  try {
    return patterns.some((pattern) => shown.some((name) => pathMatch(pattern, name)));
  } catch (cause) {
    throw new DockerError('invalid-parameter', (cause as Error).message, { cause });
  }
}

function splitOnce(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const compare = <T extends bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
