/** A tree of the guest's files as a tar, written as Docker writes it: names sorted, directories before their content. */
import { encodeEntry, tarEnd, tarPadding } from '../../lib/tar/encode-entry.ts';
import type { Channel } from '../channel.ts';
import { fileType, open } from '../linux.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { fileTypeOf, isDirectory, isRegular, isWhiteout } from './file-stat.ts';
import { openHow, openRoot, relativePath } from './open-in-root.ts';
import { type DirectoryEntry, readDirectory } from './read-directory.ts';

/** Bytes that one program reads. */
const chunk = 512 * 1024;
/** Files that one program opens: each takes one of its registers. */
const filesAtOnce = 40;

const typeFlags: Readonly<Record<number, string>> = {
  [fileType.S_IFREG]: '0',
  [fileType.S_IFLNK]: '2',
  [fileType.S_IFCHR]: '3',
  [fileType.S_IFBLK]: '4',
  [fileType.S_IFDIR]: '5',
  [fileType.S_IFIFO]: '6',
};

/** An entry on its way into the archive. */
interface Packed extends DirectoryEntry {
  /** Below the root. */
  readonly path: string;
  /** In the archive. */
  readonly archiveName: string;
  /** The name of the hard link that came first. */
  readonly linkTo?: string;
}

/** Packs the content of the directory `path` below `root`; names in the archive start with `prefix`. */
export async function* packDirectory(
  channel: Channel,
  root: string,
  path: string,
  prefix = '',
): AsyncGenerator<Uint8Array> {
  yield* new Packer(channel, root).directory(path, prefix);
  yield tarEnd;
}

/**
 * Packs the upper directory of an overlay as an OCI layer: what it deleted as `.wh.` files, in directories that hide
 * those below them an opaque marker.
 * https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
 */
export async function* packLayer(channel: Channel, upper: string): AsyncGenerator<Uint8Array> {
  yield* new Packer(channel, upper, true).directory('', '');
  yield tarEnd;
}

/** Packs one file, or a directory with all it holds, under the name `archiveName`. */
export async function* packFile(
  channel: Channel,
  root: string,
  path: string,
  entry: DirectoryEntry,
  archiveName: string,
): AsyncGenerator<Uint8Array> {
  const packer = new Packer(channel, root);
  yield* packer.files([{ ...entry, path, archiveName }]);
  if (isDirectory(entry.stat)) yield* packer.directory(path, `${archiveName}/`);
  yield tarEnd;
}

class Packer {
  readonly #channel: Channel;
  readonly #root: string;
  readonly #isLayer: boolean;
  readonly #firstLinks = new Map<string, string>();

  constructor(channel: Channel, root: string, isLayer = false) {
    this.#channel = channel;
    this.#root = root;
    this.#isLayer = isLayer;
  }

