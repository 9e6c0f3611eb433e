import { DockerError } from '../../api/error.ts';
import { concatBytes } from '../../lib/bytes.ts';
import type { Digest } from '../../lib/digest.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import type { Descriptor } from './manifest.ts';
import type { BlobBody, RegistryEndpoint, Repository } from './registry-endpoint.ts';

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

/** A blob at the place where its image was found. */
export const remoteBlob = (
  { endpoint, repository }: { readonly endpoint: RegistryEndpoint; readonly repository: Repository },
  { digest, size }: Descriptor,
  kind: RemoteBlob['kind'],
): RemoteBlob => ({
  ...{ digest, size, kind },
  open: (offset, signal) => endpoint.blob(repository, digest, offset, signal),
});

/** No more than it takes to have `count`. */
export async function firstBytes({ stream }: BlobBody, count: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readChunks(stream)) {
    chunks.push(chunk);
    if ((size += chunk.length) >= count) break;
  }
  await stream.cancel().catch(() => {});
  return concatBytes(chunks);
}
