import type { FileNode, FileTree, MaybePromise } from '../../guest/p9/file-tree.ts';
import type { StoredBlob } from './blob-store.ts';
import type { LayerIndex, LayerInode } from './layer-index.ts';

/** A layer as the 9P server serves it: metadata from the index, content from slices of the tar. */
export class LayerTree implements FileTree {
  readonly #index: LayerIndex;
  readonly #tar: StoredBlob;
  readonly #entries = new WeakMap<FileNode, readonly (readonly [string, FileNode])[]>();

  constructor(index: LayerIndex, tar: StoredBlob) {
    this.#index = index;
    this.#tar = tar;
  }

  get root(): FileNode {
    return this.#index.root;
  }

  get inodeCount(): number {
    return this.#index.inodes.length;
  }

  node(ino: number): FileNode | undefined {
    return this.#index.inodes[ino];
  }

  lookup(directory: FileNode, name: string): FileNode | undefined {
    return (directory as LayerInode).children?.get(name);
  }

  entries(directory: FileNode): readonly (readonly [string, FileNode])[] {
    let entries = this.#entries.get(directory);
    if (!entries) {
      entries = [...((directory as LayerInode).children ?? [])];
      this.#entries.set(directory, entries);
    }
    return entries;
  }

  read(file: FileNode, offset: number, count: number): MaybePromise<Uint8Array> {
    const length = Math.max(0, Math.min(count, file.size - offset));
    return this.#tar.read((file as LayerInode).dataOffset + offset, length);
  }
}
