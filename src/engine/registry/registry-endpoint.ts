/**
 * A place images come from: the offline catalogue, or a real registry behind the proxy. Nothing an endpoint returns is
 * trusted; the client checks digests.
 */
import type { Digest } from '../../lib/digest.ts';

export interface RegistryEndpoint {
  /** Whether it answers for a registry host, such as `docker.io`. */
  serves(domain: string): boolean;
  /** `repository` is a path such as `library/busybox`. Throws a RegistryError when there is no such manifest. */
  manifest(
    repository: string,
    reference: { tag: string } | { digest: Digest },
    signal: AbortSignal,
  ): Promise<RawManifest>;
  /** The repository's tags. Throws a RegistryError when there is no such repository. */
  tags(repository: string, signal: AbortSignal): Promise<string[]>;
  /** The blob's bytes as they arrive. */
  blob(repository: string, digest: Digest, signal: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

export interface RawManifest {
  bytes: Uint8Array<ArrayBuffer>;
  /** One sentence the person pulling should read, such as that the image stands in for another. */
  notice?: string;
}

/** The registry answered, and said no. Codes are the OCI distribution specification's. */
export class RegistryError extends Error {
  readonly code: 'DENIED' | 'NAME_UNKNOWN' | 'MANIFEST_UNKNOWN';
  /** A sentence of help that Docker would not print. */
  readonly hint: string | undefined;

  constructor(code: RegistryError['code'], message: string, hint?: string) {
    super(message);
    this.name = 'RegistryError';
    this.code = code;
    this.hint = hint;
  }
}
