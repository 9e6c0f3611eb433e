import { fileType, statxMask } from '../linux.ts';

/** What `statx` says of a file. */
export interface FileStat {
  /** Type and permission bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970, and nanoseconds. */
  readonly mtime: number;
  readonly mtimeNanoseconds: number;
  /** Tells files apart: the same for hard links of one. */
  readonly identity: string;
  /** The device that a device file stands for. */
  readonly device: readonly [major: number, minor: number];
}

export const statxSize = 256;
export const statxBasic = statxMask.STATX_BASIC_STATS;

const typeMask = 0o170000;

export const isDirectory = ({ mode }: FileStat): boolean => (mode & typeMask) === fileType.S_IFDIR;
export const isRegular = ({ mode }: FileStat): boolean => (mode & typeMask) === fileType.S_IFREG;
export const isSymlink = ({ mode }: FileStat): boolean => (mode & typeMask) === fileType.S_IFLNK;
export const fileTypeOf = ({ mode }: FileStat): number => mode & typeMask;

/** Overlayfs's mark of a deleted file in an upper directory: a character device 0/0. */
export const isWhiteout = (stat: FileStat): boolean =>
  fileTypeOf(stat) === fileType.S_IFCHR && stat.device[0] === 0 && stat.device[1] === 0;

/** Decodes `struct statx`. */
export function decodeStatx(bytes: Uint8Array): FileStat {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (at: number): number => view.getUint32(at, true);
  return {
    mode: view.getUint16(28, true),
    nlink: u32(16),
    uid: u32(20),
    gid: u32(24),
    size: Number(view.getBigUint64(40, true)),
    mtime: Number(view.getBigInt64(112, true)),
    mtimeNanoseconds: u32(120),
    identity: `${u32(136)}:${u32(140)}:${view.getBigUint64(32, true)}`,
    device: [u32(128), u32(132)],
  };
}
