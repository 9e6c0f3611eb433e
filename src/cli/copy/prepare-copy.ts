import { assertsDirectory, splitDirectoryEntry } from './copy-paths.ts';

/** What is known of a copy's source or destination. */
export interface CopyInfo {
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
  /** The name the files of a source go by in place of the one their path ends in; '' for none. */
  readonly rebaseName: string;
}

/** Where an archive is to be unpacked, and which start of its names becomes which. */
export interface PreparedCopy {
  readonly directory: string;
  readonly rebase?: { readonly from: string; readonly to: string };
}

/** moby's PrepareArchiveCopy: what `cp` means, out of what is there on both sides. */
export function prepareCopy(source: CopyInfo, destination: CopyInfo): PreparedCopy {
  if (destination.exists && destination.isDirectory) return { directory: destination.path };
  if (destination.exists && source.isDirectory) throw new Error('cannot copy directory');
  if (!destination.exists && !source.isDirectory && assertsDirectory(destination.path)) {
    throw new Error('no such directory');
  }
  const { directory, base } = splitDirectoryEntry(destination.path);
  return { directory, rebase: { from: source.rebaseName || splitDirectoryEntry(source.path).base, to: base } };
}

/** A name in an archive whose first part is called otherwise: moby replaces the first occurrence. */
export function rebased(name: string, { from, to }: { readonly from: string; readonly to: string }): string {
  const old = from === '/' ? '' : from;
  const at = name.indexOf(old);
  return at < 0 ? name : name.slice(0, at) + to + name.slice(at + old.length);
}
