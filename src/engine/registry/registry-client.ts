/**
 * Fetches images from registry endpoints and checks everything they send against its digest. Endpoints are asked in
 * order; the offline catalogue is the last mirror.
 */
import { DockerError } from '../../api/error.ts';
import type { ImageSearchItem } from '../../api/backend/image.ts';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import { concatBytes } from '../../lib/bytes.ts';
import { type Digest, digestOf } from '../../lib/digest.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import { type Reference, familiarName, familiarString } from '../../lib/reference.ts';
import { type Descriptor, type ImageManifest, choosePlatform, parseManifest } from './manifest.ts';
import type { PushEndpoint } from './push-endpoint.ts';
import { type RemoteBlob, verificationFailure } from './remote-blob.ts';
import {
  type BlobBody,
  type RawManifest,
  type RegistryEndpoint,
  RegistryError,
  type Repository,
} from './registry-endpoint.ts';

/** The OCI specification's limit for manifests; configs are as small. */
const maxDocumentSize = 4 << 20;

export interface ResolvedImage {
  /** What the reference names: the digest of the index, where there is one. */
  digest: Digest;
  manifest: ImageManifest;
  notice?: string;
  /** Where it was, for its blobs. */
  endpoint: RegistryEndpoint;
  repository: Repository;
}

export class RegistryClient {
  readonly #endpoints: readonly RegistryEndpoint[];
  readonly #pushTo: PushEndpoint | undefined;

  /** `pushTo` is where images are pushed to; without it none can be. */
  constructor(endpoints: readonly RegistryEndpoint[], pushTo?: PushEndpoint) {
    this.#endpoints = endpoints;
    this.#pushTo = pushTo;
  }