  async *directory(path: string, prefix: string): AsyncGenerator<Uint8Array> {
    let pending: Packed[] = [];
    let size = 0;
    for (const entry of await readDirectory(this.#channel, this.#root, path)) {
      // Sockets have no place in an archive.
      if (typeFlags[fileTypeOf(entry.stat)] === undefined) continue;
      const whole = { ...entry, path: `${path}/${entry.name}`, archiveName: prefix + entry.name };
      const isDeleted = this.#isLayer && isWhiteout(entry.stat);
      const packed = isDeleted ? whiteout(whole, prefix) : this.#linked(whole);
      pending.push(packed);
      if (this.#isLayer && entry.isOpaque) pending.push(opaqueMarker(whole));
      size += entry.stat.size;
      if (pending.length < filesAtOnce && size < chunk && !isDirectory(entry.stat)) continue;
      yield* this.files(pending);
      pending = [];
      size = 0;
      if (isDirectory(entry.stat)) yield* this.directory(packed.path, `${packed.archiveName}/`);
    }
    yield* this.files(pending);
  }

  /** Entries that follow each other; the content of small files is read at once. */
  async *files(entries: readonly Packed[]): AsyncGenerator<Uint8Array> {
    const contents = await this.#readSmall(entries);
    for (const entry of entries) {
      const { stat } = entry;
      const hasContent = isRegular(stat) && entry.linkTo === undefined;
      yield header(entry, hasContent ? stat.size : 0);
      if (!hasContent) continue;
      const content = contents.get(entry);
      if (content) yield content;
      else yield* this.#readLarge(entry);
      yield tarPadding(stat.size);
    }
  }

  /** The second link of a file is a link to the first. */
  #linked(entry: Packed): Packed {
    if (!isRegular(entry.stat) || entry.stat.nlink < 2) return entry;
    const linkTo = this.#firstLinks.get(entry.stat.identity);
    if (linkTo !== undefined) return { ...entry, linkTo };
    this.#firstLinks.set(entry.stat.identity, entry.archiveName);
    return entry;
  }

  async #readSmall(entries: readonly Packed[]): Promise<Map<Packed, Uint8Array>> {
    const contents = new Map<Packed, Uint8Array>();
    const p = new ProgramBuilder('read files');
    const root = openRoot(p, this.#root);
    let left = chunk;
    const reads = entries.flatMap((entry) => {
      const { size } = entry.stat;
      if (!isRegular(entry.stat) || entry.linkTo !== undefined || size > left) return [];
      if (size === 0) {
        contents.set(entry, new Uint8Array());
        return [];
      }
      left -= size;
      const file = p.openat2(root, relativePath(entry.path), openHow(open.O_RDONLY));
      return [{ entry, read: p.pread64(file, size, 0) }];
    });
    if (reads.length === 0) return contents;
    const result = await this.#channel.run(p.build());
    for (const { entry, read } of reads) contents.set(entry, ofSize(result.output(read), entry.stat.size));
    return contents;
  }

  async *#readLarge({ path, stat }: Packed): AsyncGenerator<Uint8Array> {
    for (let position = 0; position < stat.size;) {
      const wanted = Math.min(chunk, stat.size - position);
      const p = new ProgramBuilder(`read ${path}`);
      const file = p.openat2(openRoot(p, this.#root), relativePath(path), openHow(open.O_RDONLY));
      const read = p.pread64(file, wanted, position);
      const output = (await this.#channel.run(p.build())).output(read);
      const content = output.length === 0 ? ofSize(output, wanted) : output;
      yield content;
      position += content.length;
    }
  }
}

/** moby's archive package gives whiteouts this mode, and the opaque marker its directory's. */
const whiteout = (entry: Packed, prefix: string): Packed => ({
  ...entry,
  archiveName: `${prefix}.wh.${entry.name}`,
  stat: { ...entry.stat, mode: fileType.S_IFREG | 0o600, size: 0 },
});

const opaqueMarker = (directory: Packed): Packed => ({
  ...directory,
  archiveName: `${directory.archiveName}/.wh..wh..opq`,
  stat: {
    ...directory.stat,
    mode: fileType.S_IFREG | (directory.stat.mode & 0o777),
    size: 0,
    mtime: 0,
    mtimeNanoseconds: 0,
  },
});

/** A file that has shrunk since its size was written is filled up: the archive stays readable. */
function ofSize(content: Uint8Array, size: number): Uint8Array {
  if (content.length === size) return content;
  const filled = new Uint8Array(size);
  filled.set(content);
  return filled;
}

function header({ stat, archiveName, linkTo, target, capability }: Packed, size: number): Uint8Array {
  const type = linkTo === undefined ? typeFlags[fileTypeOf(stat)]! : '1';
  const isDevice = type === '3' || type === '4';
  return encodeEntry(
    {
      name: isDirectory(stat) ? `${archiveName}/` : archiveName,
      linkName: linkTo ?? target ?? '',
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
      size,
      mtime: stat.mtime,
      type,
      deviceMajor: isDevice ? stat.device[0] : 0,
      deviceMinor: isDevice ? stat.device[1] : 0,
    },
    capability && new Map([['security.capability', capability]]),
  );
}
