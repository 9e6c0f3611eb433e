/**
 * `docker save`: images as one tar, an OCI layout with the files beside it that `docker load` of all ages reads (moby's
 * image/tarexport).
 */
import { DockerError } from '../../api/error.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, digestOf, isDigest } from '../../lib/digest.ts';
import { goJson, goMap } from '../../lib/go-json.ts';
import { type Reference, familiarName, familiarString, fullString, parseReference } from '../../lib/reference.ts';
import { encodeEntry, tarEnd, tarPadding } from '../../lib/tar/encode-entry.ts';
import { releasing } from '../container/archive/container-root.ts';
import { type Platform, platformName } from '../registry/manifest.ts';
import { type Image, createdSeconds } from './image.ts';
import type { ImageServiceContext } from './image-service.ts';
import type { ImageStore } from './image-store.ts';
import { legacyConfigs } from './legacy-config.ts';

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

/** An image with those of its names that were asked for. */
interface Wanted {
  readonly image: Image;
  readonly references: Reference[];
}

/** A file of the archive: bytes, or a layer that is read when its turn comes. */
interface ArchiveFile {
  readonly content: Uint8Array | Digest;
  /** Seconds since 1970. */
  readonly mtime: number;
}

const blobPath = (digest: Digest): string => `blobs/${digest.replace(':', '/')}`;
const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);

/** Rejects before the first byte when an image is not there. Whoever takes the tar reads it to its end, or ends it. */
export async function saveImages(
  context: Pick<ImageServiceContext, 'images' | 'events'>,
  names: readonly string[],
  platform: Platform | undefined,
): Promise<AsyncIterable<Uint8Array>> {
  const { images: store, events } = context;
  const wanted = wantedImages(store, names);
  for (const { image } of wanted) checkExportable(image, platform);
  const release = store.layers.retain(wanted.flatMap(({ image }) => image.diffIds));
  try {
    const files = await new Layout(store).build(wanted);
    for (const { image } of wanted) {
      events.publish('image', 'save', image.id, { ...image.config.Labels, name: image.id });
    }
    return releasing(packFiles(store, files), release);
  } catch (error) {
    await release();
    throw error;
  }
}

/** A name alone means all its tags. */
function wantedImages(store: ImageStore, names: readonly string[]): Wanted[] {
  const wanted = new Map<Digest, Wanted>();
  const want = (image: Image, reference?: Reference): void => {
    const references = wanted.get(image.id)?.references ?? [];
    wanted.set(image.id, { image, references });
    const isNew = reference && !references.some((other) => fullString(other) === fullString(reference));
    if (isNew && reference.digest === undefined) references.push(reference);
  };
  for (const name of names) {
    const reference = isDigest(name) || isDigest(`sha256:${name}`) ? undefined : parseReference(name);
    const isNameOnly = reference && reference.tag === undefined && reference.digest === undefined;
    const tagged = isNameOnly
      ? store.all().flatMap((image) => {
          const named = store.references(image.id).filter((one) => familiarName(one) === familiarName(reference));
          return named.map((one) => ({ image, reference: one }));
        })
      : [];
    tagged.sort((a, b) => (fullString(a.reference) < fullString(b.reference) ? -1 : 1));
    for (const found of tagged) want(found.image, found.reference);
    if (tagged.length > 0) continue;
    const isId = reference === undefined || isNameOnly || familiarName(reference) === 'sha256';
    const image = isId ? store.find(name) : store.byReference(reference);
    if (!image) throw new DockerError('not-found', isId ? `No such image: ${name}` : 'reference does not exist');
    want(image, isId ? undefined : reference);
  }
  return [...wanted.values()];
}

function checkExportable({ file, diffIds }: Image, platform: Platform | undefined): void {
  if (file.os !== 'linux') throw new DockerError('system', `os "${file.os}" is not supported`);
  const { os, architecture } = file;
  if (platform && platformName(platform) !== platformName({ os, architecture, variant: file.variant ?? undefined })) {
    throw new DockerError('system', `no suitable export target found for platform ${platformName(platform)}`);
  }
  if (diffIds.length === 0) throw new DockerError('system', 'empty export - not implemented');
}

/** The files of the archive, by path. */
class Layout {
  readonly #store: ImageStore;
  readonly #files = new Map<string, ArchiveFile>();

  constructor(store: ImageStore) {
    this.#store = store;
  }

