/**
 * The images that are here and the names they go by, kept in the blob store so that a reload finds them again. Engines
 * that share the blobs (tabs of a browser) have the same images and names. Policy (what may be deleted, what pull
 * prints) is in the operations beside this file.
 */
import * as z from 'zod';
import { DockerError } from '../../api/error.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, digestOf, isDigest } from '../../lib/digest.ts';
import { type Reference, familiarString, parseReference, repositoryName, withDefaultTag } from '../../lib/reference.ts';
import { formatRfc3339Nano, nowNanoseconds } from '../../lib/timestamp.ts';
import type { ImageConfig } from '../../api/image.ts';
import { type BlobStore, StoreFullError, readWhole, writeWhole } from '../layers/blob-store.ts';
import { type LayerMounts, LayerStore } from '../layers/layer-store.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { type Image, createImage, imageSize, parseConfigFile } from './image.ts';
import { DistributionRecords } from './distribution-records.ts';

const storedSchema = z.object({
  version: z.literal(1),
  images: z.array(
    z.object({
      id: z.string(),
      layerSizes: z.array(z.number()),
      parent: z.string().optional(),
      lastTagTime: z.string().optional(),
    }),
  ),
  /** Image IDs by full reference, `docker.io/library/busybox:latest` or `…@sha256:…`. */
  references: z.record(z.string(), z.string()),
});

/** Key of the list, and name of the lock under which it is changed. */
const storedKey = 'images';

/** The full reference, by which names are kept and sorted. */
const fullString = (reference: Reference): string =>
  repositoryName(reference) + (reference.digest === undefined ? `:${reference.tag}` : `@${reference.digest}`);

export interface ContainerBase {
  readonly id: Digest;
  readonly config: ImageConfig;
  readonly layers: readonly string[];
  /** Bytes in its layers. */
  readonly size: number;
  release(): Promise<void>;
}

export class ImageStore {
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  /** What containers are made of, by their IDs: their layers stay while engines come and go. */
  readonly bases = new Map<string, ContainerBase>();
  readonly #images = new Map<Digest, Image>();
  readonly #references = new Map<string, { reference: Reference; id: Digest }>();
  readonly #releases = new Map<Digest, () => Promise<void>>();
  /** The list as it was last read or written. */
  #seen = '';

  /** Where images come from. */
  readonly registry: RegistryClient;
  /** Under which digests registries have layers. */
  readonly distribution: DistributionRecords;

  private constructor(blobs: BlobStore, layers: LayerStore, registry: RegistryClient) {
    this.blobs = blobs;
    this.layers = layers;
    this.registry = registry;
    this.distribution = new DistributionRecords(blobs);
  }

