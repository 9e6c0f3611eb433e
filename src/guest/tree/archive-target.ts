/** Where an archive's entries go: the names in it are a stranger's, and lead nowhere but below the destination. */
import { cleanPath, joinPaths } from '../../lib/clean-path.ts';
import type { TarEntry } from '../../lib/tar/tar-scanner.ts';

/** A file to be made. Paths are absolute, in the tree the archive is unpacked into. */
export interface Target {
  readonly path: string;
  /** Of a hard link: the file it is another name of. */
  readonly linkTo?: string;
  /** The entry stands for the destination itself, which keeps what it has. */
  readonly isDestination: boolean;
}

/**
 * The target of an entry in `destination`, an absolute clean path. Throws an Error in moby's words for what would be
 * outside; links are looked at as moby does, for which an absolute one counts from the directory it is in.
 */
export function targetOf(entry: Pick<TarEntry, 'type' | 'name' | 'linkName'>, destination: string): Target {
  const name = cleanPath(entry.name);
  const path = joinPaths(destination, name);
  if (path !== destination && !path.startsWith(destination === '/' ? '/' : `${destination}/`)) {
    throw new Error(`${JSON.stringify(name)} is outside of ${JSON.stringify(destination)}`);
  }
  const target = { path, isDestination: name === '.' };
  if (entry.type === 'hardlink') {
    const linkTo = joinPaths(destination, entry.linkName);
    checkLink(entry, linkTo, linkTo, destination);
    return { ...target, linkTo };
  }
  if (entry.type === 'symlink') checkLink(entry, joinPaths(path, '..', entry.linkName), path, destination);
  return target;
}

function checkLink(
  { type, linkName }: Pick<TarEntry, 'type' | 'linkName'>,
  leadsTo: string,
  shown: string,
  destination: string,
): void {
  if (leadsTo.startsWith(destination)) return;
  throw new Error(`invalid ${type} ${JSON.stringify(shown)} -> ${JSON.stringify(linkName)}`);
}
