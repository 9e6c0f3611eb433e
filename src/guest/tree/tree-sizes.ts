/**
 * How many bytes trees of the guest hold, as moby's directory.Size counts: what files and links are long, hard links
 * once, directories nothing. All trees are walked at once, a level of directories by few programs, so that fifty
 * containers cost hardly more round trips than one.
 */
import type { Channel } from '../channel.ts';
import { at, open } from '../linux.ts';
import { type OpRef, ProgramBuilder } from '../program-builder.ts';
import { decodeDirents, type Dirent } from './dirents.ts';
import { decodeStatx, isDirectory, statxBasic, statxSize } from './file-stat.ts';
import { openHow, openRoot, relativePath } from './open-in-root.ts';

/** Directories that one program opens: each takes one of its registers. */
const directoriesAtOnce = 60;
/** The second read finds the end of most directories; the buffers of all have to fit into one result. */
const direntsSize = 8 * 1024;
const direntsCalls = 2;
const filesAtOnce = 1000;
const SEEK_SET = 0;

interface Directory {
  readonly path: string;
  /** The tree it belongs to: its place in the list. */
  readonly tree: number;
  /** Where reading goes on. */
  readonly position: number;
}

interface File {
  readonly directory: Directory;
  readonly name: string;
}

/**
 * The size in bytes of each of `trees` (absolute paths without symbolic links); 0 for one that is not there. What
 * vanishes meanwhile does not count.
 */
export async function treeSizes(channel: Channel, trees: readonly string[]): Promise<number[]> {
  const sizes = trees.map(() => 0);
  const counted = trees.map(() => new Set<string>());
  let level = trees.map((path, tree): Directory => ({ path, tree, position: 0 }));
  while (level.length > 0) {
    const { files, directories } = await readDirectories(channel, level);
    for (const { tree, size, identity } of await fileSizes(channel, files)) {
      if (counted[tree]!.has(identity)) continue;
      counted[tree]!.add(identity);
      sizes[tree]! += size;
    }
    level = directories;
  }
  return sizes;
}

/** What directories hold: their files, and the directories to read next, those too large for one read among them. */
async function readDirectories(
  channel: Channel,
  level: readonly Directory[],
): Promise<{ files: File[]; directories: Directory[] }> {
  const files: File[] = [];
  const directories: Directory[] = [];
  for (let first = 0; first < level.length; first += directoriesAtOnce) {
    const p = new ProgramBuilder('list directories');
    const root = openRoot(p, '/');
    const reads = level.slice(first, first + directoriesAtOnce).map((directory) => {
      const opened = openDirectory(p, root, directory);
      if (directory.position > 0) p.try.lseek(opened, directory.position, SEEK_SET);
      const calls = Array.from({ length: direntsCalls }, () => p.try.getdents64(opened, direntsSize));
      return { directory, calls };
    });
    const result = await channel.run(p.build());
    for (const { directory, calls } of reads) {
      const entries = calls.flatMap((call): Dirent[] => [...decodeDirents(result.output(call))]);
      for (const { name, isDirectory } of entries) {
        if (isDirectory) directories.push({ path: `${directory.path}/${name}`, tree: directory.tree, position: 0 });
        else files.push({ directory, name });
      }
      const wasRead = result.value(calls.at(-1)!) > 0;
      if (wasRead && entries.length > 0) directories.push({ ...directory, position: entries.at(-1)!.position });
    }
  }
  return { files, directories };
}

async function fileSizes(
  channel: Channel,
  files: readonly File[],
): Promise<{ tree: number; size: number; identity: string }[]> {
  const found: { tree: number; size: number; identity: string }[] = [];
  for (let first = 0; first < files.length;) {
    const p = new ProgramBuilder('stat files');
    const root = openRoot(p, '/');
    const opened = new Map<Directory, OpRef>();
    const stats: { tree: number; stat: OpRef }[] = [];
    for (; first < files.length && stats.length < filesAtOnce; first++) {
      const { directory, name } = files[first]!;
      let parent = opened.get(directory);
      if (!parent) {
        if (opened.size === directoriesAtOnce) break;
        opened.set(directory, (parent = openDirectory(p, root, directory)));
      }
      const stat = p.try.statx(parent, name, at.AT_SYMLINK_NOFOLLOW, statxBasic, statxSize);
      stats.push({ tree: directory.tree, stat });
    }
    const result = await channel.run(p.build());
    for (const { tree, stat } of stats) {
      if (result.value(stat) < 0) continue;
      const file = decodeStatx(result.output(stat));
      if (!isDirectory(file)) found.push({ tree, size: file.size, identity: file.identity });
    }
  }
  return found;
}

const openDirectory = (p: ProgramBuilder, root: OpRef, { path }: Directory): OpRef =>
  p.try.openat2(root, relativePath(path), openHow(open.O_RDONLY | open.O_DIRECTORY));
