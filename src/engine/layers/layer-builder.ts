/**
 * Puts a layer's tar entries into a tree, in the form overlayfs wants of a lower directory: an OCI whiteout
 * (`.wh.name`) becomes a 0/0 character device, an opaque marker an xattr of its directory. Names are resolved inside
 * the tree only, so no entry can reach anything else.
 * https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
 */
import { fileType } from '../../guest/p9/file-tree.ts';
import { encodeName } from '../../lib/name-bytes.ts';
import { TarError } from '../../lib/tar/header.ts';
import type { TarEntry, TarEntryType } from '../../lib/tar/tar-scanner.ts';
import type { LayerIndex, LayerInode } from './layer-index.ts';
import { maxInodes, maxMetadataBytes } from './limits.ts';

const whiteoutPrefix = '.wh.';
/** Prefix of AUFS's own metadata, of which only the opaque marker means anything to others. */
const whiteoutMetaPrefix = '.wh..wh.';
const opaqueMarker = '.wh..wh..opq';
const opaqueXattr = 'trusted.overlay.opaque';
/** Linux's limits: NAME_MAX, PATH_MAX, and symbolic links followed in one look-up. */
const limits = { name: 255, path: 4096, links: 40 };

type Inode = { -readonly [K in keyof Omit<LayerInode, 'xattrs' | 'children'>]: LayerInode[K] } & {
  xattrs?: Map<string, Uint8Array>;
  children?: Map<string, Inode>;
};

const typeBits: Record<Exclude<TarEntryType, 'hardlink'>, number> = {
  file: fileType.file,
  directory: fileType.directory,
  symlink: fileType.symlink,
  character: fileType.character,
  block: fileType.block,
  fifo: fileType.fifo,
};

const newDirectory = (): Inode => ({
  ...{ ino: 0, mode: fileType.directory | 0o755, uid: 0, gid: 0, size: 4096, nlink: 2, mtime: 0, mtimeNanoseconds: 0 },
  ...{ dataOffset: 0, children: new Map() },
});

const newWhiteout = (): Inode => ({
  ...{ ino: 0, mode: fileType.character, uid: 0, gid: 0, size: 0, nlink: 1, mtime: 0, mtimeNanoseconds: 0 },
  ...{ dataOffset: 0, device: { major: 0, minor: 0 } },
});

export class LayerBuilder {
  readonly #root = newDirectory();
  /** Those made for `.wh.` entries, as opposed to real devices. */
  readonly #whiteouts = new WeakSet<Inode>();
  #inodes = 1;
  /** Bytes of names, link targets and attributes. */
  #metadata = 0;

  /** Throws a TarError when the entry cannot be part of a layer. */
  add(entry: TarEntry): void {
    this.#count(entry);
    const parts = cleanPath(entry.name);
    const name = parts.pop();
    if (name === undefined) {
      if (entry.type === 'directory') this.#update(this.#root, entry);
      return;
    }
    const isMarker = name === opaqueMarker;
    if (!isMarker && [...parts, name].some((part) => part.startsWith(whiteoutMetaPrefix))) return;
    const parent = this.#directory(parts, entry.name);
    if (isMarker) setOpaque(parent);
    else if (name.startsWith(whiteoutPrefix)) this.#whiteOut(parent, name.slice(whiteoutPrefix.length), entry.name);
    else if (entry.type === 'hardlink') this.#link(parent, name, entry);
    else this.#put(parent, name, entry);
  }

  /** What an archive says of its files is held in memory, unlike their content. */
  #count({ name, linkName, xattrs }: TarEntry): void {
    this.#metadata += name.length + linkName.length;
    for (const [keyword, value] of xattrs) this.#metadata += keyword.length + value.length;
    if (this.#metadata <= maxMetadataBytes) return;
    throw new TarError(`names and attributes of its files take more than ${maxMetadataBytes} bytes`);
  }

  #newInode(inode: Inode): Inode {
    if (++this.#inodes > maxInodes) throw new TarError(`it has more than ${maxInodes} files`);
    return inode;
  }

