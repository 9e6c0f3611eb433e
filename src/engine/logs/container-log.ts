// The log of one container over all its runs: what its processes write goes to files of the guest a moment later, and
// is read from there.

import type { Channel } from '../../guest/channel.ts';
import { concatBytes } from '../../lib/bytes.ts';
import { Mutex } from '../../lib/mutex.ts';
import { JsonFileFormat } from './json-file-format.ts';
import { LocalFormat } from './local-format.ts';
import { LogFiles, type LogPosition } from './log-files.ts';
import type { LogEntry, LogFormat, OutputStream } from './log-format.ts';
import type { LogSettings } from './log-options.ts';
import { PendingLines } from './pending-lines.ts';

/** Milliseconds that lines wait for more before they are written: a write takes a round trip to the guest. */
const patience = 20;

/** How many times as long as it took a write rests: the guest has one processor, which the container wants. */
const restFactor = 4;

/** The same while lines come faster than they are worth writing, since they will be rotated out at once. */
const overloadedPatience = 1000;

/** Bytes of log kept here at most, so that a log that may be large does not fill the memory. */
const mostPending = 32 * 1024 * 1024;

/** Milliseconds that a file which is to be rotated waits for its readers, and between two looks at them. */
const longestWait = 300;
const followerStep = 5;

/** Bytes of log written in one go. */
const largestWrite = 1024 * 1024;

export interface LogReadOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Entries at or after this instant. */
  readonly since?: bigint;
  /** Entries up to this instant. */
  readonly until?: bigint;
  /** Only among the last so many entries of the log; all when undefined. */
  readonly tail?: number;
  readonly follow: boolean;
  readonly signal?: AbortSignal;
}

export class ContainerLog {
  readonly #settings: LogSettings;
  readonly #files: LogFiles;
  readonly #format: LogFormat;
  readonly #pending: PendingLines;
  readonly #writing = new Mutex();
  readonly #waiting = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A run is going on: followers wait for more. */
  #open = false;
  #overloaded = false;
  /** Milliseconds the next write has to wait. */
  #rest = 0;
  /** Where those who follow are. */
  readonly #followers = new Set<{ position: LogPosition }>();
  /** Counts the writes, so that a reader can tell whether it has missed one. */
  #written = 0;

  constructor(channel: Channel, settings: LogSettings) {
    this.#settings = settings;
    this.#format = settings.driver === 'local' ? new LocalFormat() : new JsonFileFormat(settings.attributes);
    this.#files = new LogFiles(channel, this.#format, settings);
    this.#pending = new PendingLines(this.#format.overhead);
  }

  /** A run starts, or goes on: followers wait for more until `end`. @param unfinished what `suspend` returned */
  begin(unfinished?: ReadonlyMap<OutputStream, Uint8Array>): void {
    this.#open = true;
    for (const [stream, bytes] of unfinished ?? []) this.#pending.add(stream, bytes);
  }

  /**
   * The run is over: what stands without a newline becomes an entry, and followers finish. `removed` says that nobody can
   * ask for the log any more.
   */
  async end({ removed = false } = {}): Promise<void> {
    this.#pending.finish();
    if (removed && this.#followers.size === 0) this.#pending.take(Infinity);
    await this.#flush();
    this.#open = false;
    this.#wake();
  }

  /** Writes what there is to write before another engine goes on; returns what stands without a newline. */
  async suspend(): Promise<Map<OutputStream, Uint8Array>> {
    const unfinished = this.#pending.takeUnfinished();
    await this.#flush();
    this.#open = false;
    this.#wake();
    return unfinished;
  }

  /** Takes output; a promise when it comes faster than it can be kept. */
  readonly write = (stream: OutputStream, bytes: Uint8Array): Promise<void> | undefined => {
    const { bufferSize, maxSize, maxFiles } = this.#settings;
    this.#pending.add(stream, bytes);
    if (bufferSize !== undefined) this.#pending.refuseBeyond(bufferSize);
    // What would be rotated out before anybody could read it is not written at all.
    else if (this.#pending.dropBeyond(maxSize * maxFiles)) this.#overloaded = true;
    if (this.#pending.size === 0) return undefined;
    this.#flushSoon();
    return this.#pending.size > mostPending ? this.#flush() : undefined;
  };

  #flushSoon(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        void this.#writing.run(() => this.#writeSome()).then(() => this.#pending.size > 0 && this.#flushSoon());
      },
      this.#followers.size > 0 ? 0 : Math.max(this.#overloaded ? overloadedPatience : patience, this.#rest),
    );
  }

