/**
 * What the 9P server needs of a tree of files: metadata at hand, content on demand. Whatever may have to be fetched
 * first may come as a promise; whatever is at hand must not, since the guest waits on every answer.
 */
export type MaybePromise<T> = T | Promise<T>;

/** One inode. Times are whole seconds since 1970 and nanoseconds; `mode` includes the file type (S_IFMT). */
export interface FileNode {
  /** Unique in its tree, from 1 to `FileTree.inodeCount` - 1; hard links share it. */
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly nlink: number;
  readonly mtime: number;
  readonly mtimeNanoseconds: number;
  /** Device number of a character or block device. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Target of a symbolic link. */
  readonly target?: string;
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

export interface FileTree {
  readonly root: FileNode;
  /** Inode numbers are below this. */
  readonly inodeCount: number;
  node(ino: number): MaybePromise<FileNode | undefined>;
  lookup(directory: FileNode, name: string): MaybePromise<FileNode | undefined>;
  /** Names and inodes of a directory, without `.` and `..`, always in the same order. */
  entries(directory: FileNode): MaybePromise<readonly (readonly [string, FileNode])[]>;
  /** At most `count` bytes from `offset`; fewer only at the end of the file. */
  read(file: FileNode, offset: number, count: number): MaybePromise<Uint8Array>;
}

export const fileType = {
  mask: 0o170000,
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
} as const;

export const isDirectory = (node: FileNode): boolean => (node.mode & fileType.mask) === fileType.directory;
export const isSymlink = (node: FileNode): boolean => (node.mode & fileType.mask) === fileType.symlink;
