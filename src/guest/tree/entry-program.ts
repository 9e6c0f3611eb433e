/**
 * The op program that makes files of archive entries below a root. Each is made under its name in its directory, which
 * `openat2` finds without leaving the root, and with O_EXCL and the like: whatever got in the way since somebody looked
 * stops the program rather than be followed.
 */
import { splitPath } from '../../lib/clean-path.ts';
import { ByteWriter } from '../../lib/bytes.ts';
import type { TarEntry } from '../../lib/tar/tar-scanner.ts';
import { at, fileType, makeDevice, open } from '../linux.ts';
import { type OpRef, ProgramBuilder } from '../program-builder.ts';
import type { Program } from '../program.ts';
import type { ProgramResult } from '../results.ts';
import type { Target } from './archive-target.ts';
import { type FileStat, isDirectory } from './file-stat.ts';
import { openHow, openRoot, relativePath } from './open-in-root.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** An entry with what is known of its place. */
export interface NewFile {
  readonly entry: TarEntry;
  readonly target: Target;
  /** Of a file that is made in one go. */
  readonly content: Uint8Array;
  /** What is there already. */
  readonly existing?: FileStat;
  /** Undefined leaves the file to whom it falls. */
  readonly owner?: Owner;
}

const setIdBits = 0o6000;
const S_ISGID = 0o2000;
/** Entries one program takes: its size is limited too. */
const mostEntries = 500;
/** Registers one entry may take: its directory, that of a link's target, itself. */
const registersPerEntry = 3;
const registers = 60;
const EPERM = 1;

/** A file's name in its directory; `.` for the root. */
export const nameOf = (path: string): string => splitPath(path).name || '.';

export class EntryProgram {
  readonly #p: ProgramBuilder;
  readonly #root: OpRef;
  readonly #directories = new Map<string, OpRef>();
  readonly #xattrs: { set: OpRef; index: number; name: string }[] = [];
  /** Where the ops of each entry begin. */
  readonly #starts: number[] = [];
  #files = 0;
  #current = '';

  constructor(name: string, root: string) {
    this.#p = new ProgramBuilder(name);
    this.#root = openRoot(this.#p, root);
  }

  /** Entries in it. */
  get size(): number {
    return this.#starts.length;
  }

  hasRoom(): boolean {
    return this.size < mostEntries && this.#directories.size + this.#files + registersPerEntry < registers;
  }

  build(): Program {
    return this.#p.build();
  }

  /** The place of the entry that the op with this index belongs to. */
  entryAt(index: number): number {
    return Math.max(
      0,
      this.#starts.findLastIndex((start) => start <= index),
    );
  }

  /** The first extended attribute that could not be set: the place of its entry, its name and why. */
  failedXattr(result: ProgramResult): { index: number; name: string; errno: number } | undefined {
    for (const { set, index, name } of this.#xattrs) {
      const errno = -result.value(set);
      // moby leaves out those that nobody may set.
      if (errno > 0 && errno !== EPERM) return { index, name, errno };
    }
    return undefined;
  }

  /** Makes a file, in place of what is there; a directory stays, and gets the entry's owner and mode. */
  add(file: NewFile): void {
    const { entry, target, existing } = file;
    this.#begin(target.path);
    const name = nameOf(target.path);
    const stays = existing !== undefined && isDirectory(existing) && entry.type === 'directory';
    if (existing !== undefined && !stays) {
      if (isDirectory(existing)) this.#p.removeAll(name);
      else this.#p.unlink(name);
    }
    this.#make(file, name, stays);
    for (const [xattr, value] of entry.xattrs) {
      const set = this.#p.try.lsetxattr(name, xattr, value);
      this.#xattrs.push({ set, index: this.size - 1, name: xattr });
    }
    // A directory's time changes with all that is put into it, and a link's file has its own.
    if (entry.type !== 'directory' && entry.type !== 'hardlink') this.#setTime(name, entry);
  }

