import type { Digest } from '../lib/digest.ts';

/** Blobs that have come through, by digest: what any anonymous client may have. */
export interface BlobCache {
  /**
   * The blob, or undefined when it cannot be kept (its size is unknown, or more than the cache holds). One that is not
   * here is fetched, once for all who ask at the same time. Rejects with what `fetch` rejects with.
   */
  open(digest: Digest, fetch: BlobFetch): Promise<CachedBlob | undefined>;
}

/** Asks for a blob from an offset on, which a registry may ignore: `offset` of the answer tells where it begins. */
export type BlobFetch = (offset: number, signal: AbortSignal) => Promise<FetchedBlob>;

export interface FetchedBlob {
  readonly offset: number;
  /** Of the whole blob, in bytes; undefined when the registry does not say. */
  readonly size: number | undefined;
  readonly body: ReadableStream<Uint8Array>;
}

export interface CachedBlob {
  readonly size: number;
  /** The bytes from `start` up to `end`, as they come in. */
  stream(start: number, end: number): ReadableStream<Uint8Array>;
}
