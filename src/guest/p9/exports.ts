/**
 * The one file system the guest mounts: a root directory with an entry per tree. It hands out qid paths, which are
 * unique over all trees and never used twice, since a guest may still hold what it cached of a tree long gone.
 */
import type { Qid } from './fields.ts';
import { type FileNode, type FileTree, type MaybePromise, fileType, isDirectory, isSymlink } from './file-tree.ts';

export interface ExportedTree {
  readonly name: string;
  readonly tree: FileTree;
  /** What is added to the tree's inode numbers to make qid paths. */
  readonly base: number;
}

/** A file as walked to; `exported` is undefined for the root above all trees. */
export interface Position {
  readonly exported: ExportedTree | undefined;
  readonly node: FileNode;
  readonly parent: Position | undefined;
}

/** A directory's names and what they are. */
export type Listing = readonly (readonly [string, Position])[];

export interface ExportsState {
  nextBase: number;
  bases: { name: string; base: number }[];
}

/** Linux bypasses its page cache for files of qid version 0. */
const qidVersion = 1;

const rootNode: FileNode = {
  ...{ ino: 1, mode: fileType.directory | 0o755, uid: 0, gid: 0, size: 0, nlink: 2, mtime: 0, mtimeNanoseconds: 0 },
};

export class Exports {
  readonly root: Position = { exported: undefined, node: rootNode, parent: undefined };
  readonly #trees = new Map<string, ExportedTree>();
  /** Bases of a saved state whose trees are yet to be added again. */
  readonly #savedBases = new Map<string, number>();
  // Paths stay small and dense: a 32-bit guest folds a qid path into a 32-bit inode number.
  #nextBase = 16;

  add(name: string, tree: FileTree): void {
    if (this.#trees.has(name)) throw new Error(`adding tree ${name}: there is one of that name`);
    let base = this.#savedBases.get(name);
    this.#savedBases.delete(name);
    if (base === undefined) {
      base = this.#nextBase;
      this.#nextBase += tree.inodeCount;
    }
    this.#trees.set(name, { name, tree, base });
  }

  remove(name: string): void {
    this.#trees.delete(name);
  }

  get(name: string): ExportedTree | undefined {
    return this.#trees.get(name);
  }

  save(): ExportsState {
    return { nextBase: this.#nextBase, bases: [...this.#trees.values()].map(({ name, base }) => ({ name, base })) };
  }

  /** Takes over the numbers of a saved state; no tree may have been added before. */
  restore(state: ExportsState): void {
    if (this.#trees.size > 0) throw new Error('restoring exports: trees were added before');
    this.#nextBase = state.nextBase;
    for (const { name, base } of state.bases) this.#savedBases.set(name, base);
  }

  qid({ exported, node }: Position): Qid {
    const type = isDirectory(node) ? 0x80 : isSymlink(node) ? 0x02 : 0;
    return { type, version: qidVersion, path: (exported?.base ?? 0) + node.ino };
  }

  child(directory: Position, name: string): MaybePromise<Position | undefined> {
    if (name === '.') return directory;
    if (name === '..') return directory.parent ?? directory;
    const { exported, node } = directory;
    if (!exported) {
      const found = this.#trees.get(name);
      return found && this.#treeRoot(found);
    }
    const at = (child: FileNode | undefined) => child && { exported, node: child, parent: directory };
    const child = exported.tree.lookup(node, name);
    return child instanceof Promise ? child.then(at) : at(child);
  }

  #treeRoot(exported: ExportedTree): Position {
    return { exported, node: exported.tree.root, parent: this.root };
  }

  /** A directory's entries, `.` and `..` first. */
  entries(directory: Position): MaybePromise<Listing> {
    const { exported } = directory;
    const dots = [['.', directory] as const, ['..', directory.parent ?? directory] as const];
    if (!exported) {
      return [...dots, ...[...this.#trees].map(([name, tree]) => [name, this.#treeRoot(tree)] as const)];
    }
    const at = (entries: readonly (readonly [string, FileNode])[]) => [
      ...dots,
      ...entries.map(([name, node]) => [name, { exported, node, parent: directory }] as const),
    ];
    const entries = exported.tree.entries(directory.node);
    return entries instanceof Promise ? entries.then(at) : at(entries);
  }
}