  /** Numbers the inodes; the builder is of no use afterwards. */
  finish(): LayerIndex {
    const inodes: (Inode | undefined)[] = [undefined];
    let contentSize = 0;
    const number = (inode: Inode): void => {
      if (inode.ino > 0) {
        inode.nlink++;
        return;
      }
      inode.ino = inodes.push(inode) - 1;
      if (!inode.children) contentSize += inode.size;
    };
    number(this.#root);
    // The list grows while it is walked: parents before children.
    for (let at = 1; at < inodes.length; at++) {
      const directory = inodes[at]!;
      for (const child of directory.children?.values() ?? []) {
        number(child);
        if (child.children) directory.nlink++;
      }
    }
    return { root: this.#root, inodes, contentSize };
  }

  #put(parent: Inode, name: string, entry: TarEntry & { type: TarEntryType }): void {
    const existing = parent.children!.get(name);
    if (entry.type === 'directory' && existing?.children) return this.#update(existing, entry);
    const inode = this.#newInode(entry.type === 'directory' ? newDirectory() : newFile(entry));
    this.#update(inode, entry);
    if (inode.children && existing && this.#whiteouts.has(existing)) setOpaque(inode);
    parent.children!.set(name, inode);
  }

  #update(inode: Inode, entry: TarEntry): void {
    inode.mode = (inode.mode & fileType.mask) | entry.mode;
    inode.uid = entry.uid;
    inode.gid = entry.gid;
    inode.mtime = entry.mtime;
    inode.mtimeNanoseconds = entry.mtimeNanoseconds;
    for (const [name, value] of entry.xattrs) {
      // overlayfs's own bookkeeping: a layer that brings it could point the merged tree anywhere.
      if (name.startsWith('trusted.overlay.')) continue;
      (inode.xattrs ??= new Map()).set(name, value);
    }
  }

  #link(parent: Inode, name: string, entry: TarEntry): void {
    const parts = cleanPath(entry.linkName);
    const targetName = parts.pop();
    const directory = targetName === undefined ? undefined : this.#walk(parts, entry.linkName);
    const target = directory?.children?.get(targetName!);
    if (!target || target.children || this.#whiteouts.has(target)) {
      throw new TarError(`hard link ${entry.name}: its target ${entry.linkName} is no file of this layer`);
    }
    parent.children!.set(name, target);
  }

  /** A whiteout hides what lower layers have; what this layer itself has under the name stays. */
  #whiteOut(parent: Inode, name: string, path: string): void {
    if (name === '' || name === '.' || name === '..') throw new TarError(`invalid whiteout ${path}`);
    const existing = parent.children!.get(name);
    if (existing?.children) setOpaque(existing);
    if (existing) return;
    const whiteout = this.#newInode(newWhiteout());
    this.#whiteouts.add(whiteout);
    parent.children!.set(name, whiteout);
  }

  /** The directory an entry lies in. Docker, too, creates those an archive does not mention. */
  #directory(parts: string[], path: string): Inode {
    return this.#walk(parts, path, (parent, name) => {
      const directory = this.#newInode(newDirectory());
      const existing = parent.children!.get(name);
      if (existing && this.#whiteouts.has(existing)) setOpaque(directory);
      parent.children!.set(name, directory);
      return directory;
    })!;
  }

  /** Follows names and symbolic links from the root, as if the layer were the whole file system. */
  #walk(parts: string[], path: string, create?: (parent: Inode, name: string) => Inode): Inode | undefined {
    const stack = [this.#root];
    const pending = parts.toReversed();
    let links = 0;
    while (pending.length > 0) {
      const name = pending.pop()!;
      const parent = stack.at(-1)!;
      if (name === '..') {
        if (stack.length > 1) stack.pop();
        continue;
      }
      let child = parent.children!.get(name);
      if (!child || this.#whiteouts.has(child)) {
        child = create?.(parent, name);
        if (!child) return undefined;
      }
      if (child.target !== undefined) {
        if (++links > limits.links) throw new TarError(`${path}: too many levels of symbolic links`);
        if (child.target.startsWith('/')) stack.length = 1;
        pending.push(...splitPath(child.target).reverse());
      } else if (child.children) {
        stack.push(child);
      } else {
        throw new TarError(`${path}: ${name} is not a directory`);
      }
    }
    return stack.at(-1);
  }
}

function newFile(entry: TarEntry): Inode {
  const type = entry.type as Exclude<TarEntryType, 'hardlink'>;
  const isDevice = type === 'character' || type === 'block';
  const target = type === 'symlink' ? entry.linkName : undefined;
  if (target !== undefined && isTooLong(target, limits.path)) {
    throw new TarError(`symlink ${entry.name}: its target is too long`);
  }
  return {
    ...{ ino: 0, mode: typeBits[type], uid: 0, gid: 0, nlink: 1, mtime: 0, mtimeNanoseconds: 0 },
    size: target === undefined ? entry.size : encodeName(target).length,
    dataOffset: entry.dataOffset,
    device: isDevice ? { major: entry.deviceMajor, minor: entry.deviceMinor } : undefined,
    target,
  };
}

function setOpaque(directory: Inode): void {
  (directory.xattrs ??= new Map()).set(opaqueXattr, Uint8Array.of('y'.charCodeAt(0)));
}

const splitPath = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

const isTooLong = (name: string, limit: number): boolean => name.length > limit / 3 && encodeName(name).length > limit;

/** The parts of an entry's name. Absolute names are taken as relative to the layer, as Docker does. */
function cleanPath(path: string): string[] {
  const parts = splitPath(path);
  if (parts.includes('..')) throw new TarError(`${JSON.stringify(path)} is outside of the layer`);
  if (path.includes('\0')) throw new TarError(`${JSON.stringify(path)} holds a NUL byte`);
  if (isTooLong(path, limits.path) || parts.some((part) => isTooLong(part, limits.name))) {
    throw new TarError(`${path.slice(0, 60)}…: file name too long`);
  }
  return parts;
}
