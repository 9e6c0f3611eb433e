/**
 * A tree whose content is fetched when the guest first looks into it: only its root directory is known before. For
 * what few visitors need, such as the host's bigger tools.
 */
import type { FileNode, FileTree, MaybePromise } from './file-tree.ts';

export interface LazyTreeOptions {
  /** Fetches and indexes the tree. Called once; after a failure, once more for the next file asked for. */
  load: () => Promise<FileTree>;
  /** The root directory as it is shown before (and after) loading. */
  root: FileNode;
  /** An upper bound, since inode numbers are allotted when the tree is added. */
  inodeCount: number;
}

export class LazyTree implements FileTree {
  readonly root: FileNode;
  readonly inodeCount: number;
  readonly #load: () => Promise<FileTree>;
  #tree: FileTree | undefined;
  #loading: Promise<FileTree> | undefined;

  constructor({ load, root, inodeCount }: LazyTreeOptions) {
    this.#load = load;
    this.root = root;
    this.inodeCount = inodeCount;
  }

  node(ino: number): MaybePromise<FileNode | undefined> {
    // The root is known: mounting the tree must not fetch it.
    return ino === this.root.ino ? this.root : this.#use((tree) => tree.node(ino));
  }

  lookup(directory: FileNode, name: string): MaybePromise<FileNode | undefined> {
    return this.#use((tree) => tree.lookup(this.#real(tree, directory), name));
  }

  entries(directory: FileNode): MaybePromise<readonly (readonly [string, FileNode])[]> {
    return this.#use((tree) => tree.entries(this.#real(tree, directory)));
  }

  read(file: FileNode, offset: number, count: number): MaybePromise<Uint8Array> {
    return this.#use((tree) => tree.read(file, offset, count));
  }

  #real(tree: FileTree, directory: FileNode): FileNode {
    return directory === this.root ? tree.root : directory;
  }

  #use<T>(action: (tree: FileTree) => MaybePromise<T>): MaybePromise<T> {
    if (this.#tree) return action(this.#tree);
    this.#loading ??= this.#loadOnce();
    return this.#loading.then(action);
  }

  async #loadOnce(): Promise<FileTree> {
    try {
      const tree = await this.#load();
      if (tree.inodeCount > this.inodeCount) {
        throw new Error(`loading a lazy tree: it has ${tree.inodeCount} inodes, ${this.inodeCount} were allotted`);
      }
      return (this.#tree = tree);
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }
}
