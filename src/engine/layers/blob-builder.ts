/**
 * Collects a stream into one Blob. Browsers keep large Blobs on disk, outside the heap, but only once they are Blobs:
 * so chunks are folded in every few megabytes.
 */
const foldAt = 4 << 20;

export class BlobBuilder {
  #blob = new Blob([]);
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #chunksSize = 0;

  /** The chunk may be reused afterwards. */
  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk.slice());
    this.#chunksSize += chunk.length;
    if (this.#chunksSize >= foldAt) this.#fold();
  }

  #fold(): void {
    this.#blob = new Blob([this.#blob, ...this.#chunks]);
    this.#chunks = [];
    this.#chunksSize = 0;
  }

  finish(): Blob {
    this.#fold();
    return this.#blob;
  }
}
