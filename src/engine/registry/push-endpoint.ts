import type { RegistryAuth } from '../../api/registry-auth.ts';
import type { Digest } from '../../lib/digest.ts';
import type { Repository } from './registry-endpoint.ts';

/** A registry images can be pushed to. Rejects with a RegistryError when it says no. */
export interface PushEndpoint {
  /** Whether the registry is there and takes the credentials. */
  check(domain: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<void>;
  hasBlob(repository: Repository, digest: Digest, signal: AbortSignal): Promise<boolean>;
  /** Has the registry take the blob over from another of its repositories; false when it does not. */
  mountBlob(repository: Repository, digest: Digest, from: string, signal: AbortSignal): Promise<boolean>;
  /** `onProgress` hears the bytes that have been sent. */
  putBlob(
    repository: Repository,
    digest: Digest,
    blob: Blob,
    onProgress: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void>;
  putManifest(
    repository: Repository,
    tag: string,
    bytes: Uint8Array<ArrayBuffer>,
    mediaType: string,
    signal: AbortSignal,
  ): Promise<void>;
}
