import type { ImagePushOptions, ProgressReporter } from '../../api/backend/image.ts';
import { DockerError } from '../../api/error.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, createDigester, digestOf, shortId } from '../../lib/digest.ts';
import { type Reference, familiarName, familiarString, repositoryName } from '../../lib/reference.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import { BlobBuilder } from '../layers/blob-builder.ts';
import type { PushEndpoint } from '../registry/push-endpoint.ts';
import { RegistryError, type Repository } from '../registry/registry-endpoint.ts';
import type { DistributionRecord } from './distribution-records.ts';
import type { Image } from './image.ts';
import { type ImageStore, parseUserReference } from './image-store.ts';
import { layerProgress, layerStatus, sparsely } from './progress.ts';

/** moby's max-concurrent-uploads. */
const maxUploads = 5;
/** Other repositories of the registry that are asked to hand a layer over. */
const maxMounts = 4;

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const configType = 'application/vnd.docker.container.image.v1+json';
const layerType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

interface Push {
  readonly store: ImageStore;
  readonly registry: PushEndpoint;
  readonly repository: Repository;
  /** `docker.io/library/busybox` */
  readonly name: string;
  readonly report: ProgressReporter;
  readonly signal: AbortSignal;
}

/** Pushes one tag of a repository, or all there are, as an image of Docker's schema 2. Progress is worded as Docker's. */
export async function pushImage(
  store: ImageStore,
  options: ImagePushOptions,
  report: ProgressReporter,
  signal: AbortSignal,
): Promise<Reference> {
  const reference = pushReference(options);
  const { domain, path } = reference;
  const name = repositoryName(reference);
  report({ status: `The push refers to repository [${name}]` });
  const tagged = localTags(store, reference);
  if (tagged.length === 0) {
    const isKnown = reference.tag !== undefined && localTags(store, { domain, path }).length > 0;
    const message = isKnown
      ? `tag does not exist: ${familiarString(reference)}`
      : `An image does not exist locally with the tag: ${familiarName(reference)}`;
    throw new DockerError('not-found', message);
  }
  const registry = store.registry.pushEndpoint(domain);
  const push: Push = { store, registry, repository: { domain, path, auth: options.auth }, name, report, signal };
  await refused(registry.check(domain, options.auth, signal));
  for (const { tag, image } of tagged) await refused(pushTag(push, tag, image));
  return reference;
}

function pushReference({ image, tag }: ImagePushOptions): Reference {
  const reference = parseUserReference(image);
  if (reference.digest !== undefined) throw new DockerError('invalid-parameter', 'cannot push a digest reference');
  const { domain, path } = reference;
  const wanted = tag === '' ? reference.tag : tag;
  return wanted === undefined ? { domain, path } : parseUserReference(`${repositoryName(reference)}:${wanted}`);
}

function localTags(store: ImageStore, reference: Reference): { tag: string; image: Image }[] {
  const { domain, path, tag } = reference;
  if (tag !== undefined) {
    const image = store.byReference(reference);
    return image ? [{ tag, image }] : [];
  }
  const ofRepository = store.all().flatMap((image) =>
    store
      .references(image.id)
      .filter((one) => one.domain === domain && one.path === path)
      .flatMap((one) => (one.tag === undefined ? [] : [{ tag: one.tag, image }])),
  );
  return ofRepository.sort((a, b) => (a.tag < b.tag ? -1 : 1));
}

async function pushTag(push: Push, tag: string, image: Image): Promise<void> {
  const { store, registry, repository, report, signal } = push;
  const release = store.layers.retain(image.diffIds);
  try {
    const topmostFirst = image.diffIds.toReversed();
    for (const diffId of topmostFirst) report(layerStatus(shortId(diffId), 'Preparing'));
    const uploads = new Semaphore(maxUploads);
    const controller = new AbortController();
    const stop = AbortSignal.any([signal, controller.signal]);
    // Equal layers are one blob.
    const pushed = new Map<Digest, Promise<DistributionRecord>>();
    for (const diffId of new Set(topmostFirst)) {
      const waiting = () => report(layerStatus(shortId(diffId), 'Waiting'));
      const layer = uploads.run(() => pushLayer({ ...push, signal: stop }, diffId), waiting);
      layer.catch((error: unknown) => controller.abort(error));
      pushed.set(diffId, layer);
    }
    await Promise.allSettled(pushed.values());
    const layers = await Promise.all(image.diffIds.map((diffId) => pushed.get(diffId)!));
    const config = await pushConfig(push, image);
    const manifest = encodeManifest(config, layers);
    await registry.putManifest(repository, tag, manifest, manifestType, signal);
    const digest = await digestOf(manifest);
    report({ status: `${tag}: digest: ${digest} size: ${manifest.length}` });
    report({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: manifest.length } });
    const { domain, path } = repository;
    await store.setReference({ domain, path, digest }, image.id);
  } finally {
    await release();
  }
}

