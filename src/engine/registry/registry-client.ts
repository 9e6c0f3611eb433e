/**
 * Fetches images from registries and checks everything they send against its digest. A registry's images may be had in
 * several places, which are asked in turn: of Docker Hub, the mirrors of daemon.json, then Docker Hub, then the mirrors
 * that are always there, of which the offline catalogue is one.
 */
import { DockerError } from '../../api/error.ts';
import type { ImageSearchItem } from '../../api/backend/image.ts';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import type { RegistryServiceConfig } from '../../api/system.ts';
import { digestOf } from '../../lib/digest.ts';
import type { Reference } from '../../lib/reference.ts';
import { alternativesTo } from './alternatives.ts';
import { askInTurn } from './ask-in-turn.ts';
import type { HttpRegistry } from './http-registry.ts';
import { type Descriptor, isForeign } from './manifest.ts';
import type { PushEndpoint } from './push-endpoint.ts';
import { RegistryConfig } from './registry-config.ts';
import { type RegistryEndpoint, RegistryError } from './registry-endpoint.ts';
import { RegistryMirror } from './registry-mirror.ts';
import { type RemoteBlob, firstBytes, remoteBlob, verificationFailure } from './remote-blob.ts';
import { type FoundManifest, type ResolvedImage, findAt, maxDocumentSize, resolveAt } from './resolve-image.ts';

export interface RegistryPlaces {
  /** Any registry, through the proxy; undefined where there is none. */
  readonly registries?: HttpRegistry;
  /** Mirrors of Docker Hub that are asked after it. */
  readonly lastMirrors?: readonly RegistryEndpoint[];
}

export class RegistryClient {
  readonly #registries: HttpRegistry | undefined;
  readonly #lastMirrors: readonly RegistryEndpoint[];
  #config = new RegistryConfig();
  #firstMirrors: readonly RegistryEndpoint[] = [];

  constructor({ registries, lastMirrors = [] }: RegistryPlaces) {
    this.#registries = registries;
    this.#lastMirrors = lastMirrors;
    this.configure(this.#config);
  }

  /** Takes over what daemon.json says. */
  configure(config: RegistryConfig): void {
    this.#config = config;
    this.#registries?.configure((domain) => config.isInsecure(domain));
    const registries = this.#registries;
    this.#firstMirrors = registries ? config.mirrors.map((mirror) => new RegistryMirror(registries, mirror)) : [];
  }

  /** As `GET /info` tells it. */
  info(): RegistryServiceConfig {
    return this.#config.info();
  }

  /** Throws a DockerError when there is no way to the registry. */
  pushEndpoint(domain: string): PushEndpoint {
    if (this.#registries?.serves()) return this.#registries;
    throw new DockerError(
      'unavailable',
      `Get "https://${domain}/v2/": no route to this registry without a registry proxy`,
    );
  }

  /** Repositories of a registry that have to do with a term. */
  async search(
    domain: string,
    term: string,
    limit: number,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<ImageSearchItem[]> {
    const places = this.#places(domain).filter(({ search }) => search !== undefined);
    const question = (one: RegistryEndpoint) => one.search!(domain, term, limit, auth, signal);
    return (await askInTurn(places, { domain, path: term }, signal, question)).value;
  }

  /** Finds the manifest for the guest's platform. Throws a DockerError in Docker's words. */
  async resolve(reference: Reference, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<ResolvedImage> {
    const { domain } = reference;
    const places = this.#places(domain);
    const question = (one: RegistryEndpoint) => resolveAt(one, reference, auth, signal);
    const { value, endpoint, unreachable } = await askInTurn(places, reference, signal, question);
    const own = places.find(({ mirrorName }) => mirrorName === undefined);
    const reason = own && unreachable.get(own);
    if (reason === undefined || endpoint.mirrorName === undefined) return value;
    const notice = `${domain} cannot be reached, so this is from ${endpoint.mirrorName} (${reason})`;
    return { ...value, notices: [notice, ...value.notices] };
  }

  /** The manifest or index a reference names, checked. Throws a DockerError in Docker's words. */
  async find(
    reference: Reference,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
    insecure?: boolean,
  ): Promise<FoundManifest> {
    const question = (one: RegistryEndpoint) => findAt(one, reference, { auth, insecure }, signal);
    return (await askInTurn(this.#places(reference.domain), reference, signal, question)).value;
  }

  /** All tags of a repository. */
  async tags(reference: Reference, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<string[]> {
    const question = (endpoint: RegistryEndpoint) => endpoint.tags({ ...reference, auth }, signal);
    return (await askInTurn(this.#places(reference.domain), reference, signal, question)).value;
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

  /** Where a registry's images may be, in the order in which they are asked for. */
  #places(domain: string): RegistryEndpoint[] {
    const registry = this.#registries ? [this.#registries] : [];
    const places = [...this.#firstMirrors, ...registry, ...this.#lastMirrors].filter((one) => one.serves(domain));
    if (places.length > 0) return places;
    const message = `Get "https://${domain}/v2/": no route to this registry, only Docker Hub's offline catalogue is reachable`;
    throw new DockerError('unavailable', message);
  }

  /** The image's config, checked. */
  async config(
    image: Pick<ResolvedImage, 'endpoint' | 'repository'>,
    config: Descriptor,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
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
    const blob = remoteBlob(image, layer, 'filesystem layer');
    return isForeign(layer) ? { ...blob, open: (...range) => blob.open(...range).catch(foreign(layer)) } : blob;
  }

  /** What a sentence can say of an image that is for another platform; undefined when nothing. */
  alternatives({ endpoint, repository }: ResolvedImage, signal: AbortSignal): Promise<string | undefined> {
    return alternativesTo(endpoint, repository, signal);
  }
}

/** Why a foreign layer cannot be had, where its registry has not got it. */
const foreign =
  ({ digest, mediaType }: Descriptor) =>
  (cause: unknown): never => {
    if (!(cause instanceof RegistryError)) throw cause;
    const message = `layer ${digest} is a foreign one (${mediaType}), which its registry does not have: ${cause.message}`;
    const help = 'Pull a build of this image that has all of its layers; Drydock asks registries only.';
    throw new DockerError('not-found', `${message}\n${help}`, { cause });
  };