  /** An entry for which there is nothing to do. */
  skip(): void {
    this.#starts.push(this.#p.build().ops.length);
  }

  /** Gives a file the time its entry has. */
  addTime(entry: TarEntry, target: Target): void {
    this.#begin(target.path);
    this.#setTime(nameOf(target.path), entry);
  }

  #begin(path: string): void {
    this.#starts.push(this.#p.build().ops.length);
    const { directory } = splitPath(path);
    const opened = this.#open(directory);
    if (this.#current === directory) return;
    this.#p.fchdir(opened);
    this.#current = directory;
  }

  #open(directory: string): OpRef {
    let opened = this.#directories.get(directory);
    if (!opened) {
      const how = openHow(open.O_PATH | open.O_DIRECTORY, { followLinks: true });
      opened = this.#p.openat2(this.#root, relativePath(directory), how);
      this.#directories.set(directory, opened);
    }
    return opened;
  }

  #make({ entry, target, content, owner }: NewFile, name: string, stays: boolean): void {
    const p = this.#p;
    const { mode } = entry;
    switch (entry.type) {
      case 'directory':
        if (!stays) p.mkdir(name, mode & 0o1777);
        // mkdir leaves these bits to the parent directory, and chown may take them away.
        if (stays || mode & setIdBits) this.#setMode(p, name, open.O_RDONLY | open.O_DIRECTORY, mode, owner);
        else this.#setOwner(name, owner);
        return;
      case 'file':
        if (owner && mode & setIdBits) {
          p.writeFile(name, content, open.O_WRONLY | open.O_CREAT | open.O_EXCL, mode & 0o777);
          this.#setMode(p, name, open.O_WRONLY, mode, owner);
        } else {
          p.writeFile(name, content, open.O_WRONLY | open.O_CREAT | open.O_EXCL, mode);
          this.#setOwner(name, owner);
        }
        return;
      case 'symlink':
        p.symlink(entry.linkName, name);
        break;
      case 'hardlink': {
        const { directory, name: first } = splitPath(target.linkTo!);
        // Its file has its owner already; chown would take away what it may run as.
        p.linkat(this.#open(directory), first || '.', at.AT_FDCWD, name);
        return;
      }
      case 'fifo':
        p.mknod(name, fileType.S_IFIFO | mode, 0);
        break;
      default: {
        const type = entry.type === 'block' ? fileType.S_IFBLK : fileType.S_IFCHR;
        p.mknod(name, type | mode, makeDevice(entry.deviceMajor, entry.deviceMinor));
      }
    }
    this.#setOwner(name, owner);
  }

  #setOwner(name: string, owner: Owner | undefined): void {
    if (owner) this.#p.fchownat(at.AT_FDCWD, name, owner.uid, owner.gid, at.AT_SYMLINK_NOFOLLOW);
  }

  /** Through a descriptor, as chmod would follow a link; and without waiting for the reader of a fifo. */
  #setMode(p: ProgramBuilder, name: string, flags: number, mode: number, owner: Owner | undefined): void {
    const file = p.openat2(at.AT_FDCWD, name, openHow(flags | open.O_NOFOLLOW | open.O_NONBLOCK));
    this.#files++;
    if (owner) p.fchown32(file, owner.uid, owner.gid);
    p.fchmod(file, mode);
  }

  #setTime(name: string, entry: TarEntry): void {
    // Times before 1970 are not for moby.
    const seconds = entry.mtime < 0 ? 0 : entry.mtime;
    const nanoseconds = entry.mtime < 0 ? 0 : entry.mtimeNanoseconds;
    const time = new ByteWriter(32).u64(seconds).u64(nanoseconds).u64(seconds).u64(nanoseconds).finish();
    this.#p.utimensat_time64(at.AT_FDCWD, name, time, at.AT_SYMLINK_NOFOLLOW);
  }
}

/** Whether files are their maker's in such a directory: it does not hand down its group. */
export const leavesFilesToMaker = (directory: TarEntry): boolean => (directory.mode & S_ISGID) === 0;
