import { decodeName } from '../../lib/name-bytes.ts';
import type { Channel } from '../channel.ts';
import { at, open } from '../linux.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { decodeDirents } from './dirents.ts';
import { decodeStatx, type FileStat, isDirectory, isRegular, isSymlink, statxBasic, statxSize } from './file-stat.ts';
import { openHow, openRoot, relativePath } from './open-in-root.ts';

/** Buffers of getdents64: several fit into one program's result. */
const direntsSize = 32 * 1024;
const direntsCalls = 8;
const SEEK_SET = 0;
/** Files asked about by one program. */
const batch = 200;
const longestTarget = 4096;
const largestXattr = 256;
const opaqueMark = 8;

export interface DirectoryEntry {
  readonly name: string;
  readonly stat: FileStat;
  /** Of a symbolic link. */
  readonly target?: string;
  /** The extended attribute security.capability of a file that has it. */
  readonly capability?: Uint8Array;
  /** A directory of an overlay's upper layer that hides what lower ones have there. */
  readonly isOpaque?: boolean;
}

/**
 * The entries of the directory `path` below `root`, sorted by name; those that vanish meanwhile are left out. Rejects
 * with a GuestError when it is no directory.
 */
export async function readDirectory(channel: Channel, root: string, path: string): Promise<DirectoryEntry[]> {
  return readEntries(channel, root, path, (await readNames(channel, root, path)).sort());
}

/** The same for some names only. */
export async function readEntries(
  channel: Channel,
  root: string,
  path: string,
  names: readonly string[],
): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  for (let first = 0; first < names.length; first += batch) {
    entries.push(...(await readBatch(channel, root, path, names.slice(first, first + batch))));
  }
  return entries;
}

async function readNames(channel: Channel, root: string, path: string): Promise<string[]> {
  const names: string[] = [];
  for (let position = 0; ;) {
    const p = new ProgramBuilder(`list ${path}`);
    const directory = p.openat2(openRoot(p, root), relativePath(path), openHow(open.O_RDONLY | open.O_DIRECTORY));
    if (position > 0) p.lseek(directory, position, SEEK_SET);
    const calls = Array.from({ length: direntsCalls }, () => p.getdents64(directory, direntsSize));
    const result = await channel.run(p.build());
    for (const call of calls) {
      if (result.value(call) === 0) return names;
      for (const entry of decodeDirents(result.output(call))) {
        names.push(entry.name);
        position = entry.position;
      }
    }
  }
}

async function readBatch(
  channel: Channel,
  root: string,
  path: string,
  names: readonly string[],
): Promise<DirectoryEntry[]> {
  const stat = new ProgramBuilder(`stat files of ${path}`);
  enter(stat, root, path);
  const stats = names.map((name) => stat.try.statx(at.AT_FDCWD, name, at.AT_SYMLINK_NOFOLLOW, statxBasic, statxSize));
  const found = await channel.run(stat.build());
  const entries = names.flatMap((name, index) => {
    const { result, output } = found.of(stats[index]!);
    return result < 0 ? [] : [{ name, stat: decodeStatx(output) }];
  });

  const more = new ProgramBuilder(`read links and attributes of ${path}`);
  enter(more, root, path);
  let size = 0;
  const details = entries.map(({ name, stat: file }) => {
    if (isSymlink(file)) {
      // The result of all calls together is limited, so no more is asked for than the link is long.
      const length = Math.min(longestTarget, file.size + 1);
      size += length;
      return more.try.readlink(name, length);
    }
    if (isDirectory(file)) {
      size += opaqueMark;
      return more.try.lgetxattr(name, 'trusted.overlay.opaque', opaqueMark);
    }
    if (!isRegular(file)) return undefined;
    size += largestXattr;
    return more.try.lgetxattr(name, 'security.capability', largestXattr);
  });
  if (size === 0) return entries;
  const read = await channel.run(more.build());
  return entries.map((entry, index) => {
    const detail = details[index];
    if (!detail || read.value(detail) < 0) return entry;
    const output = read.output(detail);
    if (isSymlink(entry.stat)) return { ...entry, target: decodeName(output) };
    if (isDirectory(entry.stat)) return { ...entry, isOpaque: decodeName(output) === 'y' };
    return { ...entry, capability: output };
  });
}

function enter(p: ProgramBuilder, root: string, path: string): void {
  p.fchdir(p.openat2(openRoot(p, root), relativePath(path), openHow(open.O_RDONLY | open.O_DIRECTORY)));
}
