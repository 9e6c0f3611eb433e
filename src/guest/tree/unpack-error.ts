/** A file of an archive that could not be made, in the words of Go's file functions, which Docker passes on. */
import type { TarEntry } from '../../lib/tar/tar-scanner.ts';
import { errnoText } from '../errno.ts';
import type { GuestError } from '../results.ts';
import type { OpName } from '../syscalls.ts';
import type { Target } from './archive-target.ts';

export class UnpackError extends Error {
  /** `ENOENT` and the like; undefined when no system call failed. */
  readonly code: string | undefined;

  constructor(message: string, { code, cause }: { readonly code?: string; readonly cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'UnpackError';
    this.code = code;
  }
}

const makes: Readonly<Record<TarEntry['type'], string>> = {
  file: 'open',
  directory: 'mkdir',
  symlink: 'symlink',
  hardlink: 'link',
  character: 'mknod',
  block: 'mknod',
  fifo: 'mknod',
};

/** What a failed program says of the entry it failed at. */
export function unpackError(error: GuestError, entry: TarEntry, target: Target): UnpackError {
  const failed = error.result.ops.find(({ index }) => index === error.index)?.op.name;
  const message = attempt(failed, error.code, entry, target) + goText(errnoText(error.errno));
  return new UnpackError(message, { code: error.code, cause: error });
}

/** Go's texts of the errors begin in lower case. */
export const goText = (text: string): string => text.replace(/^[A-Z](?![A-Z])/, (first) => first.toLowerCase());

function attempt(failed: OpName | undefined, code: string, entry: TarEntry, { path, linkTo }: Target): string {
  switch (failed) {
    case 'unlink':
    case 'removeAll':
      return `unlinkat ${path}: `;
    case 'fchownat':
    case 'fchown32':
      return `failed to Lchown ${JSON.stringify(path)} for UID ${entry.uid}, GID ${entry.gid}: lchown ${path}: `;
    case 'fchmod':
      return `chmod ${path}: `;
    case 'utimensat_time64':
      return `chtimes ${path}: `;
    case 'pwrite64':
      return `write ${path}: `;
    default:
  }
  const made = makes[entry.type];
  if (made === 'open' && ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].includes(code)) return `write ${path}: `;
  if (made === 'link') return `link ${linkTo} ${path}: `;
  if (made === 'symlink') return `symlink ${entry.linkName} ${path}: `;
  // moby passes on mknod's errno alone.
  return made === 'mknod' ? '' : `${made} ${path}: `;
}
