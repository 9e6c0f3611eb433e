/**
 * `docker load`: images out of an archive that `docker save` wrote (with a manifest.json, since 1.10), or out of an OCI
 * layout. An image is kept when all of it is there and has the digests it should.
 */
import * as z from 'zod';
import type { ProgressReporter } from '../../api/backend/image.ts';
import { DockerError } from '../../api/error.ts';
import { type Digest, digestOf, isDigest, shortId } from '../../lib/digest.ts';
import { type Reference, familiarString, parseReference } from '../../lib/reference.ts';
import { type Platform, parseManifest, platformName } from '../registry/manifest.ts';
import { addImage } from './create-image.ts';
import { type Image, type ImageConfigFile, parseConfigFile } from './image.ts';
import type { ImageServiceContext } from './image-service.ts';
import { LoadArchive } from './load-archive.ts';
import { layerProgress, sparsely } from './progress.ts';

const manifestSchema = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).nullish(),
    Parent: z.string().optional(),
  }),
);

/** An image as the archive's manifest has it: paths of its files, and its names. */
interface Item {
  readonly config: string;
  readonly layers: readonly string[];
  readonly tags: readonly string[];
  readonly parent?: string;
}

export interface LoadOptions {
  /** Images for other platforms are passed over. */
  readonly platform?: Platform;
  /** Without progress. */
  readonly quiet: boolean;
}

type Context = Pick<ImageServiceContext, 'images' | 'events'>;

export async function loadImages(
  context: Context,
  source: AsyncIterable<Uint8Array>,
  options: LoadOptions,
  report: ProgressReporter,
): Promise<void> {
  const shown = new Set<Digest>();
  const archive = await LoadArchive.read(source, context.images.layers, layerReporter(shown, options, report));
  try {
    const loaded: { image: Image; parent?: string; names: number }[] = [];
    for (const item of itemsOf(archive)) {
      const image = await loadImage(context, archive, item, options);
      if (!image) continue;
      for (const text of item.tags) await nameImage(context, image, text, report);
      context.events.publish('image', 'load', image.id, { ...image.config.Labels, name: image.id });
      loaded.push({ image, parent: item.parent, names: item.tags.length });
    }
    for (const { image, parent } of loaded) {
      const found = loaded.find((other) => other.image.id === parent && other.image.id !== image.id);
      if (found) await setParent(context, image, found.image);
    }
    // As in Docker, IDs are told where the last image has no name.
    if ((loaded.at(-1)?.names ?? 0) > 0) return;
    for (const { image } of loaded) report({ stream: `Loaded image ID: ${image.id}\n` });
  } finally {
    await archive.release();
  }
}

function layerReporter(shown: Set<Digest>, { quiet }: LoadOptions, report: ProgressReporter) {
  let reporter: ((bytes: number) => void) | undefined;
  return (digest: Digest, current: number, total: number): void => {
    if (quiet) return;
    if (!shown.has(digest) || !reporter) {
      shown.add(digest);
      reporter = sparsely(total, (bytes) => report(layerProgress(shortId(digest), 'Loading layer', bytes, total)));
    }
    reporter(Math.min(current, total));
  };
}

function itemsOf(archive: LoadArchive): Item[] {
  if (archive.has('manifest.json')) return dockerItems(archive);
  if (archive.has('index.json')) return layoutItems(archive, 'index.json');
  const [directory] = archive.directories;
  // Docker looks for the format of before 1.10 then: a directory a layer, and a file of names.
  archive.bytes(directory === undefined ? 'repositories' : `${directory}/json`);
  const old = 'the archive is of Docker before 1.10, whose format is not supported: save it again with a newer one';
  throw new DockerError('not-implemented', old);
}

function dockerItems(archive: LoadArchive): Item[] {
  const json = archive.json('manifest.json');
  if (json === null) {
    throw new DockerError('system', 'invalid manifest, manifest cannot be null (but can be [])');
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new DockerError('system', `invalid manifest, ${path.join('.')}: ${message}`);
  }
  return parsed.data.map(({ Config, RepoTags, Layers, Parent }) => ({
    ...{ config: Config, layers: Layers ?? [], tags: RepoTags ?? [], parent: Parent },
  }));
}

const blobPath = (digest: Digest): string => `blobs/${digest.replace(':', '/')}`;

const annotated = z.object({ annotations: z.record(z.string(), z.string()).nullish() });

