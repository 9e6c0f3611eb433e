import { cleanPath } from '../lib/clean-path.ts';
import type { CliIo } from './io.ts';

/** A file of the caller's machine; errors as Go's os.Open words them. */
export async function readHostFile(io: CliIo, path: string): Promise<Uint8Array> {
  try {
    return await io.files.read(absolutePath(io.cwd, path));
  } catch (error) {
    throw new Error(`open ${path}: ${fileErrorText(error)}`, { cause: error });
  }
}

const texts: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  EEXIST: 'file exists',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on device',
};

/** What strerror says of an error with a `code`. */
export function fileErrorText(error: unknown): string {
  const { code } = error as { code?: string };
  return (code === undefined ? undefined : texts[code]) ?? (error instanceof Error ? error.message : String(error));
}

/** A path from `cwd`, with `.` and `..` resolved, as filepath.Abs does. */
export const absolutePath = (cwd: string, path: string): string =>
  cleanPath(path.startsWith('/') ? path : `${cwd}/${path}`);
