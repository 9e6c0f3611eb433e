import type { Digest } from '../../lib/digest.ts';
import type { HttpRegistry } from './http-registry.ts';
import type { Mirror } from './registry-config.ts';
import type { BlobBody, RawManifest, RegistryEndpoint, Repository } from './registry-endpoint.ts';

/** A registry that is asked for Docker Hub's images under the same names. Docker Hub's passwords are not sent to it. */
export class RegistryMirror implements RegistryEndpoint {
  readonly mirrorName: string;
  readonly #registries: HttpRegistry;
  readonly #mirror: Mirror;

  constructor(registries: HttpRegistry, mirror: Mirror) {
    this.mirrorName = `the mirror ${mirror.url}`;
    this.#registries = registries;
    this.#mirror = mirror;
  }

  serves(domain: string): boolean {
    return domain === 'docker.io' && this.#registries.serves();
  }

  unreachable(): string | undefined {
    return this.#registries.unreachable(this.#mirror.host);
  }

  manifest(
    repository: Repository,
    reference: { tag: string } | { digest: Digest },
    signal: AbortSignal,
  ): Promise<RawManifest> {
    return this.#registries.manifest(this.#here(repository), reference, signal);
  }

  tags(repository: Repository, signal: AbortSignal): Promise<string[]> {
    return this.#registries.tags(this.#here(repository), signal);
  }

  blob(repository: Repository, digest: Digest, offset: number, signal: AbortSignal): Promise<BlobBody> {
    return this.#registries.blob(this.#here(repository), digest, offset, signal);
  }

  #here({ path }: Repository): Repository {
    const { host, isPlain } = this.#mirror;
    return { domain: host, path, ...(isPlain && { insecure: true }) };
  }
}
