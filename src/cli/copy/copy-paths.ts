/**
 * How `docker cp` reads paths: what their ends ask for matters as much as where they lead. Named as in moby's archive
 * package.
 */
import { cleanPath, joinPaths, splitPath } from '../../lib/clean-path.ts';
import { absolutePath } from '../host-file.ts';

/** One side of a copy: a path in a container, or on the host when none is named. */
export interface CopyArgument {
  readonly container: string;
  readonly path: string;
}

/**
 * `CONTAINER:PATH` or a path of the host, which is one in any case when it begins with `/` or `.`: that is how a name
 * with a colon is written.
 */
export function splitCopyArgument(argument: string): CopyArgument {
  const colon = argument.indexOf(':');
  if (colon < 0 || argument.startsWith('/') || argument.startsWith('.')) return { container: '', path: argument };
  return { container: argument.slice(0, colon), path: argument.slice(colon + 1) };
}

/** filepath.Base. */
export function baseName(path: string): string {
  if (path === '') return '.';
  return splitPath(path.replace(/\/+$/, '')).name || '/';
}

const hasTrailingSlash = (path: string): boolean => path.endsWith('/');
const specifiesCurrentDirectory = (path: string): boolean => baseName(path) === '.';

/** Whether a path says of itself that it is a directory. */
export const assertsDirectory = (path: string): boolean => hasTrailingSlash(path) || specifiesCurrentDirectory(path);

/** A cleaned path with the `/` or `/.` that it had at its end before. */
function preserveEnd(cleaned: string, original: string): string {
  let path = cleaned;
  if (!specifiesCurrentDirectory(path) && specifiesCurrentDirectory(original)) {
    path += hasTrailingSlash(path) ? '.' : '/.';
  }
  return !hasTrailingSlash(path) && hasTrailingSlash(original) ? `${path}/` : path;
}

/** An absolute path of the host, its end preserved. */
export const resolveLocalPath = (cwd: string, path: string): string => preserveEnd(absolutePath(cwd, path), path);

/** The directory and name of a path; a `.` at its end is a name. */
export function splitDirectoryEntry(path: string): { directory: string; base: string } {
  const cleaned = cleanPath(path);
  if (specifiesCurrentDirectory(path)) return { directory: cleaned, base: '.' };
  return { directory: splitPath(cleaned).directory, base: baseName(cleaned) };
}

/**
 * The path a link leads to with the end of the path that named it, and the name files go by when that is not the one
 * it has there; '' when it is.
 */
export function rebaseName(path: string, resolved: string): { path: string; rebaseName: string } {
  const preserved = preserveEnd(resolved, path);
  return { path: preserved, rebaseName: baseName(path) === baseName(preserved) ? '' : baseName(path) };
}

/** A link's target as a path, when it was found at `path`. */
export const linkedPath = (path: string, target: string): string =>
  target.startsWith('/') ? target : joinPaths(splitDirectoryEntry(path).directory, target);
