/**
 * The inodes of one layer, as found in its tar, and their JSON form kept beside it so that the tar is read through only
 * once in its life.
 */
import type { FileNode } from '../../guest/p9/file-tree.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { toHex } from '../../lib/hex.ts';

export interface LayerInode extends FileNode {
  /** Where a file's content begins in the uncompressed tar. */
  dataOffset: number;
  /** A directory's entries. */
  children?: Map<string, LayerInode>;
}

export interface LayerIndex {
  readonly root: LayerInode;
  /** By inode number; there is no inode 0. */
  readonly inodes: readonly (LayerInode | undefined)[];
  /** What Docker counts as the layer's size: bytes in files and link targets, hard links once. */
  readonly contentSize: number;
}

/** Zero numbers are left out, as most are. */
interface StoredInode {
  mode: number;
  uid?: number;
  gid?: number;
  size?: number;
  nlink: number;
  mtime?: number;
  mtimeNanoseconds?: number;
  dataOffset?: number;
  device?: [major: number, minor: number];
  target?: string;
  /** Values as hexadecimal. */
  xattrs?: [name: string, value: string][];
  children?: [name: string, ino: number][];
}

interface StoredIndex {
  version: typeof version;
  contentSize: number;
  /** The first is inode 1, the root. */
  inodes: StoredInode[];
}

const version = 1;

export function encodeLayerIndex(index: LayerIndex): Uint8Array {
  const inodes = index.inodes.slice(1).map((inode) => encodeInode(inode!));
  const stored: StoredIndex = { version, contentSize: index.contentSize, inodes };
  return encodeUtf8(JSON.stringify(stored));
}

/** Undefined for an index of another version, which is then made anew from the tar. */
export function decodeLayerIndex(bytes: Uint8Array): LayerIndex | undefined {
  const stored = JSON.parse(decodeUtf8(bytes)) as StoredIndex;
  if (stored.version !== version) return undefined;
  const inodes = stored.inodes.map((inode, at) => decodeInode(inode, at + 1));
  stored.inodes.forEach(({ children }, at) => {
    if (children) inodes[at]!.children = new Map(children.map(([name, ino]) => [name, inodes[ino - 1]!]));
  });
  return { root: inodes[0]!, inodes: [undefined, ...inodes], contentSize: stored.contentSize };
}

function encodeInode(inode: LayerInode): StoredInode {
  const { device, xattrs, children } = inode;
  return {
    mode: inode.mode,
    uid: inode.uid || undefined,
    gid: inode.gid || undefined,
    size: inode.size || undefined,
    nlink: inode.nlink,
    mtime: inode.mtime || undefined,
    mtimeNanoseconds: inode.mtimeNanoseconds || undefined,
    dataOffset: inode.dataOffset || undefined,
    device: device && [device.major, device.minor],
    target: inode.target,
    xattrs: xattrs && [...xattrs].map(([name, value]) => [name, toHex(value)]),
    children: children && [...children].map(([name, child]) => [name, child.ino]),
  };
}

function decodeInode(stored: StoredInode, ino: number): LayerInode {
  const { device, xattrs } = stored;
  return {
    ino,
    mode: stored.mode,
    uid: stored.uid ?? 0,
    gid: stored.gid ?? 0,
    size: stored.size ?? 0,
    nlink: stored.nlink,
    mtime: stored.mtime ?? 0,
    mtimeNanoseconds: stored.mtimeNanoseconds ?? 0,
    dataOffset: stored.dataOffset ?? 0,
    device: device && { major: device[0], minor: device[1] },
    target: stored.target,
    xattrs: xattrs && new Map(xattrs.map(([name, value]) => [name, fromHex(value)])),
  };
}

const fromHex = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
