/**
 * Makes the files of archive entries, in order and many at a time: one program looks at what is in their places, one
 * makes them. What a program finds otherwise than it was seen stops it there, and is looked at again.
 */
import { concatBytes } from '../../lib/bytes.ts';
import { joinPaths, splitPath } from '../../lib/clean-path.ts';
import type { TarEntry } from '../../lib/tar/tar-scanner.ts';
import type { Channel } from '../channel.ts';
import { errnoName, errnoText } from '../errno.ts';
import { at, open } from '../linux.ts';
import { type OpRef, ProgramBuilder } from '../program-builder.ts';
import { GuestError, type ProgramResult } from '../results.ts';
import type { Target } from './archive-target.ts';
import { EntryProgram, leavesFilesToMaker, nameOf, type Owner } from './entry-program.ts';
import { decodeStatx, type FileStat, isDirectory, statxBasic, statxSize } from './file-stat.ts';
import { openHow, openRoot, relativePath } from './open-in-root.ts';
import { goText, UnpackError, unpackError } from './unpack-error.ts';

/** Directories that one program opens: each takes one of its registers. */
const directoriesAtOnce = 50;
/** Files that one program looks at. */
const filesAtOnce = 200;
/** Of a directory that the archive has files in, but no entry for. */
const impliedMode = 0o755;
const ENOENT = 2;

export interface MakeOptions {
  /** Who gets the files: whom the archive says, one owner, or whoever makes files here. */
  readonly owner: 'archive' | 'maker' | Owner;
  /** Refuse to put a directory in the place of another file, and the other way round. */
  readonly noOverwriteDirNonDir: boolean;
}

/** A file to be made. */
export interface ArchiveFile {
  readonly entry: TarEntry;
  readonly target: Target;
  readonly content: readonly Uint8Array[];
}

/** A file with what is known of its place. */
interface Place extends ArchiveFile {
  readonly directory: string;
  /** Somebody looked; else nothing should be there, as its directory was made here. */
  readonly isSeen: boolean;
  readonly existing?: FileStat;
  /** Its directory is missing too. */
  readonly isOrphan: boolean;
}

const lookup = openHow(open.O_PATH | open.O_DIRECTORY, { followLinks: true });

export class FileMaker {
  readonly #channel: Channel;
  readonly #root: string;
  readonly #destination: string;
  readonly #options: MakeOptions;
  /** Directories made here, where nothing is in the way but what was put there meanwhile. */
  readonly #fresh = new Set<string>();

  /** `destination` is an absolute path below `root`, where links are followed as if that were `/`. */
  constructor(channel: Channel, root: string, destination: string, options: MakeOptions) {
    this.#channel = channel;
    this.#root = root;
    this.#destination = destination;
    this.#options = options;
  }

  /** Rejects with an UnpackError for the first that cannot be made; those before it are. */
  async make(files: readonly ArchiveFile[]): Promise<void> {
    let isSurprised = false;
    for (let left = files; left.length > 0;) {
      const made = await this.#makeSome(await this.#look(left, isSurprised));
      isSurprised = made === 0;
      left = left.slice(made);
    }
  }

  /** Looks at the places of as many of the first files as one program can; at the first in any case when `doubtful`. */
  async #look(files: readonly ArchiveFile[], doubtful: boolean): Promise<Place[]> {
    const p = new ProgramBuilder(`look where to unpack into ${this.#destination}`);
    const root = openRoot(p, this.#root);
    const directories = new Map<string, OpRef>();
    /** Directories to be made by then, and those of them that are new for certain. */
    const coming = new Set<string>();
    const comingNew = new Set<string>();
    const looks: { file: ArchiveFile; directory: string; found?: OpRef; isComing: boolean }[] = [];
    for (const file of files.slice(0, filesAtOnce)) {
      const { path } = file.target;
      const { directory } = splitPath(path);
      const isNew = this.#fresh.has(directory) || comingNew.has(directory);
      const isComing = coming.has(directory);
      let found: OpRef | undefined;
      if (!isNew || (doubtful && looks.length === 0)) {
        if (!directories.has(directory)) {
          if (directories.size === directoriesAtOnce) break;
          directories.set(directory, p.try.openat2(root, relativePath(directory), lookup));
        }
        found = p.try.statx(directories.get(directory)!, nameOf(path), at.AT_SYMLINK_NOFOLLOW, statxBasic, statxSize);
      }
      if (file.entry.type === 'directory') {
        coming.add(path);
        if (found === undefined) comingNew.add(path);
      }
      looks.push({ file, directory, found, isComing });
    }
    const result = directories.size > 0 ? await this.#channel.run(p.build()) : undefined;
    return looks.map(({ file, directory, found, isComing }) => ({
      ...file,
      directory,
      isSeen: found !== undefined,
      existing: found && statOf(result!, found),
      isOrphan: found !== undefined && !isComing && result!.value(directories.get(directory)!) === -ENOENT,
    }));
  }

