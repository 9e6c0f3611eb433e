/** What the log drivers that keep files have in common: entries, and how a file holds them. */

export type OutputStream = 'stdout' | 'stderr';

export interface LogEntry {
  readonly stream: OutputStream;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  /** The line with its newline; a part of a long line has none. */
  readonly line: Uint8Array;
  /** What `--details` shows. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Lines a container wrote at once. */
export interface LogChunk {
  readonly stream: OutputStream;
  /** Of the first line; each further one is a nanosecond later. */
  readonly time: bigint;
  /** Whole lines, each with its newline; or one beginning of a line, without. */
  readonly bytes: Uint8Array;
  readonly lines: number;
}

/** The form of a driver's file. No entry stands in two files. */
export interface LogFormat {
  /** Bytes an entry takes besides its line, at least. */
  readonly overhead: number;
  encode(chunk: LogChunk): Uint8Array;
  /** The entries at the beginning of `bytes`, and how many bytes they take; what cannot be read is left out. */
  decode(bytes: Uint8Array): { entries: LogEntry[]; used: number };
  /** Where the first entry ends that ends at `offset` or later; all of `bytes` when none does. Whole entries are given. */
  endAfter(bytes: Uint8Array, offset: number): number;
  /** Where the last `count` entries of a file's end begin, and how many there are of them in `bytes`. */
  lastEntries(bytes: Uint8Array, count: number): { start: number; found: number };
}

/** moby's copier cuts lines at this length. */
export const longestLine = 16 * 1024;

/** Calls `each` for the entries of a chunk: lines, and parts of those that are too long. */
export function forEachLine(bytes: Uint8Array, each: (start: number, end: number) => void): void {
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    for (; end - start > longestLine; start += longestLine) each(start, start + longestLine);
    each(start, end);
    start = end;
  }
}
