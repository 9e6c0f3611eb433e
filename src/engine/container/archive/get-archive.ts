// Reading files of a container as `docker cp` does: a path's stat, and a tar of what is there.

import type { ContainerPathStat } from '../../../api/path-stat.ts';
import { DockerError } from '../../../api/error.ts';
import { fileType } from '../../../guest/linux.ts';
import { GuestError } from '../../../guest/results.ts';
import { type FileStat, fileTypeOf, isDirectory, isSymlink } from '../../../guest/tree/file-stat.ts';
import { packFile } from '../../../guest/tree/pack-tree.ts';
import { type DirectoryEntry, readEntries } from '../../../guest/tree/read-directory.ts';
import { resolvePath } from '../../../guest/tree/resolve-path.ts';
import type { EngineContext } from '../../context.ts';
import type { Container } from '../container.ts';
import { containerEvent } from '../container-events.ts';
import { cleanPath } from '../mounts.ts';
import { type ContainerRoot, mountContainerFiles, releasing } from './container-root.ts';

/** A file found in a container. */
interface Found {
  readonly root: ContainerRoot;
  /** Without symbolic links, below the root. */
  readonly path: string;
  readonly entry: DirectoryEntry;
  readonly stat: ContainerPathStat;
}

export async function statContainerPath(
  context: EngineContext,
  container: Container,
  reference: string,
  path: string,
): Promise<ContainerPathStat> {
  const { root, stat } = await find(context, container, reference, path);
  await root.release();
  return stat;
}

/** Rejects when there is no such path. Whoever takes the content reads it to its end, or ends its iterator. */
export async function containerArchive(
  context: EngineContext,
  container: Container,
  reference: string,
  path: string,
): Promise<{ stat: ContainerPathStat; content: AsyncIterable<Uint8Array> }> {
  const found = await find(context, container, reference, path);
  containerEvent(context, container, 'archive-path');
  // `dir/.` is packed as `.`, the root as nothing, all else by its name.
  const last = path.replace(/\/+$/, '').split('/').at(-1)!;
  const name = found.path === '' && last !== '.' ? '' : last === '.' ? '.' : found.stat.name;
  const content = packFile(context.machine.channel, found.root.path, found.path, found.entry, name);
  return { stat: found.stat, content: releasing(content, found.root.release) };
}

async function find(context: EngineContext, container: Container, reference: string, path: string): Promise<Found> {
  const { channel } = context.machine;
  const root = await mountContainerFiles(context, container);
  try {
    const mustBeDirectory = /\/\.?$/.test(path);
    const resolved = await resolvePath(channel, root.path, path, { followLast: mustBeDirectory });
    const slash = resolved.lastIndexOf('/');
    const [entry] = await readEntries(channel, root.path, resolved.slice(0, Math.max(0, slash)), [
      resolved.slice(slash + 1) || '.',
    ]);
    if (!entry) throw notFound(path, reference);
    if (mustBeDirectory && !isDirectory(entry.stat))
      throw new DockerError('system', `lstat ${path.replace(/^\/*/, '/')}: not a directory`);
    const linkTarget = isSymlink(entry.stat)
      ? (await resolvePath(channel, root.path, path, { followLast: true })) || '/'
      : '';
    const name = cleanPath(path).split('/').at(-1) || '/';
    return { root, path: resolved, entry, stat: { name, ...describe(entry.stat), linkTarget } };
  } catch (error) {
    await root.release();
    if (!(error instanceof GuestError)) throw error;
    if (error.code === 'ENOENT') throw notFound(path, reference);
    if (error.code === 'ENOTDIR') throw new DockerError('system', `lstat ${cleanPath(path)}: not a directory`);
    throw error;
  }
}

/** The daemon's error for a path that is not there. */
export const notFound = (path: string, reference: string): DockerError =>
  new DockerError('not-found', `Could not find the file ${path} in container ${reference}`);

const describe = (stat: FileStat): Pick<ContainerPathStat, 'size' | 'mode' | 'mtime'> => ({
  size: stat.size,
  mode: goFileMode(stat),
  mtime: rfc3339(stat),
});

/** Bits of Go's os.FileMode, by file type. */
const goTypeBits: Readonly<Record<number, number>> = {
  [fileType.S_IFDIR]: 2 ** 31,
  [fileType.S_IFLNK]: 2 ** 27,
  [fileType.S_IFBLK]: 2 ** 26,
  [fileType.S_IFCHR]: 2 ** 26 + 2 ** 21,
  [fileType.S_IFIFO]: 2 ** 25,
  [fileType.S_IFSOCK]: 2 ** 24,
};

function goFileMode(stat: FileStat): number {
  const { mode } = stat;
  const special = (mode & 0o4000 ? 2 ** 23 : 0) + (mode & 0o2000 ? 2 ** 22 : 0) + (mode & 0o1000 ? 2 ** 20 : 0);
  return (mode & 0o777) + special + (goTypeBits[fileTypeOf(stat)] ?? 0);
}

function rfc3339({ mtime, mtimeNanoseconds }: FileStat): string {
  const fraction = String(mtimeNanoseconds).padStart(9, '0').replace(/0+$/, '');
  return new Date(mtime * 1000).toISOString().slice(0, 19) + (fraction === '' ? '' : `.${fraction}`) + 'Z';
}
