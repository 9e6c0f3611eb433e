import { DockerError } from '../../api/error.ts';
import type { Digest } from '../../lib/digest.ts';
import type { BlobBody } from './registry-endpoint.ts';

/** A blob of an image where it lies in a registry. What it sends is to be held against the digest. */
export interface RemoteBlob {
  readonly digest: Digest;
  /** Bytes, as the manifest says. */
  readonly size: number;
  readonly kind: 'image config' | 'filesystem layer';
  /** Asks for the bytes from `offset` on; the answer says where they begin, which may be before. */
  open(offset: number, signal: AbortSignal): Promise<BlobBody>;
}

/** What the registry sent is something else. */
export const verificationFailure = ({ kind, digest }: RemoteBlob): DockerError =>
  new DockerError('system', `${kind} verification failed for digest ${digest}`);