  /** Makes as many of the first files as one program can, and resolves with their number. */
  async #makeSome(places: readonly Place[]): Promise<number> {
    const [first] = places as [Place];
    if (first.isOrphan) await this.#makeParents(first);
    const program = new EntryProgram(`unpack into ${this.#destination}`, this.#root);
    const made = new Set(this.#fresh);
    for (const place of places) {
      const isFirst = place === first;
      if (!isFirst && (place.isOrphan || !program.hasRoom())) break;
      const refusal = this.#refusal(place);
      if (refusal && isFirst) throw refusal;
      if (refusal) break;
      if (place.existing && isDirectory(place.existing) && place.target.isDestination) program.skip();
      else program.add({ ...place, content: concatBytes(place.content), owner: this.#ownerOf(place, made) });
      if (isNewDirectory(place) && leavesFilesToMaker(place.entry)) made.add(place.target.path);
    }
    const run = async (): Promise<{ count: number; result?: ProgramResult }> => {
      try {
        return { count: program.size, result: await this.#channel.run(program.build()) };
      } catch (error) {
        if (!(error instanceof GuestError)) throw error;
        const failed = program.entryAt(error.index);
        if (failed === 0 && first.isSeen) throw unpackError(error, first.entry, first.target);
        return { count: failed };
      }
    };
    const { count, result } = await run();
    for (const place of places.slice(0, count)) {
      if (isNewDirectory(place) && leavesFilesToMaker(place.entry)) this.#fresh.add(place.target.path);
    }
    const xattr = result && program.failedXattr(result);
    if (xattr) {
      const { path } = places[xattr.index]!.target;
      const code = errnoName(xattr.errno);
      throw new UnpackError(`lsetxattr ${xattr.name} ${path}: ${goText(errnoText(xattr.errno))}`, { code });
    }
    return count;
  }

  #refusal({ entry, target, existing }: Place): UnpackError | undefined {
    if (!existing || !this.#options.noOverwriteDirNonDir) return undefined;
    const [was, is] = [isDirectory(existing), entry.type === 'directory'];
    if (was === is) return undefined;
    const word = (directory: boolean): string => (directory ? 'directory' : 'non-directory');
    const [path, destination] = [JSON.stringify(target.path), JSON.stringify(this.#destination)];
    return new UnpackError(`cannot overwrite ${word(was)} ${path} with ${word(is)} ${destination}`);
  }

  /** Undefined where the file will be its owner's anyway. */
  #ownerOf({ entry, directory }: Place, made: ReadonlySet<string>): Owner | undefined {
    const { owner } = this.#options;
    if (owner === 'maker') return undefined;
    const { uid, gid } = owner === 'archive' ? entry : owner;
    return uid === 0 && gid === 0 && made.has(directory) ? undefined : { uid, gid };
  }

  /** Makes the directories that the archive takes for granted. */
  async #makeParents({ entry, target, directory }: Place): Promise<void> {
    const parts = directory.slice(this.#destination.length).split('/').filter(Boolean);
    for (let path = this.#destination; parts.length > 0;) {
      const p = new ProgramBuilder(`make ${directory}`);
      const root = openRoot(p, this.#root);
      let parent = p.openat2(root, relativePath(path), lookup);
      const attempts = parts.splice(0, directoriesAtOnce).map((name) => {
        const attempt = p.try.mkdirat(parent, name, impliedMode);
        path = joinPaths(path, name);
        parent = p.openat2(root, relativePath(path), lookup);
        return { path, attempt };
      });
      try {
        const result = await this.#channel.run(p.build());
        for (const made of attempts) if (result.value(made.attempt) === 0) this.#fresh.add(made.path);
      } catch (error) {
        throw error instanceof GuestError ? unpackError(error, entry, target) : error;
      }
    }
  }
}

const isNewDirectory = ({ entry, existing }: Place): boolean =>
  entry.type === 'directory' && !(existing && isDirectory(existing));

function statOf(result: ProgramResult, found: OpRef): FileStat | undefined {
  const { result: status, output } = result.of(found);
  return status < 0 ? undefined : decodeStatx(output);
}