/** The images of an OCI layout's index, and of those it lists. */
function layoutItems(archive: LoadArchive, path: string): Item[] {
  const document = parseManifest(archive.bytes(path), path);
  if (!('manifests' in document)) {
    const { config, layers } = document;
    return [{ config: blobPath(config.digest), layers: layers.map(({ digest }) => blobPath(digest)), tags: [] }];
  }
  const { manifests } = archive.json(path) as { manifests: unknown[] };
  return document.manifests.flatMap(({ digest, platform }, at) => {
    // Attestations are listed as unknown/unknown; manifests of other platforms are often left out of an archive.
    if (platform?.os === 'unknown' || !archive.has(blobPath(digest))) return [];
    const { annotations } = annotated.parse(manifests[at]);
    const name = annotations?.['io.containerd.image.name'] ?? annotations?.['org.opencontainers.image.ref.name'];
    return layoutItems(archive, blobPath(digest)).map((item) => ({ ...item, tags: tagsOf(name) }));
  });
}

/** A layout's names may be anything; `latest` alone names no repository. */
function tagsOf(name: string | undefined): string[] {
  if (!name?.includes(':')) return [];
  try {
    return [familiarString(parseReference(name))];
  } catch {
    return [];
  }
}

/** Undefined for an image of another platform than the one asked for. */
async function loadImage(
  { images: store }: Context,
  archive: LoadArchive,
  item: Item,
  { platform }: LoadOptions,
): Promise<Image | undefined> {
  const bytes = archive.bytes(item.config);
  const file = parseConfigFile(bytes, item.config);
  if (file.os !== 'linux') throw new DockerError('system', `cannot load ${file.os} image on linux`);
  if (platform && !isFor(platform, file)) return undefined;
  const named = item.config.split('/');
  const digest = `sha256:${named.at(-1)}`;
  if (named[0] === 'blobs' && isDigest(digest) && (await digestOf(bytes)) !== digest) {
    throw new DockerError('system', `invalid config ${digest}: its digest is ${await digestOf(bytes)}`);
  }
  const diffIds = file.rootfs.diff_ids ?? [];
  if (item.layers.length !== diffIds.length) {
    const counts = `expected ${item.layers.length}, got ${diffIds.length}`;
    throw new DockerError('system', `invalid manifest, layers length mismatch: ${counts}`);
  }
  const release = store.layers.retain(diffIds);
  try {
    for (const [at, diffId] of diffIds.entries()) {
      const path = item.layers[at]!;
      // What is here need not be in the archive.
      if (!archive.has(path) && (await store.layers.has(diffId))) continue;
      const actual = await archive.layer(path);
      if (actual === diffId) continue;
      const difference = `expected ${JSON.stringify(diffId)}, got ${JSON.stringify(actual)}`;
      throw new DockerError('system', `invalid diffID for layer ${at}: ${difference}`);
    }
    return await addImage(store, bytes);
  } finally {
    await release();
  }
}

function isFor(platform: Platform, { os, architecture, variant }: ImageConfigFile): boolean {
  return platformName(platform) === platformName({ os, architecture, variant: variant ?? undefined });
}

async function nameImage(
  { images: store }: Context,
  image: Image,
  text: string,
  report: ProgressReporter,
): Promise<void> {
  const reference = loadedReference(text);
  const before = store.byReference(reference);
  const name = familiarString(reference);
  if (before && before.id !== image.id) {
    const renaming = `renaming the old one with ID ${before.id} to empty string`;
    report({ stream: `The image ${name} already exists, ${renaming}\n` });
  }
  await store.setReference(reference, image.id);
  report({ stream: `Loaded image: ${name}\n` });
}

function loadedReference(text: string): Reference {
  let reference: Reference;
  try {
    reference = parseReference(text);
  } catch (cause) {
    throw new DockerError('system', (cause as Error).message, { cause });
  }
  if (reference.tag === undefined) throw new DockerError('system', `invalid tag ${JSON.stringify(text)}`);
  return reference;
}

async function setParent({ images: store }: Context, image: Image, parent: Image): Promise<void> {
  const [history, before] = [image.file.history ?? [], parent.file.history ?? []];
  const isChild = history.length === before.length + 1 && before.every((step, at) => isSame(step, history[at]));
  if (!isChild && history.length + before.length > 0) {
    throw new DockerError('system', `image ${parent.id} is not a valid parent for ${image.id}`);
  }
  await store.setParent(image.id, parent.id);
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
