/**
 * One layer's blob on its way in: first what an earlier try has left in the store, then the registry's bytes from there
 * on. Every byte goes into the digest and is kept until the layer is in place, so that an interruption costs nothing.
 */
import { DockerError } from '../../api/error.ts';
import { type Digester, createDigester } from '../../lib/digest.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import type { BlobStore } from '../layers/blob-store.ts';
import { PartialDownload } from '../layers/partial-downloads.ts';
import { type RemoteBlob, verificationFailure } from '../registry/remote-blob.ts';

export class LayerDownload {
  readonly #blob: RemoteBlob;
  readonly #partial: PartialDownload;
  #digester: Digester | undefined;
  #received = 0;
  #isVerified = false;

  constructor(blobs: BlobStore, blob: RemoteBlob) {
    this.#blob = blob;
    this.#partial = new PartialDownload(blobs, blob.digest, blob.size);
  }

  /** How many bytes are here. */
  get received(): number {
    return this.#received;
  }

  /**
   * The blob's bytes, at the first call those of earlier tries before. Called again it goes on after the last one given.
   * Throws an Error where the connection breaks, which another call may mend, and a DockerError when the blob is not
   * the one its digest names.
   */
  async *chunks(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (this.#isVerified) return;
    if (!this.#digester) {
      this.#digester = await createDigester();
      for await (const chunk of this.#partial.read()) {
        signal.throwIfAborted();
        this.#take(chunk);
        yield chunk;
      }
    }
    if (this.#received < this.#blob.size) yield* this.#fetch(signal);
    if (this.#digester.digest() !== this.#blob.digest) throw verificationFailure(this.#blob);
    this.#isVerified = true;
  }

  async *#fetch(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { offset, stream } = await this.#blob.open(this.#received, signal);
    try {
      if (offset > this.#received) throw new Error(`the registry began at byte ${offset}`);
      // A server may send the whole, whatever part was asked for.
      let known = this.#received - offset;
      for await (const chunk of readChunks(stream)) {
        signal.throwIfAborted();
        const fresh = chunk.subarray(Math.min(known, chunk.length));
        known -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        this.#take(fresh);
        await this.#partial.add(fresh);
        yield fresh;
      }
    } finally {
      await stream.cancel().catch(() => {});
    }
    // Short of bytes: the connection broke off.
    if (this.#received < this.#blob.size) throw new Error('unexpected EOF');
  }

  #take(chunk: Uint8Array): void {
    this.#received += chunk.length;
    if (this.#received > this.#blob.size) {
      const { message } = verificationFailure(this.#blob);
      throw new DockerError('system', `${message}: more than the ${this.#blob.size} bytes announced`);
    }
    this.#digester!.update(chunk);
  }

  /** Keeps what is here for another try. */
  keep(): Promise<void> {
    return this.#partial.keep();
  }

  /** Keeps nothing. */
  discard(): Promise<void> {
    return this.#partial.discard();
  }
}