async function pushLayer(push: Push, diffId: Digest): Promise<DistributionRecord> {
  const { store, registry, repository, name, report, signal } = push;
  const id = shortId(diffId);
  signal.throwIfAborted();
  const known = await store.distribution.of(diffId);
  const done = async (record: DistributionRecord, status: string): Promise<DistributionRecord> => {
    await store.distribution.add(diffId, record);
    report(layerStatus(id, status));
    return record;
  };
  for (const record of known.filter((one) => one.repository === name)) {
    if (await registry.hasBlob(repository, record.digest, signal)) return done(record, 'Layer already exists');
  }
  const prefix = `${repository.domain}/`;
  const elsewhere = known.filter((one) => one.repository.startsWith(prefix) && one.repository !== name);
  for (const record of elsewhere.slice(0, maxMounts)) {
    const from = record.repository.slice(prefix.length);
    const isMounted = await registry.mountBlob(repository, record.digest, from, signal).catch(orRefused);
    if (isMounted) return done({ ...record, repository: name }, `Mounted from ${from}`);
  }
  const { blob, digest } = await compress(push, diffId);
  const record = { digest, size: blob.size, repository: name };
  if (await registry.hasBlob(repository, digest, signal)) return done(record, 'Layer already exists');
  const progress = (bytes: number) => report(layerProgress(id, 'Pushing', bytes, blob.size));
  await registry.putBlob(repository, digest, blob, sparsely(blob.size, progress), signal);
  return done(record, 'Pushed');
}

/** A registry may refuse to mount for reasons of its own; the layer is then uploaded. */
function orRefused(error: unknown): false {
  if (error instanceof RegistryError) return false;
  throw error;
}

/** The layer's tar as gzip. Its digest must be known before it is sent, so it is held meanwhile, on disk where large. */
async function compress({ store, signal }: Push, diffId: Digest): Promise<{ blob: Blob; digest: Digest }> {
  const { content } = await store.layers.open(diffId);
  const pieces = content[Symbol.asyncIterator]();
  const tar = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      signal.throwIfAborted();
      const next = await pieces.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value as Uint8Array<ArrayBuffer>);
    },
  });
  const digester = await createDigester();
  const builder = new BlobBuilder();
  const reader = tar.pipeThrough(new CompressionStream('gzip')).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    digester.update(next.value);
    builder.add(next.value);
  }
  return { blob: builder.finish(), digest: digester.digest() };
}

async function pushConfig({ store, registry, repository, signal }: Push, image: Image): Promise<DistributionRecord> {
  const bytes = (await store.configBytes(image.id)) as Uint8Array<ArrayBuffer>;
  if (!(await registry.hasBlob(repository, image.id, signal))) {
    await registry.putBlob(repository, image.id, new Blob([bytes]), () => {}, signal);
  }
  return { digest: image.id, size: bytes.length, repository: repositoryName(repository) };
}

/** As Distribution writes it, indented by three, so that the digest is the one Docker's own push gives. */
function encodeManifest(config: DistributionRecord, layers: readonly DistributionRecord[]): Uint8Array<ArrayBuffer> {
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, size: config.size, digest: config.digest },
    layers: layers.map(({ size, digest }) => ({ mediaType: layerType, size, digest })),
  };
  return encodeUtf8(JSON.stringify(manifest, undefined, 3)) as Uint8Array<ArrayBuffer>;
}

/** What a registry says is what Docker prints. */
async function refused<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const kind = error.code === 'UNAUTHORIZED' ? 'unauthorized' : error.code === 'DENIED' ? 'forbidden' : 'system';
    throw new DockerError(kind, error.message, { cause: error });
  }
}
