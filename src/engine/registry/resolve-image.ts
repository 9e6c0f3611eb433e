/** From a reference to the manifest that runs here, at one place. */
import { DockerError } from '../../api/error.ts';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import { type Digest, digestOf } from '../../lib/digest.ts';
import { type Reference, familiarName, familiarString, fullString } from '../../lib/reference.ts';
import { alternativesTo, lastTagFor } from './alternatives.ts';
import {
  type ImageIndex,
  type ImageManifest,
  checkIsImage,
  choosePlatform,
  guestPlatform,
  parseManifest,
  platformName,
  platformNames,
} from './manifest.ts';
import type { RawManifest, RegistryEndpoint, Repository } from './registry-endpoint.ts';

/** The OCI specification's limit for manifests; configs are as small. */
export const maxDocumentSize = 4 << 20;
/** How deep indexes may lie in each other. */
const maxIndexDepth = 3;

export interface ResolvedImage {
  /** What the reference names: the digest of the index, where there is one. */
  digest: Digest;
  manifest: ImageManifest;
  /** Sentences for whoever pulls: what is other than they may think. */
  notices: readonly string[];
  /** Where it was, for its blobs. */
  endpoint: RegistryEndpoint;
  repository: Repository;
}

/** What a reference names, before a platform is chosen. */
export interface FoundManifest {
  readonly raw: RawManifest;
  readonly digest: Digest;
  readonly parsed: ImageIndex | ImageManifest;
  readonly endpoint: RegistryEndpoint;
  readonly repository: Repository;
}

/** The manifest or index a reference names at one place, checked. */
export async function findAt(
  endpoint: RegistryEndpoint,
  reference: Reference,
  { auth, insecure }: Pick<Repository, 'auth' | 'insecure'>,
  signal: AbortSignal,
): Promise<FoundManifest> {
  const { domain, path, tag = 'latest', digest: wanted } = reference;
  const repository = { domain, path, auth, ...(insecure !== undefined && { insecure }) };
  const raw = await endpoint.manifest(repository, wanted ? { digest: wanted } : { tag }, signal);
  const digest = await checkedDigest(raw, wanted);
  return { raw, digest, parsed: parseManifest(raw.bytes, fullString(reference)), endpoint, repository };
}

/** What a reference means on the guest's platform. Throws a DockerError that says what there is instead. */
export async function resolveAt(
  endpoint: RegistryEndpoint,
  reference: Reference,
  auth: RegistryAuth | undefined,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const found = await findAt(endpoint, reference, { auth }, signal);
  const { raw, digest, repository } = found;
  const manifest = await manifestForGuest(found, reference, signal);
  if (manifest) return { digest, manifest, notices: raw.notice ? [raw.notice] : [], endpoint, repository };
  const wanted = platformName(guestPlatform);
  const names = platformNames(found.parsed as ImageIndex);
  const last = lastTagFor(reference);
  if (last !== undefined) {
    const resolved = await resolveAt(endpoint, { ...reference, tag: last }, auth, signal);
    const name = familiarName(reference);
    const notice = `${familiarString(reference)} is not published for ${wanted} any more: using ${name}:${last}, the newest that is`;
    return { ...resolved, notices: [notice, ...resolved.notices] };
  }
  const there = names.length > 0 ? `the image has ${names.join(', ')}` : 'the index is empty';
  const message = `no matching manifest for ${wanted} in the manifest list entries: ${there}; this machine runs ${wanted} only`;
  const advice = await alternativesTo(endpoint, repository, signal);
  throw new DockerError('not-found', advice === undefined ? message : `${message}\n${advice}`);
}

/** The manifest itself, or the one of an index (or of an index in it) for the guest; undefined when there is none. */
async function manifestForGuest(
  { parsed, endpoint, repository }: FoundManifest,
  reference: Reference,
  signal: AbortSignal,
): Promise<ImageManifest | undefined> {
  let inner = parsed;
  for (let depth = 0; 'manifests' in inner; depth++) {
    if (depth === maxIndexDepth)
      throw new DockerError('system', `more than ${maxIndexDepth} indexes inside each other`);
    const chosen = choosePlatform(inner);
    if (!chosen) return undefined;
    const raw = await endpoint.manifest(repository, { digest: chosen.digest }, signal);
    await checkedDigest(raw, chosen.digest);
    inner = parseManifest(raw.bytes, fullString(reference));
  }
  checkIsImage(inner);
  return inner;
}

async function checkedDigest({ bytes }: RawManifest, expected: Digest | undefined): Promise<Digest> {
  if (bytes.length > maxDocumentSize) {
    throw new DockerError('system', `manifest of ${bytes.length} bytes is over ${maxDocumentSize}`);
  }
  const actual = await digestOf(bytes);
  if (expected !== undefined && actual !== expected) {
    throw new DockerError('system', `manifest verification failed for digest ${expected}`);
  }
  return actual;
}
