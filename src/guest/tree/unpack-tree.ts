/**
 * A tar made into files of the guest, as moby's archive package does it: what is in the way is replaced, directories are
 * merged, missing ones are made. Small files are made many at a time, large ones written while they arrive.
 */
import { readTar } from '../../lib/tar/read-tar.ts';
import type { TarEntry } from '../../lib/tar/tar-scanner.ts';
import type { Channel } from '../channel.ts';
import { GuestError } from '../results.ts';
import { type Target, targetOf } from './archive-target.ts';
import { EntryProgram } from './entry-program.ts';
import { LargeFile } from './large-file.ts';
import { type ArchiveFile, FileMaker, type MakeOptions } from './make-files.ts';
import { UnpackError, unpackError } from './unpack-error.ts';

/** Content that waits for one program, in bytes. */
const mostContent = 384 * 1024;
/** Entries that wait for one program. */
const mostEntries = 150;

export interface UnpackOptions extends MakeOptions {
  /** Another name for an entry, and for the file that a hard link names. */
  readonly rename?: (name: string) => string;
}

/**
 * Unpacks into the directory `destination`, an absolute clean path below `root`, in which links are followed as if
 * `root` were `/`. Rejects with an UnpackError for a file that cannot be made, with a TarError for a bad archive, and as
 * the source does; what came before it is made.
 */
export async function unpackTree(
  channel: Channel,
  root: string,
  destination: string,
  source: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): Promise<void> {
  const unpacker = new Unpacker(channel, root, destination, options);
  const parts = readTar(source);
  try {
    for (let part = await unpacker.reading(parts.next()); part.done !== true;) {
      if ('entry' in part.value) await unpacker.entry(part.value.entry);
      else await unpacker.content(part.value.content);
      part = await unpacker.reading(parts.next());
    }
    await unpacker.end();
  } finally {
    await parts.return(undefined);
  }
}

class Unpacker {
  readonly #channel: Channel;
  readonly #root: string;
  readonly #destination: string;
  readonly #options: UnpackOptions;
  readonly #maker: FileMaker;
  /** Directories to be given their times in the end. */
  readonly #directories: { entry: TarEntry; target: Target }[] = [];
  #waiting: (ArchiveFile & { content: Uint8Array[] })[] = [];
  #waitingBytes = 0;
  #large: LargeFile | undefined;

  constructor(channel: Channel, root: string, destination: string, options: UnpackOptions) {
    this.#channel = channel;
    this.#root = root;
    this.#destination = destination;
    this.#options = options;
    this.#maker = new FileMaker(channel, root, destination, options);
  }

  /** Waits for more of the archive; when there comes no more than an error, makes what waits before it passes that on. */
  async reading<T>(next: Promise<T>): Promise<T> {
    try {
      return await next;
    } catch (error) {
      await this.#settle();
      throw error;
    }
  }

  async entry(found: TarEntry): Promise<void> {
    await this.#endLarge();
    const entry = renamed(found, this.#options.rename);
    let target: Target;
    try {
      target = targetOf(entry, this.#destination);
    } catch (error) {
      await this.#settle();
      throw new UnpackError((error as Error).message, { cause: error });
    }
    if (this.#waiting.length >= mostEntries || this.#waitingBytes + entry.size > mostContent) await this.#flush();
    const file = { entry, target, content: [] };
    this.#waiting.push(file);
    if (entry.type === 'directory' && !target.isDestination) this.#directories.push({ entry, target });
    if (entry.size <= mostContent) {
      this.#waitingBytes += entry.size;
      return;
    }
    await this.#flush();
    this.#large = new LargeFile(this.#channel, this.#root, file);
  }

  async content(piece: Uint8Array): Promise<void> {
    if (this.#large) await this.#large.write(piece);
    else this.#waiting.at(-1)!.content.push(piece.slice());
  }

  async end(): Promise<void> {
    await this.#endLarge();
    await this.#flush();
    await this.#setDirectoryTimes();
  }

  async #settle(): Promise<void> {
    await this.#flush();
    await this.#endLarge();
  }

  async #endLarge(): Promise<void> {
    const large = this.#large;
    this.#large = undefined;
    await large?.end();
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#maker.make(waiting);
  }

  /** Last of all: what is put into a directory changes its time. */
  async #setDirectoryTimes(): Promise<void> {
    for (let next = 0; next < this.#directories.length;) {
      const program = new EntryProgram('set times of directories', this.#root);
      const first = next;
      while (next < this.#directories.length && program.hasRoom()) {
        const { entry, target } = this.#directories[next++]!;
        program.addTime(entry, target);
      }
      try {
        await this.#channel.run(program.build());
      } catch (error) {
        if (!(error instanceof GuestError)) throw error;
        const { entry, target } = this.#directories[first + program.entryAt(error.index)]!;
        throw unpackError(error, entry, target);
      }
    }
  }
}

const renamed = (entry: TarEntry, rename?: (name: string) => string): TarEntry =>
  rename === undefined
    ? entry
    : {
        ...entry,
        name: rename(entry.name),
        linkName: entry.type === 'hardlink' ? rename(entry.linkName) : entry.linkName,
      };