  async build(wanted: readonly Wanted[]): Promise<Map<string, ArchiveFile>> {
    const manifests: object[] = [];
    const items: object[] = [];
    const repositories: Record<string, Record<string, string>> = {};
    for (const { image, references } of wanted) {
      const layers = await this.#addImage(image);
      const manifest = await this.#addManifest(image, layers);
      for (const reference of references) {
        const annotations = {
          'io.containerd.image.name': fullString(reference),
          'org.opencontainers.image.ref.name': reference.tag,
        };
        manifests.push({ ...manifest, annotations });
        (repositories[familiarName(reference)] ??= {})[reference.tag!] = hexOf(image.diffIds.at(-1)!);
      }
      if (manifests.length === 0) manifests.push(manifest);
      items.push({
        Config: blobPath(image.id),
        RepoTags: references.length > 0 ? references.map(familiarString) : null,
        Layers: image.diffIds.map(blobPath),
        // Of use only to whoever loads both.
        Parent: wanted.some((other) => other.image.id === image.parent) ? image.parent : undefined,
        LayerSources: goMap(Object.fromEntries(layers.map((layer) => [layer.digest, layerSource(layer)]))),
      });
    }
    const orNull = <T>(list: readonly T[]): readonly T[] | null => (list.length > 0 ? list : null);
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: orNull(manifests) };
    this.#add('index.json', goJson(index));
    this.#add('manifest.json', `${goJson(orNull(items))}\n`);
    this.#add('oci-layout', '{"imageLayoutVersion": "1.0.0"}');
    if (Object.keys(repositories).length > 0) {
      const sorted = Object.fromEntries(Object.entries(repositories).map(([name, tags]) => [name, goMap(tags)]));
      this.#add('repositories', `${goJson(goMap(sorted))}\n`);
    }
    return this.#files;
  }

  #add(path: string, text: string, mtime = 0): void {
    this.#files.set(path, { content: encodeUtf8(text), mtime });
  }

  async #addImage(image: Image): Promise<Layer[]> {
    const mtime = createdSeconds(image);
    for (const text of await legacyConfigs(image)) this.#add(blobPath(await digestOf(text)), text, mtime);
    this.#files.set(blobPath(image.id), { content: await this.#store.configBytes(image.id), mtime });
    const layers: Layer[] = [];
    for (const digest of image.diffIds) {
      this.#files.set(blobPath(digest), { content: digest, mtime });
      layers.push({ digest, size: (await this.#store.layers.open(digest)).size });
    }
    return layers;
  }

  async #addManifest(image: Image, layers: readonly Layer[]): Promise<object> {
    const config = this.#files.get(blobPath(image.id))!.content as Uint8Array;
    const text = goJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, digest: image.id, size: config.length },
      layers: layers.map(({ digest, size }) => ({ mediaType: mediaTypes.layer, digest, size })),
    });
    const digest = await digestOf(text);
    this.#add(blobPath(digest), text);
    return { mediaType: mediaTypes.manifest, digest, size: encodeUtf8(text).length };
  }
}

interface Layer {
  readonly digest: Digest;
  readonly size: number;
}

const layerSource = ({ digest, size }: Layer): object => ({
  ...{ mediaType: mediaTypes.layer, size: size || undefined, digest },
});

async function* packFiles(store: ImageStore, files: ReadonlyMap<string, ArchiveFile>): AsyncGenerator<Uint8Array> {
  const paths = [...files.keys()].sort();
  if (paths.some((path) => path.startsWith('blobs/'))) {
    const mtime = Math.max(...[...files.values()].map((file) => file.mtime));
    yield header('blobs/', 0, mtime);
    yield header('blobs/sha256/', 0, mtime);
  }
  for (const path of paths) {
    const { content, mtime } = files.get(path)!;
    if (typeof content === 'string') {
      const layer = await store.layers.open(content);
      yield header(path, layer.size, mtime);
      yield* layer.content;
      yield tarPadding(layer.size);
    } else {
      yield header(path, content.length, mtime);
      yield content;
      yield tarPadding(content.length);
    }
  }
  yield tarEnd;
}

function header(name: string, size: number, mtime: number): Uint8Array {
  const isDirectory = name.endsWith('/');
  return encodeEntry({
    ...{ name, size, mtime, linkName: '', uid: 0, gid: 0, deviceMajor: 0, deviceMinor: 0 },
    mode: isDirectory ? 0o755 : 0o644,
    type: isDirectory ? '5' : '0',
  });
}