  /** Opens the store with what it held before. Images whose layers are gone are forgotten, layers without image deleted. */
  static async open(blobs: BlobStore, mounts: LayerMounts, registry: RegistryClient): Promise<ImageStore> {
    const store = new ImageStore(blobs, new LayerStore(blobs, mounts), registry);
    const { sharing } = blobs;
    await sharing.exclusive(storedKey, () => store.#refresh());
    // What could not be read now is read before the next change.
    const follow = () => void sharing.exclusive(storedKey, () => store.#refresh()).catch(() => {});
    sharing.onAnnouncement(follow);
    await store.layers.sweep();
    await blobs.sweep();
    return store;
  }

  /** Takes over what others have changed. */
  async #refresh(): Promise<void> {
    const bytes = await readWhole(this.blobs, storedKey);
    const text = bytes && decodeUtf8(bytes);
    if (text === undefined || text === this.#seen) return;
    this.#seen = text;
    const parsed = storedSchema.safeParse(JSON.parse(text));
    // Written by another version of Drydock, which is no reason not to start: its images can be pulled again.
    if (!parsed.success) return;
    const { images, references } = parsed.data;
    const listed = new Set(images.map(({ id }) => id));
    const gone = this.all().filter(({ id }) => !listed.has(id));
    await Promise.all(images.map((image) => this.#loadImage(image)));
    this.#references.clear();
    for (const [text, id] of Object.entries(references)) {
      if (!isDigest(id) || !this.#images.has(id)) continue;
      this.#references.set(text, { reference: parseReference(text), id });
    }
    await Promise.all(gone.map(({ id }) => this.#forget(id)()));
    for (const { parent } of this.all()) if (parent && !this.#images.has(parent)) this.#orphan(parent);
  }

  async #loadImage({
    id,
    layerSizes,
    parent,
    lastTagTime,
  }: z.infer<typeof storedSchema>['images'][number]): Promise<void> {
    if (!isDigest(id)) return;
    const image = this.#images.get(id) ?? (await this.#readImage(id, layerSizes));
    if (!image) return;
    image.lastTagTime = lastTagTime;
    image.parent = parent !== undefined && isDigest(parent) ? parent : undefined;
  }

  async #readImage(id: Digest, layerSizes: readonly number[]): Promise<Image | undefined> {
    const bytes = await readWhole(this.blobs, id);
    if (!bytes || (await digestOf(bytes)) !== id) return undefined;
    const image = await createImage(id, parseConfigFile(bytes, id), layerSizes);
    this.#keep(image);
    const present = await Promise.all(image.diffIds.map((diffId) => this.layers.has(diffId)));
    if (present.every(Boolean)) return image;
    await this.#forget(id)();
    return undefined;
  }

  #keep(image: Image): void {
    this.#images.set(image.id, image);
    this.#releases.set(image.id, this.layers.retain(image.diffIds));
  }

  /** The function returned lets go of the image's layers. */
  #forget(id: Digest): () => Promise<void> {
    for (const [text, entry] of this.#references) if (entry.id === id) this.#references.delete(text);
    this.#images.delete(id);
    this.#orphan(id);
    const release = this.#releases.get(id);
    this.#releases.delete(id);
    return async () => release?.();
  }

  get count(): number {
    return this.#images.size;
  }

  /** All images, in no particular order. */
  all(): Image[] {
    return [...this.#images.values()];
  }

  byId(id: Digest): Image | undefined {
    return this.#images.get(id);
  }

  /** The images made of this one. */
  children(id: Digest): Image[] {
    return this.all().filter(({ parent }) => parent === id);
  }

  #orphan(id: Digest): void {
    for (const child of this.children(id)) child.parent = undefined;
  }

  /** The image a tag or digest reference names. */
  byReference(reference: Reference): Image | undefined {
    const named = this.#references.get(fullString(withDefaultTag(reference)));
    return named && this.#images.get(named.id);
  }

  /**
   * The image that `text` means: a reference, an ID or the beginning of one. Throws a DockerError: `No such image: …`,
   * or what is wrong with the reference.
   */
  get(text: string): Image {
    const id = text.startsWith('sha256:') ? text : `sha256:${text}`;
    if (isDigest(id)) {
      const image = this.#images.get(id);
      if (!image) throw new DockerError('not-found', `No such image: ${id}`);
      return image;
    }
    const reference = parseUserReference(text);
    const image = this.byReference(reference) ?? this.#byPrefix(id);
    if (!image) throw new DockerError('not-found', `No such image: ${familiarString(withDefaultTag(reference))}`);
    return image;
  }

  /** Like `get`, for those who can do without. */
  find(text: string): Image | undefined {
    try {
      return this.get(text);
    } catch {
      return undefined;
    }
  }

  /**
   * What a container is made of: its image's defaults, and its layers as directory names on the 9P server, topmost
   * first. The layers stay until `release` is called, even when the image is deleted before.
   */
  async forContainer(image: Image): Promise<ContainerBase> {
    const { lowerDirs, release } = await this.layers.acquire(image.diffIds);
    return { id: image.id, config: image.config, layers: lowerDirs, size: imageSize(image), release };
  }

  /** An ID prefix that fits several images means none of them, as in Docker. */
  #byPrefix(prefix: string): Image | undefined {
    const found = this.all().filter(({ id }) => id.startsWith(prefix));
    return found.length === 1 ? found[0] : undefined;
  }

  /** The references to an image, sorted by their full form. */
  references(id: Digest): Reference[] {
    const named = [...this.#references].filter(([, entry]) => entry.id === id);
    return named.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { reference }]) => reference);
  }

  /** Keeps an image whose layers are present. Adding it again changes nothing. */
  async add(configBytes: Uint8Array, image: Image): Promise<void> {
    if (this.#images.has(image.id)) return;
    try {
      await this.#change(async () => {
        await writeWhole(this.blobs, image.id, configBytes);
        if (!this.#images.has(image.id)) this.#keep(image);
      });
    } catch (error) {
      await this.delete(image.id).catch(() => {});
      throw error;
    }
  }

  /** Says what an image was made of. */
  async setParent(id: Digest, parent: Digest): Promise<void> {
    await this.#change(() => {
      const image = this.#images.get(id);
      if (image) image.parent = parent;
    });
  }

  /** The config file, byte for byte. */
  async configBytes(id: Digest): Promise<Uint8Array> {
    const bytes = await readWhole(this.blobs, id);
    if (!bytes) throw new DockerError('not-found', `No such image: ${id}`);
    return bytes;
  }

  /** Gives an image a name, taking it from another that had it. */
  async setReference(reference: Reference, id: Digest): Promise<void> {
    const full = withDefaultTag(reference);
    // A reference with both is kept by its digest alone, as in Docker.
    const kept = full.digest === undefined ? full : { domain: full.domain, path: full.path, digest: full.digest };
    await this.#change(() => void this.#references.set(fullString(kept), { reference: kept, id }));
  }

  /** Like `setReference`, when a person tags: inspect tells the time of that. */
  async tag(reference: Reference, id: Digest): Promise<void> {
    this.#images.get(id)!.lastTagTime = formatRfc3339Nano(nowNanoseconds());
    await this.setReference(reference, id);
  }

  async removeReference(reference: Reference): Promise<void> {
    await this.#remove(() => void this.#references.delete(fullString(withDefaultTag(reference))));
  }

  /** Forgets an image and its names. Layers that no other image or container refers to are deleted. */
  async delete(id: Digest): Promise<void> {
    await this.#remove(async () => {
      const release = this.#forget(id);
      // Before the list is written, which may need the room. An image whose files are gone is forgotten where it is read.
      await this.blobs.delete(id);
      await release();
    });
  }

  /** A change that takes something away: it must not fail because the store is full. The next change writes it, too. */
  async #remove(change: () => void | Promise<void>): Promise<void> {
    try {
      await this.#change(change);
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
    }
  }

  /** Changes the list of images, which others change, too. */
  #change(change: () => void | Promise<void>): Promise<void> {
    const { sharing } = this.blobs;
    return sharing.exclusive(storedKey, async () => {
      await this.#refresh();
      await change();
      const stored: z.infer<typeof storedSchema> = {
        version: 1,
        images: this.all().map(({ id, layerSizes, parent, lastTagTime }) => ({
          ...{ id, parent, lastTagTime },
          layerSizes: [...layerSizes],
        })),
        references: Object.fromEntries([...this.#references].map(([text, { id }]) => [text, id])),
      };
      const text = JSON.stringify(stored);
      if (text === this.#seen) return;
      await writeWhole(this.blobs, storedKey, encodeUtf8(text));
      this.#seen = text;
      sharing.announce();
    });
  }
}

/** A reference as a person wrote it, errors being theirs. */
export function parseUserReference(text: string): Reference {
  try {
    return parseReference(text);
  } catch (cause) {
    throw new DockerError('invalid-parameter', (cause as Error).message, { cause });
  }
}
