/** Opening files below a directory of the guest as if it were `/`: no link, however written, leads out of it. */
import { ByteWriter } from '../../lib/bytes.ts';
import { open } from '../linux.ts';
import type { OpRef, ProgramBuilder } from '../program-builder.ts';

const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_IN_ROOT = 0x10;

export interface OpenOptions {
  /** Fail on any symbolic link on the way, for paths found by walking: what became a link since is not followed. */
  readonly followLinks?: boolean;
  readonly mode?: number;
}

/** The directory that stands for `/`. */
export const openRoot = (p: ProgramBuilder, root: string): OpRef => p.open(root, open.O_PATH | open.O_DIRECTORY);

/** `struct open_how` for `openat2` below a root. */
export function openHow(flags: number, { followLinks = false, mode = 0 }: OpenOptions = {}): Uint8Array {
  const resolve = RESOLVE_IN_ROOT | (followLinks ? 0 : RESOLVE_NO_SYMLINKS);
  return new ByteWriter(24)
    .u64(flags | open.O_CLOEXEC | ((flags & open.O_PATH) === 0 ? open.O_LARGEFILE : 0))
    .u64(mode)
    .u64(resolve)
    .finish();
}

/** A path as `openat2` takes it: relative, the root itself being `.`. */
export const relativePath = (path: string): string => path.replace(/^\/+/, '') || '.';
