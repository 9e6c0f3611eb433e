// A log on the guest's disk: the file that is written and those rotated out of it, `NAME.1` being the youngest.

import { gzip, gunzip } from './gzip.ts';
import type { Channel } from '../../guest/channel.ts';
import { at, open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { decodeStatx, statxBasic, statxSize } from '../../guest/tree/file-stat.ts';
import { concatBytes } from '../../lib/bytes.ts';
import type { LogFormat } from './log-format.ts';

export interface LogFilesOptions {
  readonly path: string;
  /** Bytes after which a file is rotated. */
  readonly maxSize: number;
  /** How many files there may be, the one that is written included. */
  readonly maxFiles: number;
  readonly compress: boolean;
}

/** Files are known by number, whatever their names are at the moment: a later file has the next one. */
export interface LogPosition {
  readonly file: number;
  readonly offset: number;
}

/** Bytes written or read by one program. */
const step = 512 * 1024;

const mode = 0o640;

export class LogFiles {
  readonly #channel: Channel;
  readonly #format: LogFormat;
  readonly options: LogFilesOptions;
  /** Of the file that is written. */
  #size = 0;
  /** How much of that is there for certain. */
  #written = 0;
  #current = 0;
  #oldest = 0;
  /** Numbers of files that have been compressed. */
  readonly #compressed = new Set<number>();
  #opened: Promise<void> | undefined;

  constructor(channel: Channel, format: LogFormat, options: LogFilesOptions) {
    this.#channel = channel;
    this.#format = format;
    this.options = options;
  }

  /** Looks at what is there; called before anything else. */
  open(): Promise<void> {
    return (this.#opened ??= this.#look());
  }

  /** Finds out how large the file is that is written: somebody may have emptied it, as people do to logs. */
  async refresh(): Promise<void> {
    const file = this.#current;
    const before = this.#size;
    const p = new ProgramBuilder('look at a log');
    const status = p.try.statx(at.AT_FDCWD, this.options.path, 0, statxBasic, statxSize);
    const result = await this.#channel.run(p.build());
    // A write that is under way knows better.
    if (file === this.#current && before === this.#size && result.value(status) >= 0) {
      this.#size = decodeStatx(result.output(status)).size;
    }
  }

  /** Where the next entry will be. */
  get end(): LogPosition {
    return { file: this.#current, offset: this.#size };
  }

  get start(): LogPosition {
    return { file: this.#oldest, offset: 0 };
  }

  async #look(): Promise<void> {
    const { path, maxFiles } = this.options;
    const p = new ProgramBuilder('look at a log');
    const look = (name: string) => p.try.statx(at.AT_FDCWD, name, 0, statxBasic, statxSize);
    const current = look(path);
    const rotated = Array.from({ length: Math.min(maxFiles, 1000) - 1 }, (_, index) => ({
      plain: look(`${path}.${index + 1}`),
      compressed: look(`${path}.${index + 1}.gz`),
    }));
    const result = await this.#channel.run(p.build());
    const isThere = (ref: typeof current): boolean => result.value(ref) >= 0;
    this.#size = isThere(current) ? decodeStatx(result.output(current)).size : 0;
    this.#written = this.#size;
    const older = rotated.findIndex(({ plain, compressed }) => !isThere(plain) && !isThere(compressed));
    this.#oldest = this.#current - (older < 0 ? rotated.length : older);
    this.#compressed.clear();
    rotated.forEach(({ plain, compressed }, index) => {
      if (isThere(compressed) && !isThere(plain)) this.#compressed.add(this.#current - index - 1);
    });
  }

  #name(file: number): string {
    const { path } = this.options;
    if (file === this.#current) return path;
    return `${path}.${this.#current - file}${this.#compressed.has(file) ? '.gz' : ''}`;
  }

  /** Appends whole entries, rotating where the size says. */
  async append(bytes: Uint8Array, beforeRotation?: () => Promise<void>): Promise<void> {
    const { maxSize } = this.options;
    let p = new ProgramBuilder('write a log');
    let pending = 0;
    const run = async (): Promise<void> => {
      const status = p.try.statx(at.AT_FDCWD, this.options.path, 0, statxBasic, statxSize);
      const result = await this.#channel.run(p.build());
      if (result.value(status) >= 0) this.#size = decodeStatx(result.output(status)).size;
      this.#written = this.#size;
      p = new ProgramBuilder('write a log');
      pending = 0;
    };
    try {
      for (let start = 0; start < bytes.length;) {
        if (this.#size >= maxSize) {
          if (beforeRotation) {
            await run();
            await beforeRotation();
          }
          this.#rotate(p);
          if (this.options.compress) {
            await run();
            await this.#compress(this.#current - 1);
          }
        }
        const rest = bytes.subarray(start);
        const end = this.#format.endAfter(rest, Math.min(maxSize - this.#size, step));
        p.writeFile(this.options.path, rest.subarray(0, end), open.O_WRONLY | open.O_CREAT | open.O_APPEND, mode);
        this.#size += end;
        start += end;
        pending += end;
        if (pending >= step) await run();
      }
      if (pending > 0) await run();
    } catch (error) {
      await this.#recover();
      throw error;
    }
  }

  /** After a write that failed (a full disk, mostly) no half of an entry may stand at the end. */
  async #recover(): Promise<void> {
    const p = new ProgramBuilder('mend a log');
    p.try.truncate(this.options.path, this.#written);
    await this.#channel.run(p.build());
    await this.#look();
  }

  /** Empties the log: all that is in it is older than what there would be room for. */
  async clear(): Promise<void> {
    const p = new ProgramBuilder('empty a log');
    for (let file = this.#oldest; file < this.#current; file++) p.try.unlink(this.#name(file));
    p.try.truncate(this.options.path, 0);
    // A new number: who reads on in the old file must not find the new one's bytes.
    this.#current++;
    this.#oldest = this.#current;
    this.#compressed.clear();
    this.#size = 0;
    this.#written = 0;
    await this.#channel.run(p.build());
  }

  #rotate(p: ProgramBuilder): void {
    const { path, maxFiles } = this.options;
    if (maxFiles < 2) {
      p.try.truncate(path, 0);
      this.#oldest = this.#current + 1;
    } else {
      if (this.#current - this.#oldest === maxFiles - 1) {
        p.try.unlink(this.#name(this.#oldest));
        this.#compressed.delete(this.#oldest++);
      }
      for (let file = this.#oldest; file <= this.#current; file++) {
        const suffix = this.#compressed.has(file) ? '.gz' : '';
        p.rename(this.#name(file), `${path}.${this.#current - file + 1}${suffix}`);
      }
    }
    this.#current++;
    this.#size = 0;
    this.#written = 0;
  }

  /** Takes the place of a file by its gzip; a file that cannot be compressed stays as it is. */
  async #compress(file: number): Promise<void> {
    const name = this.#name(file);
    const temporary = `${name}.gz.tmp`;
    const compressed = await gzip(await this.#whole(name));
    for (let start = 0; start < compressed.length; start += step) {
      const p = new ProgramBuilder('compress a log');
      const flags = open.O_WRONLY | open.O_CREAT | (start === 0 ? open.O_TRUNC : open.O_APPEND);
      p.writeFile(temporary, compressed.subarray(start, start + step), flags, mode);
      await this.#channel.run(p.build());
    }
    const p = new ProgramBuilder('compress a log');
    p.rename(temporary, `${name}.gz`);
    p.unlink(name);
    this.#compressed.add(file);
    await this.#channel.run(p.build());
  }

  async #whole(name: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let offset = 0; ;) {
      const part = await this.#readFrom(name, offset, step);
      if (part.length === 0) return concatBytes(parts);
      parts.push(part);
      offset += part.length;
    }
  }

  async #readFrom(name: string, offset: number, count: number): Promise<Uint8Array> {
    const p = new ProgramBuilder('read a log');
    const bytes = p.try.pread64(p.try.open(name, open.O_RDONLY), count, offset);
    const result = await this.#channel.run(p.build());
    return result.value(bytes) > 0 ? result.output(bytes) : new Uint8Array();
  }

  /** Bytes from a position on, with the position behind them; none at the end of its file. */
  async read({ file, offset }: LogPosition): Promise<{ bytes: Uint8Array; next: LogPosition }> {
    const bytes = this.#compressed.has(file)
      ? (await gunzip(await this.#whole(this.#name(file)))).subarray(offset)
      : await this.#readFrom(this.#name(file), offset, step);
    return { bytes, next: { file, offset: offset + bytes.length } };
  }

  /** Where the last `count` entries begin. */
  async tail(count: number): Promise<LogPosition> {
    let missing = count;
    let position = this.end;
    for (let file = this.#current; missing > 0 && file >= this.#oldest; file--) {
      const { start, found } = await this.#tailOf(file, missing);
      missing -= found;
      position = { file, offset: start };
    }
    return position;
  }

  /** Reads a file from its end, in pieces that double, until there are entries enough. */
  async #tailOf(file: number, count: number): Promise<{ start: number; found: number }> {
    if (file !== this.#current || this.#size <= step) {
      const name = this.#name(file);
      const bytes = await this.#whole(name);
      return this.#format.lastEntries(this.#compressed.has(file) ? await gunzip(bytes) : bytes, count);
    }
    const size = this.#size;
    for (let length = step / 8; ; length *= 2) {
      const from = Math.max(0, size - length);
      const parts: Uint8Array[] = [];
      for (let at = from; at < size; at += step) {
        parts.push(await this.#readFrom(this.options.path, at, Math.min(step, size - at)));
      }
      const { start, found } = this.#format.lastEntries(concatBytes(parts), count);
      // The first entry of a piece that begins in the middle of the file may be cut off.
      if (from === 0 || (found === count && start > 0)) return { start: from + start, found };
    }
  }
}
