import type { RegistryAuth } from '../api/registry-auth.ts';
import type { Digest } from '../lib/digest.ts';
import type { Reference } from '../lib/reference.ts';

/**
 * Registries as the machine the CLI seems to run on reaches them: `docker manifest` asks them itself, not the engine.
 * A registry that says no rejects with an Error whose `code` is the distribution specification's: `MANIFEST_UNKNOWN`.
 */
export interface CliRegistries {
  /** The manifest or index a reference names, checked against its digest. */
  manifest(reference: Reference, access: RegistryAccess): Promise<RemoteManifest>;
  /** Has the registry take a blob over from another of its repositories; false when it does not. */
  mountBlob(target: Reference, digest: Digest, from: string, access: RegistryAccess): Promise<boolean>;
  /** Puts a manifest or index under the reference's tag or digest. */
  putManifest(
    target: Reference,
    bytes: Uint8Array<ArrayBuffer>,
    mediaType: string,
    access: RegistryAccess,
  ): Promise<void>;
}

export interface RegistryAccess {
  readonly auth: RegistryAuth | undefined;
  /** Whether plain http, or a certificate nobody vouches for, will do. */
  readonly insecure: boolean;
  readonly signal: AbortSignal;
}

export interface RemoteManifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** An image's config, checked; sizes in bytes. */
  config(descriptor: { mediaType: string; digest: Digest; size: number }): Promise<Uint8Array>;
}
