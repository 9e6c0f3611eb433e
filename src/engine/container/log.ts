// What a container wrote, kept as Docker's json-file driver keeps it: one entry a line, long lines in 16 KiB parts.

import { decodeUtf8 } from '../../lib/bytes.ts';
import { nowNanoseconds } from '../../lib/timestamp.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface LogEntry {
  readonly stream: OutputStream;
  readonly time: bigint;
  /** The line with its newline; a part of a long line has none. */
  readonly line: Uint8Array;
}

/** moby's copier cuts lines at this length. */
const longestLine = 16 * 1024;

/**
 * Bytes of log kept for one container when `max-size` says nothing. Docker has no such limit; a browser tab must have
 * one, or `yes` in the background would fill it.
 */
export const defaultLogLimit = 16 * 1024 * 1024;

export interface LogReadOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Entries at or after this instant. */
  readonly since?: bigint;
  /** Entries up to this instant. */
  readonly until?: bigint;
  /** The last so many of the entries in range; all when undefined. */
  readonly tail?: number;
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

/** The log of one container over all its runs. The oldest entries go when it grows past its limit. */
export class ContainerLog {
  readonly #limit: number;
  #entries: LogEntry[] = [];
  #size = 0;
  /** How many entries have been dropped from the front: positions of readers count from the very first entry. */
  #dropped = 0;
  readonly #partial = new Map<OutputStream, Uint8Array>();
  #open = false;
  readonly #waiting = new Set<() => void>();

  constructor(limit = defaultLogLimit) {
    this.#limit = limit;
  }

  /** A run starts: followers wait for more until `end`. */
  begin(): void {
    this.#open = true;
  }

  /** The run is over: what stands without a newline becomes an entry, and followers finish. */
  end(): void {
    for (const [stream, rest] of this.#partial) this.#add(stream, rest);
    this.#partial.clear();
    this.#open = false;
    this.#wake();
  }

  write(stream: OutputStream, bytes: Uint8Array): void {
    let rest = bytes;
    const before = this.#partial.get(stream);
    if (before) {
      this.#partial.delete(stream);
      rest = new Uint8Array(before.length + bytes.length);
      rest.set(before);
      rest.set(bytes, before.length);
    }
    while (rest.length > 0) {
      const newline = rest.indexOf(10);
      const length = newline < 0 ? rest.length : newline + 1;
      if (length > longestLine) {
        this.#add(stream, rest.slice(0, longestLine));
        rest = rest.subarray(longestLine);
      } else if (newline < 0) {
        this.#partial.set(stream, rest.slice());
        break;
      } else {
        this.#add(stream, rest.slice(0, length));
        rest = rest.subarray(length);
      }
    }
    this.#wake();
  }

  /** Entries in order; with `follow` also those to come until the container's run ends. */
  async *read(options: LogReadOptions): AsyncGenerator<LogEntry> {
    const wanted = (entry: LogEntry): boolean =>
      (entry.stream === 'stdout' ? options.stdout : options.stderr) &&
      (options.since === undefined || entry.time >= options.since) &&
      (options.until === undefined || entry.time <= options.until);

    let position = this.#dropped + this.#entries.length;
    const existing = this.#entries.filter(wanted);
    yield* options.tail === undefined ? existing : existing.slice(Math.max(0, existing.length - options.tail));
    if (!options.follow) return;

    while (!options.signal?.aborted) {
      position = Math.max(position, this.#dropped);
      const entry = this.#entries[position - this.#dropped];
      if (entry === undefined) {
        if (!this.#open) return;
        await this.#more(options.signal);
        continue;
      }
      position++;
      if (options.until !== undefined && entry.time > options.until) return;
      if (wanted(entry)) yield entry;
    }
  }

  /** The json-file text of an entry, as it stands in Docker's log file. */
  static toJson(entry: LogEntry, time: string): string {
    return JSON.stringify({ log: decodeUtf8(entry.line), stream: entry.stream, time });
  }

  #add(stream: OutputStream, line: Uint8Array): void {
    this.#entries.push({ stream, time: nowNanoseconds(), line });
    this.#size += line.length;
    let drop = 0;
    while (this.#size > this.#limit && drop < this.#entries.length - 1)
      this.#size -= this.#entries[drop++]!.line.length;
    // Shifting an array of a million lines one by one would be quadratic; drop in batches of a sixteenth.
    if (drop > 0) {
      drop = Math.max(drop, Math.min(this.#entries.length >> 4, this.#entries.length - 1));
      this.#entries = this.#entries.slice(drop);
      this.#dropped += drop;
      this.#size = this.#entries.reduce((total, entry) => total + entry.line.length, 0);
    }
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener('abort', done);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
