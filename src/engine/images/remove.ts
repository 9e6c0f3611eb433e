/** `docker rmi`: when a name goes, when the image, and when neither may (moby's daemon/images/image_delete.go). */
import type { ImageDeleteOptions } from '../../api/backend/image.ts';
import { DockerError } from '../../api/error.ts';
import type { ImageDeleteItem } from '../../api/image.ts';
import { type Digest, shortId } from '../../lib/digest.ts';
import { type Reference, familiarString, repositoryName, withDefaultTag } from '../../lib/reference.ts';
import type { Image } from './image.ts';
import { imageForPlatform } from './image-platform.ts';
import { type ImageStore, parseUserReference } from './image-store.ts';

/** A container made from the image in question. */
export interface ImageUser {
  readonly id: string;
  readonly running: boolean;
}

export interface RemoveContext {
  readonly store: ImageStore;
  usedBy(imageId: Digest): readonly ImageUser[];
  publish(action: 'untag' | 'delete', imageId: Digest): void;
}

/**
 * Removes the reference `text`, or the image when `text` is an ID or its last name goes, and with `pruneChildren` those
 * it was made of that nothing else needs. Tells what was done.
 */
export async function removeImage(
  context: RemoveContext,
  text: string,
  { force, pruneChildren, platform }: ImageDeleteOptions,
): Promise<ImageDeleteItem[]> {
  const { store } = context;
  const image = imageForPlatform(store, text, platform);
  const items: ImageDeleteItem[] = [];
  const untag = untagging(context, image, items);

  if (isIdPrefix(image.id, text)) {
    if (isSingleReference(store.references(image.id))) {
      checkConflicts(context, image, { force, ignoreReferences: true });
      for (const reference of store.references(image.id)) await untag(reference);
    }
    await deleteImage(context, image, { force, pruneChildren, items });
    return items;
  }

  const user = context.usedBy(image.id)[0];
  if (!force && user && isSingleReference(store.references(image.id))) {
    const names = `container ${shortId(user.id)} is using its referenced image ${shortId(image.id)}`;
    const message = `conflict: unable to remove repository reference ${JSON.stringify(text)} (must force) - ${names}`;
    throw new DockerError('conflict', message);
  }
  const reference = withDefaultTag(parseUserReference(text));
  await untag(reference.digest === undefined ? reference : { ...reference, tag: undefined });
  if (reference.digest === undefined) await untagDigests(store, image, reference, untag);
  if (store.references(image.id).length > 0) return items;
  // The name is gone, which is enough where a container still needs the image.
  const conflict = conflictOf(context, image, { force, ignoreReferences: false });
  if (conflict === undefined) await deleteImage(context, image, { force, pruneChildren, items });
  return items;
}

type Untag = (reference: Reference) => Promise<void>;

const untagging =
  (context: RemoveContext, image: Image, items: ImageDeleteItem[]): Untag =>
  async (reference) => {
    await context.store.removeReference(reference);
    context.publish('untag', image.id);
    items.push({ Untagged: familiarString(reference) });
  };

/** With the last tag of a repository go its digests, which pulling had added. */
async function untagDigests(store: ImageStore, image: Image, removed: Reference, untag: Untag): Promise<void> {
  const name = repositoryName(removed);
  const siblings = store.references(image.id).filter((reference) => repositoryName(reference) === name);
  if (siblings.some(({ digest }) => digest === undefined)) return;
  for (const reference of siblings) await untag(reference);
}

async function deleteImage(
  context: RemoveContext,
  image: Image,
  { force, pruneChildren, items }: ImageDeleteOptions & { items: ImageDeleteItem[] },
): Promise<void> {
  const { store } = context;
  checkConflicts(context, image, { force, ignoreReferences: false });
  const untag = untagging(context, image, items);
  for (const reference of store.references(image.id)) await untag(reference);
  const parent = image.parent && store.byId(image.parent);
  const deleted = unsharedChainIds(context, image);
  await store.delete(image.id);
  context.publish('delete', image.id);
  items.push({ Deleted: image.id }, ...deleted.map((chainId) => ({ Deleted: chainId })));
  if (!pruneChildren || !parent) return;
  if (conflictOf(context, parent, { force: false, ignoreReferences: false }) !== undefined) return;
  await deleteImage(context, parent, { force: false, pruneChildren, items });
}

/** The layers (topmost first) that neither another image nor a container left over has, which go with the image. */
function unsharedChainIds({ store, usedBy }: RemoveContext, image: Image): Digest[] {
  if (usedBy(image.id).length > 0) return [];
  const others = store.all().filter(({ id }) => id !== image.id);
  const shared = new Set(others.flatMap(({ chainIds }) => chainIds));
  return image.chainIds.filter((chainId) => !shared.has(chainId)).reverse();
}

interface ConflictOptions {
  /** Ignores what may be forced: names, stopped containers. */
  force: boolean;
  ignoreReferences: boolean;
}

function checkConflicts(context: RemoveContext, image: Image, options: ConflictOptions): void {
  const conflict = conflictOf(context, image, options);
  if (conflict !== undefined) throw new DockerError('conflict', conflict);
}

function conflictOf(
  { store, usedBy }: RemoveContext,
  image: Image,
  { force, ignoreReferences }: ConflictOptions,
): string | undefined {
  const conflict = (forcing: string, reason: string) =>
    `conflict: unable to delete ${shortId(image.id)} (${forcing}) - ${reason}`;
  if (store.children(image.id).length > 0) return conflict('cannot be forced', 'image has dependent child images');
  const users = usedBy(image.id);
  const running = users.find((user) => user.running);
  if (running) return conflict('cannot be forced', `image is being used by running container ${shortId(running.id)}`);
  if (force) return undefined;
  if (!ignoreReferences && store.references(image.id).length > 0) {
    return conflict('must be forced', 'image is referenced in multiple repositories');
  }
  const stopped = users[0];
  return stopped && conflict('must be forced', `image is being used by stopped container ${shortId(stopped.id)}`);
}

const isIdPrefix = (id: Digest, text: string): boolean => id.startsWith(text) || id.startsWith(`sha256:${text}`);

/** At most one tag, and digests of its repository only. */
function isSingleReference(references: readonly Reference[]): boolean {
  if (references.length <= 1) return true;
  const tags = references.filter(({ digest }) => digest === undefined);
  if (tags.length > 1) return false;
  const digestNames = new Set(references.filter(({ digest }) => digest !== undefined).map(repositoryName));
  return digestNames.size === 1 && digestNames.has(repositoryName(tags[0] ?? references[0]!));
}
