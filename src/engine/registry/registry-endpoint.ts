/**
 * A place images come from: a registry behind the proxy, a mirror of Docker Hub there, or the offline catalogue, which is
 * a mirror too. Nothing an endpoint returns is trusted; the client checks digests.
 */
import type { ImageSearchItem } from '../../api/backend/image.ts';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import type { Digest } from '../../lib/digest.ts';

/** A repository and who asks for it. */
export interface Repository {
  /** Registry host, such as `docker.io`. */
  readonly domain: string;
  /** `library/busybox`. */
  readonly path: string;
  readonly auth?: RegistryAuth;
  /** Whether plain http, or a certificate nobody vouches for, will do; as the engine's configuration says without it. */
  readonly insecure?: boolean;
}

export interface RegistryEndpoint {
  /** What it is called where it answers in another's stead: `the offline catalogue`. */
  readonly mirrorName?: string;
  /** Whether it answers for a registry host. */
  serves(domain: string): boolean;
  /** Why a registry could not be reached a moment ago; undefined when it is worth asking. */
  unreachable?(domain: string): string | undefined;
  /** Throws a RegistryError when there is no such manifest. */
  manifest(
    repository: Repository,
    reference: { tag: string } | { digest: Digest },
    signal: AbortSignal,
  ): Promise<RawManifest>;
  /** The repository's tags. Throws a RegistryError when there is no such repository. */
  tags(repository: Repository, signal: AbortSignal): Promise<string[]>;
  /** Repositories that have to do with a term, the best first. */
  search?(
    domain: string,
    term: string,
    limit: number,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<ImageSearchItem[]>;
  /** The blob's bytes as they arrive, from `offset` on if the endpoint can: the answer says where they begin. */
  blob(repository: Repository, digest: Digest, offset: number, signal: AbortSignal): Promise<BlobBody>;
}

export interface RawManifest {
  bytes: Uint8Array<ArrayBuffer>;
  /** One sentence the person pulling should read, such as that the image stands in for another. */
  notice?: string;
}

export interface BlobBody {
  readonly offset: number;
  readonly stream: ReadableStream<Uint8Array>;
}

/** The body of an answer to a request for the bytes from an offset on, which a server may give whole instead. */
export function blobBody(response: Response, offset: number): BlobBody {
  return { offset: response.status === 206 ? offset : 0, stream: response.body! };
}

/** The registry, or the proxy on the way to it, did not answer. */
export class RegistryUnreachable extends Error {}

/** The registry answered, and said no. */
export class RegistryError extends Error {
  /** The OCI distribution specification's, or a registry's own: `DENIED`, `MANIFEST_UNKNOWN`. */
  readonly code: string;
  /** A sentence of help that Docker would not print. */
  readonly hint: string | undefined;

  /** `message` has the code in words before it, as Distribution's clients print it: `denied: requested access …`. */
  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = 'RegistryError';
    this.code = code;
    this.hint = hint;
  }
}
