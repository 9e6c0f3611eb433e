import { concatBytes } from '../../lib/bytes.ts';
import { nowNanoseconds } from '../../lib/timestamp.ts';
import { type LogChunk, longestLine, type OutputStream } from './log-format.ts';

const newline = 10;

/** Output on its way to a log: cut at the ends of lines, and no more of it kept than the log has room for. */
export class PendingLines {
  #chunks: LogChunk[] = [];
  #size = 0;
  readonly #unfinished = new Map<OutputStream, Uint8Array>();
  readonly #overhead: number;

  /** @param overhead bytes that each line takes besides itself */
  constructor(overhead: number) {
    this.#overhead = overhead;
  }

  /** Bytes the lines will take in the log, or a little more. */
  get size(): number {
    return this.#size;
  }

  add(stream: OutputStream, bytes: Uint8Array): void {
    const before = this.#unfinished.get(stream);
    const all = before ? concatBytes([before, bytes]) : bytes;
    const end = all.lastIndexOf(newline) + 1;
    if (end > 0) this.#push(stream, all.slice(0, end));
    const rest = all.subarray(end);
    const parts = rest.length - (rest.length % longestLine);
    if (parts > 0) this.#push(stream, rest.slice(0, parts));
    if (parts < rest.length) this.#unfinished.set(stream, rest.slice(parts));
    else this.#unfinished.delete(stream);
  }

  /** What stands without a newline will get none. */
  finish(): void {
    for (const [stream, rest] of this.#unfinished) this.#push(stream, rest);
    this.#unfinished.clear();
  }

  /** What stands without a newline, for whoever goes on. */
  takeUnfinished(): Map<OutputStream, Uint8Array> {
    const unfinished = new Map(this.#unfinished);
    this.#unfinished.clear();
    return unfinished;
  }

  #push(stream: OutputStream, bytes: Uint8Array): void {
    let lines = 0;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] === newline) lines++;
    // Parts of long lines are entries too.
    lines += Math.floor(bytes.length / longestLine) + (bytes[bytes.length - 1] === newline ? 0 : 1);
    this.#chunks.push({ stream, time: nowNanoseconds(lines), bytes, lines });
    this.#size += this.#sizeOf(bytes.length, lines);
  }

  #sizeOf(bytes: number, lines: number): number {
    return bytes + lines * this.#overhead;
  }

  /** Takes the oldest lines out, about `size` bytes of log. */
  take(size: number): LogChunk[] {
    let count = 0;
    let taken = 0;
    while (count < this.#chunks.length && taken < size) {
      const { bytes, lines } = this.#chunks[count++]!;
      taken += this.#sizeOf(bytes.length, lines);
    }
    this.#size -= taken;
    return this.#chunks.splice(0, count);
  }

  /** Drops the oldest as long as the others are `size` bytes of log or more; whether any were. */
  dropBeyond(size: number): boolean {
    let count = 0;
    for (const { bytes, lines } of this.#chunks) {
      const left = this.#size - this.#sizeOf(bytes.length, lines);
      if (left < size) break;
      this.#size = left;
      count++;
    }
    this.#chunks.splice(0, count);
    return count > 0;
  }

  /** Drops the youngest until no more than `size` bytes are left. */
  refuseBeyond(size: number): void {
    while (this.#size > size && this.#chunks.length > 1) {
      const { bytes, lines } = this.#chunks.pop()!;
      this.#size -= this.#sizeOf(bytes.length, lines);
    }
  }
}
