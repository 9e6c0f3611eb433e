// The host's side of a copy: where a path leads, with the errors Go's file functions have for it.

import { fileErrorText } from '../host-file.ts';
import type { CliFiles, LinkStat } from '../io.ts';
import { baseName, linkedPath, rebaseName, splitDirectoryEntry } from './copy-paths.ts';
import type { CopyInfo } from './prepare-copy.ts';

/** Links followed in one path, as in Go. */
const mostLinks = 255;
/** Links followed from a destination, as in moby. */
const mostDestinationLinks = 10;

/** os.Lstat. */
async function lstat(files: CliFiles, path: string): Promise<LinkStat> {
  try {
    return await files.linkStat(path);
  } catch (error) {
    throw Object.assign(new Error(`lstat ${path}: ${fileErrorText(error)}`, { cause: error }), {
      code: (error as { code?: string }).code,
    });
  }
}

/** filepath.EvalSymlinks of an absolute path. */
async function withoutLinks(files: CliFiles, path: string): Promise<string> {
  let resolved = '';
  let rest = path;
  for (let links = 0; ;) {
    const [, part = '', after = ''] = /^\/*([^/]*)(.*)$/.exec(rest)!;
    if (part === '') return resolved || '/';
    rest = after;
    if (part === '.') continue;
    if (part === '..') {
      resolved = resolved.slice(0, Math.max(0, resolved.lastIndexOf('/')));
      continue;
    }
    const { type, target = '' } = await lstat(files, `${resolved}/${part}`);
    if (type === 'symlink') {
      if (++links > mostLinks) throw new Error('EvalSymlinks: too many links');
      if (target.startsWith('/')) resolved = '';
      rest = `${target}${rest}`;
      continue;
    }
    if (type !== 'directory' && rest !== '') throw new Error('not a directory');
    resolved += `/${part}`;
  }
}

/** moby's CopyInfoSourcePath: links on the way are followed, one at the end when `followLink`. The path must exist. */
export async function sourceInfo(files: CliFiles, path: string, followLink: boolean): Promise<CopyInfo> {
  const found = followLink ? rebaseName(path, await withoutLinks(files, path)) : await withoutLinksBefore(files, path);
  return { ...found, exists: true, isDirectory: (await lstat(files, found.path)).type === 'directory' };
}

async function withoutLinksBefore(files: CliFiles, path: string): Promise<{ path: string; rebaseName: string }> {
  const slash = path.lastIndexOf('/');
  const directory = await withoutLinks(files, path.slice(0, slash + 1));
  // As Go puts it together: of the root it makes two slashes, which messages show.
  const resolved = `${directory}/${path.slice(slash + 1)}`;
  const isRenamed = path.endsWith('/') && baseName(path) !== baseName(resolved);
  return { path: resolved, rebaseName: isRenamed ? baseName(path) : '' };
}

/** moby's CopyInfoDestinationPath: links are followed, also to what is not there; the directory it is in must be. */
export async function destinationInfo(files: CliFiles, original: string): Promise<CopyInfo> {
  let path = original;
  for (let links = 0; ;) {
    const found = await lstat(files, path).catch((error: Error & { code?: string }) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found === undefined) break;
    if (found.type !== 'symlink') {
      return { path, exists: true, isDirectory: found.type === 'directory', rebaseName: '' };
    }
    if (links++ > mostDestinationLinks) throw new Error(`too many symlinks in ${original}`);
    path = linkedPath(path, found.target!);
  }
  const { directory } = splitDirectoryEntry(path);
  const type = await files.typeOf(directory);
  if (type === undefined) throw new Error(`stat ${directory}: no such file or directory`);
  if (type !== 'directory') throw new Error('not a directory');
  return { path, exists: false, isDirectory: false, rebaseName: '' };
}

/** What a source is packed as: its file, and its name in the archive. */
export function packedSource({ path, rebaseName: name }: CopyInfo): { path: string; archiveName: string } {
  const { directory, base } = splitDirectoryEntry(path);
  const file = base === '.' || base === '/' ? directory : `${directory === '/' ? '' : directory}/${base}`;
  return { path: file, archiveName: name || base };
}
