/**
 * A least-recently-used cache of blob pieces shared by all layers, so that a read the guest repeats, or goes on with,
 * is answered at once. Blobs that are in memory anyway pass through.
 */
import type { MaybePromise } from '../../guest/p9/file-tree.ts';
import { concatBytes } from '../../lib/bytes.ts';
import type { StoredBlob } from './blob-store.ts';

/** The kernel reads ahead 128 KiB at a time and programs lie beside their libraries: one piece serves several reads. */
const pieceSize = 256 << 10;

type Piece = Uint8Array | Promise<Uint8Array>;

export class ReadCache {
  /** In order of use, the least recent first. */
  readonly #pieces = new Map<string, Piece>();
  readonly #budget: number;
  #blobs = 0;

  /** `budget` in bytes. */
  constructor(budget = 64 << 20) {
    this.#budget = Math.max(1, Math.floor(budget / pieceSize));
  }

  /** The same blob, read through the cache. */
  wrap(blob: StoredBlob): StoredBlob {
    const id = this.#blobs++;
    let expected = -1;
    return {
      size: blob.size,
      read: (offset, count) => {
        if (count === 0) return new Uint8Array(0);
        const first = Math.floor(offset / pieceSize);
        const last = Math.floor((offset + count - 1) / pieceSize);
        const pieces: Piece[] = [];
        for (let index = first; index <= last; index++) pieces.push(this.#piece(id, blob, index));
        if (offset === expected && (last + 1) * pieceSize < blob.size) {
          // Sequential: have the next piece under way. Its failure is told to whoever really reads it.
          Promise.resolve(this.#piece(id, blob, last + 1)).catch(() => {});
        }
        expected = offset + count;
        const cut = (whole: Uint8Array[]) => cutOut(whole, offset - first * pieceSize, count);
        return pieces.some((piece) => piece instanceof Promise)
          ? Promise.all(pieces.map((piece) => Promise.resolve(piece))).then(cut)
          : cut(pieces as Uint8Array[]);
      },
    };
  }

  #piece(id: number, blob: StoredBlob, index: number): Piece {
    const key = `${id}/${index}`;
    const cached = this.#pieces.get(key);
    if (cached) {
      this.#pieces.delete(key);
      this.#pieces.set(key, cached);
      return cached;
    }
    const offset = index * pieceSize;
    const read: MaybePromise<Uint8Array> = blob.read(offset, Math.min(pieceSize, blob.size - offset));
    if (!(read instanceof Promise)) return read;
    const piece = read.then(
      (bytes) => {
        if (this.#pieces.get(key) === piece) this.#pieces.set(key, bytes);
        return bytes;
      },
      (error: unknown) => {
        this.#pieces.delete(key);
        throw error;
      },
    );
    this.#pieces.set(key, piece);
    if (this.#pieces.size > this.#budget) this.#pieces.delete(this.#pieces.keys().next().value!);
    return piece;
  }
}

function cutOut(pieces: Uint8Array[], offset: number, count: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!.subarray(offset, offset + count);
  return concatBytes(pieces).subarray(offset, offset + count);
}