  /** Writes all that is pending now. */
  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#pending.size > 0) await this.#writing.run(() => this.#writeSome());
    // One that was under way.
    await this.#writing.run(async () => {});
  }

  async #writeSome(): Promise<void> {
    const hasDropped = this.#overloaded;
    this.#overloaded = false;
    const bytes = concatBytes(this.#pending.take(largestWrite).map((chunk) => this.#format.encode(chunk)));
    if (bytes.length === 0) return;
    const begin = performance.now();
    try {
      await this.#files.open();
      if (hasDropped) await this.#files.clear();
      await this.#files.append(bytes, this.#followers.size > 0 ? () => this.#followersRead() : undefined);
    } catch (error) {
      // A full disk, mostly. The container goes on, as in Docker.
      console.error(`Failed to log message: ${(error as Error).message}`);
    }
    this.#rest = restFactor * (performance.now() - begin);
    this.#wake();
  }

  /** Lets those who follow read what is there before it is rotated out; not for long, they may have stalled. */
  async #followersRead(): Promise<void> {
    this.#wake();
    const { end } = this.#files;
    const isBehind = (): boolean => [...this.#followers].some(({ position }) => isBefore(position, end));
    for (let waited = 0; isBehind() && waited < longestWait; waited += followerStep) {
      await new Promise((resolve) => setTimeout(resolve, followerStep));
    }
  }

  /** Entries in order, in batches; with `follow` also those to come until the container's run ends. */
  async *read(options: LogReadOptions): AsyncGenerator<readonly LogEntry[]> {
    const { signal, follow } = options;
    const wanted = (entry: LogEntry): boolean =>
      (entry.stream === 'stdout' ? options.stdout : options.stderr) &&
      (options.since === undefined || entry.time >= options.since) &&
      (options.until === undefined || entry.time <= options.until);
    const isAll = options.stdout && options.stderr && options.since === undefined && options.until === undefined;
    const until = options.until;

    const follower = { position: this.#files.start };
    if (follow) this.#followers.add(follower);
    try {
      await this.#flush();
      await this.#files.open();
      await this.#files.refresh();
      const end = this.#files.end;
      let position = options.tail === undefined ? this.#files.start : await this.#files.tail(options.tail);
      let rest: Uint8Array = new Uint8Array();
      while (!signal?.aborted) {
        if (!follow && !isBefore(position, end)) return;
        const written = this.#written;
        const { bytes, next } = await this.#files.read(position);
        if (bytes.length > 0) {
          const all = concatBytes([rest, bytes]);
          const { entries, used } = this.#format.decode(all);
          rest = all.subarray(used);
          yield isAll ? entries : entries.filter(wanted);
          const last = entries.at(-1);
          if (until !== undefined && last !== undefined && last.time > until) return;
          position = next;
          follower.position = next;
          continue;
        }
        const beyond = this.#beyond(position);
        if (beyond) {
          position = beyond;
          rest = new Uint8Array();
        } else if (!follow) {
          return;
        } else if (written === this.#written) {
          if (!this.#open) return;
          await this.#more(signal);
        }
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  /** Where to read on when a file has no more: in the next one, or in this when it was emptied. */
  #beyond({ file, offset }: LogPosition): LogPosition | undefined {
    const { start, end } = this.#files;
    if (file < start.file) return start;
    if (file < end.file) return { file: file + 1, offset: 0 };
    return offset > end.offset ? { file, offset: 0 } : undefined;
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
    this.#written++;
    for (const wake of [...this.#waiting]) wake();
  }
}

const isBefore = (a: LogPosition, b: LogPosition): boolean =>
  a.file < b.file || (a.file === b.file && a.offset < b.offset);
