import type { ImagePullOptions, ProgressReporter } from '../../api/backend/image.ts';
import { DockerError } from '../../api/error.ts';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import { type Digest, isDigest } from '../../lib/digest.ts';
import { type Reference, familiarName, familiarString, repositoryName } from '../../lib/reference.ts';
import type { ResolvedImage } from '../registry/resolve-image.ts';
import { type Image, checkRuns, createImage, parseConfigFile } from './image.ts';
import { type ImageStore, parseUserReference } from './image-store.ts';
import type { LayerTransfers } from './layer-transfers.ts';
import { checkPlatform } from './platform.ts';

/** Pulls what `options` names: one tag, one digest, or without either every tag. Progress is worded as Docker's. */
export async function pullImage(
  store: ImageStore,
  transfers: LayerTransfers,
  options: ImagePullOptions,
  report: ProgressReporter,
  signal: AbortSignal,
): Promise<Reference> {
  const reference = pullReference(options);
  if (familiarName(reference) === 'scratch') throw new DockerError('forbidden', "'scratch' is a reserved name");
  checkPlatform(options.platform, familiarString(reference));
  const named = reference.tag !== undefined || reference.digest !== undefined;
  const wanted = named
    ? [reference]
    : (await store.registry.tags(reference, options.auth, signal)).map((tag) => ({ ...reference, tag }));
  let isNew = false;
  for (const one of wanted) isNew = (await pullOne(store, transfers, one, options.auth, report, signal)) || isNew;
  const outcome = isNew ? 'Downloaded newer image' : 'Image is up to date';
  report({ status: `Status: ${outcome} for ${familiarString(reference)}` });
  return reference;
}

/** The API has the tag (or digest) apart from the name. */
function pullReference({ image, tag }: ImagePullOptions): Reference {
  const reference = parseUserReference(image);
  if (tag === '') return reference;
  const { domain, path } = reference;
  if (isDigest(tag)) return { domain, path, digest: tag };
  parseUserReference(`${path}:${tag}`);
  return { domain, path, tag };
}

/** Returns whether the reference now names another image than before. */
async function pullOne(
  store: ImageStore,
  transfers: LayerTransfers,
  reference: Reference,
  auth: RegistryAuth | undefined,
  report: ProgressReporter,
  signal: AbortSignal,
): Promise<boolean> {
  const resolved = await store.registry.resolve(reference, auth, signal);
  const shownTag = reference.digest === undefined ? reference.tag : `${repositoryName(reference)}@${reference.digest}`;
  report({ status: `Pulling from ${reference.path}`, id: shownTag });
  for (const notice of resolved.notices) report({ status: notice });

  const before = store.byReference(reference)?.id;
  const { image, release } = await bringIn(store, transfers, reference, resolved, report, signal);
  try {
    report({ status: `Digest: ${resolved.digest}` });
    const { domain, path } = reference;
    await store.setReference({ domain, path, digest: resolved.digest }, image.id);
    if (reference.digest === undefined && before !== image.id) await store.setReference(reference, image.id);
  } finally {
    await release();
  }
  return before !== image.id;
}

/** Has the image in the store. Its layers are held until `release`, by which time it should have a name. */
async function bringIn(
  store: ImageStore,
  transfers: LayerTransfers,
  reference: Reference,
  resolved: ResolvedImage,
  report: ProgressReporter,
  signal: AbortSignal,
): Promise<{ image: Image; release: () => Promise<void> }> {
  const id = resolved.manifest.config.digest;
  const present = store.byId(id);
  if (present) return { image: present, release: store.layers.retain(present.diffIds) };

  const bytes = await store.registry.config(resolved, resolved.manifest.config, signal);
  const file = parseConfigFile(bytes, familiarString(reference));
  try {
    checkRuns(file, familiarString(reference));
  } catch (error) {
    const advice = await store.registry.alternatives(resolved, signal);
    if (advice === undefined) throw error;
    throw new DockerError('not-found', `${(error as Error).message}\n${advice}`, { cause: error });
  }
  const diffIds = file.rootfs.diff_ids ?? [];
  if (diffIds.length !== resolved.manifest.layers.length) {
    throw new DockerError('system', "layers from manifest don't match image configuration");
  }
  const release = store.layers.retain(diffIds);
  try {
    await fetchLayers(store, transfers, resolved, diffIds, report, signal);
    const repository = repositoryName(reference);
    for (const [at, { mediaType, digest, size }] of resolved.manifest.layers.entries()) {
      // What is pushed is described as gzip.
      if (mediaType.endsWith('gzip')) await store.distribution.add(diffIds[at]!, { digest, size, repository });
    }
    const sizes = await Promise.all(diffIds.map((diffId) => store.layers.size(diffId)));
    const image = await createImage(id, file, sizes);
    await store.add(bytes, image);
    return { image, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** When one layer fails the others are given up, and what had come of them goes with `release`. */
async function fetchLayers(
  store: ImageStore,
  transfers: LayerTransfers,
  resolved: ResolvedImage,
  diffIds: readonly Digest[],
  report: ProgressReporter,
  signal: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  let below: Promise<unknown> = Promise.resolve();
  const fetches = resolved.manifest.layers.map((descriptor, at) => {
    const fetched = transfers.fetch(
      {
        diffId: diffIds[at]!,
        blob: store.registry.layer(resolved, descriptor),
        below,
      },
      report,
      controller.signal,
    );
    fetched.catch((error: unknown) => controller.abort(error));
    below = fetched;
    return fetched;
  });
  try {
    await Promise.all(fetches);
  } catch (error) {
    await Promise.allSettled(fetches);
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