  /** Throws a DockerError when there is no way to the registry. */
  pushEndpoint(domain: string): PushEndpoint {
    if (this.#pushTo?.serves(domain)) return this.#pushTo;
    throw new DockerError(
      'unavailable',
      `Get "https://${domain}/v2/": no route to this registry without a registry proxy`,
    );
  }

  /** Repositories of a registry that have to do with a term. */
  search(
    domain: string,
    term: string,
    limit: number,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<ImageSearchItem[]> {
    return this.#ask({ domain, path: term }, signal, (one) => one.search(domain, term, limit, auth, signal));
  }

  /** Finds the manifest for the guest's platform. Throws a DockerError in Docker's words. */
  resolve(reference: Reference, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<ResolvedImage> {
    return this.#ask(reference, signal, (endpoint) => this.#resolveAt(endpoint, reference, auth, signal));
  }

  /** All tags of a repository. */
  tags(reference: Reference, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<string[]> {
    return this.#ask(reference, signal, (endpoint) => endpoint.tags({ ...reference, auth }, signal));
  }

  /** Checks credentials with their registry, Docker Hub without an address. Throws a DockerError when it refuses them. */
  async login(auth: RegistryAuth, signal: AbortSignal): Promise<void> {
    const address = auth.serveraddress?.replace(/^https?:\/\//, '').replace(/\/.*$/, '') ?? '';
    const domain = ['', 'index.docker.io'].includes(address) ? 'docker.io' : address;
    try {
      await this.pushEndpoint(domain).check(domain, auth, signal);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const isPassword = error.message.includes('incorrect username or password');
      const message = isPassword
        ? `Get "https://${domain}/v2/": ${error.message}`
        : `login attempt to https://${domain}/v2/ failed with status: 401 Unauthorized`;
      throw new DockerError('unauthorized', error.code === 'UNAUTHORIZED' ? message : error.message);
    }
  }

  async #ask<T>(
    reference: Reference,
    signal: AbortSignal,
    question: (endpoint: RegistryEndpoint) => Promise<T>,
  ): Promise<T> {
    const endpoints = this.#endpoints.filter((endpoint) => endpoint.serves(reference.domain));
    if (endpoints.length === 0) {
      const message = `Get "https://${reference.domain}/v2/": no route to this registry, only Docker Hub's offline catalogue is reachable`;
      throw new DockerError('unavailable', message);
    }
    let failure: unknown;
    for (const endpoint of endpoints) {
      try {
        return await question(endpoint);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof DockerError) throw error;
        // A registry that says no is better worth telling than one that could not be reached.
        if (!(failure instanceof RegistryError)) failure = error;
      }
    }
    throw explain(failure, reference);
  }

  async #resolveAt(
    endpoint: RegistryEndpoint,
    { domain, path, tag = 'latest', digest }: Reference,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<ResolvedImage> {
    const repository = { domain, path, auth };
    const raw = await endpoint.manifest(repository, digest ? { digest } : { tag }, signal);
    const actual = await checkedDigest(raw, digest);
    const { notice } = raw;
    const first = parseManifest(raw.bytes);
    if ('layers' in first) return { digest: actual, manifest: first, notice, endpoint, repository };
    const chosen = choosePlatform(first);
    const inner = await endpoint.manifest(repository, { digest: chosen.digest }, signal);
    await checkedDigest(inner, chosen.digest);
    const manifest = parseManifest(inner.bytes);
    if (!('layers' in manifest)) throw new DockerError('system', 'the registry sent an index inside an index');
    return { digest: actual, manifest, notice, endpoint, repository };
  }

  /** The image's config, checked. */
  async config(image: ResolvedImage, signal: AbortSignal): Promise<Uint8Array> {
    const { config } = image.manifest;
    if (config.size > maxDocumentSize) {
      throw new DockerError('system', `image config of ${config.size} bytes is over ${maxDocumentSize}`);
    }
    const blob = remoteBlob(image, config, 'image config');
    const bytes = await firstBytes(await blob.open(0, signal), config.size + 1);
    if (bytes.length < config.size) throw new Error('unexpected EOF');
    if ((await digestOf(bytes)) !== config.digest) throw verificationFailure(blob);
    return bytes;
  }

  /** A layer's blob as it is stored. */
  layer(image: ResolvedImage, layer: Descriptor): RemoteBlob {
    return remoteBlob(image, layer, 'filesystem layer');
  }
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

/** No more than it takes to have `count`. */
async function firstBytes({ stream }: BlobBody, count: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readChunks(stream)) {
    chunks.push(chunk);
    if ((size += chunk.length) >= count) break;
  }
  await stream.cancel().catch(() => {});
  return concatBytes(chunks);
}

const remoteBlob = (image: ResolvedImage, { digest, size }: Descriptor, kind: RemoteBlob['kind']): RemoteBlob => ({
  ...{ digest, size, kind },
  open: (offset, signal) => image.endpoint.blob(image.repository, digest, offset, signal),
});

/** Docker's words for what a registry refused (moby's translatePullError), with our hint on a line of its own. */
function explain(error: unknown, reference: Reference): Error {
  if (!(error instanceof RegistryError)) {
    return new DockerError('unavailable', error instanceof Error ? error.message : String(error), { cause: error });
  }
  return new DockerError('not-found', refusal(error, reference) + (error.hint ? `\n${error.hint}` : ''), {
    cause: error,
  });
}

function refusal({ code, message }: RegistryError, reference: Reference): string {
  const name = familiarName(reference);
  switch (code) {
    case 'DENIED':
      return `pull access denied for ${name}, repository does not exist or may require 'docker login': ${message}`;
    case 'UNAUTHORIZED':
      // Docker Hub says so of repositories that are private, and of those that do not exist.
      return message.endsWith('authentication required')
        ? `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`
        : message;
    case 'NAME_UNKNOWN':
      return `repository ${name} not found: ${message}`;
    case 'MANIFEST_UNKNOWN':
      return `manifest for ${familiarString(reference)} not found: ${message}`;
    default:
      return message;
  }
}
