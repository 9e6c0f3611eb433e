/**
 * The archive of `docker load` as it streams by: what is a tar inside it becomes a layer at once, small files are kept
 * in memory. Which of them make images, the manifest tells, and that comes last.
 */
import { DockerError } from '../../api/error.ts';
import { concatBytes, decodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, isDigest } from '../../lib/digest.ts';
import { guardSource } from '../../lib/guard-source.ts';
import { blockSize, decodeHeader, TarError } from '../../lib/tar/header.ts';
import { type TarPart, readTar } from '../../lib/tar/read-tar.ts';
import type { TarEntry } from '../../lib/tar/tar-scanner.ts';
import { inflateStream } from '../layers/inflate.ts';
import type { HeldLayer, LayerStore } from '../layers/layer-store.ts';
import { archiveError } from './archive-error.ts';

/** Manifests and configs are some kilobytes each. */
const mostInMemory = 32 << 20;
const mostLinks = 40;

type StoredFile = { readonly bytes: Uint8Array } | { readonly layer: HeldLayer } | { readonly error: Error };

/** Hears how much of a layer, named by its digest, has been read. */
export type LayerProgress = (digest: Digest, current: number, total: number) => void;

export class LoadArchive {
  readonly #layers: LayerStore;
  readonly #files = new Map<string, StoredFile>();
  readonly #links = new Map<string, string>();
  readonly #directories = new Set<string>();
  /** Where Docker would have unpacked it, for its errors. */
  readonly #place = `/var/lib/docker/tmp/docker-import-${Math.floor(Math.random() * 2 ** 32)}`;
  #inMemory = 0;

  private constructor(layers: LayerStore) {
    this.#layers = layers;
  }

  /** Reads the whole archive, which may be compressed. Rejects, and holds no layer, when it is malformed. */
  static async read(
    source: AsyncIterable<Uint8Array>,
    layers: LayerStore,
    onProgress: LayerProgress,
  ): Promise<LoadArchive> {
    const archive = new LoadArchive(layers);
    const parts = readTar(inflateStream(source));
    try {
      for (let part = await parts.next(); !part.done;) part = await archive.#take(part.value, parts, onProgress);
    } catch (error) {
      await parts.return(undefined);
      await archive.release();
      throw archiveError(error);
    }
    return archive;
  }

  /** Lets go of the layers; those that no image has taken are deleted. */
  async release(): Promise<void> {
    const layers = [...this.#files.values()].flatMap((file) => ('layer' in file ? [file.layer] : []));
    await Promise.all(layers.map((layer) => layer.release()));
  }

  /** Names of the directories at the top, sorted. */
  get directories(): string[] {
    return [...this.#directories].sort();
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** A file that is no layer, parsed. */
  json(path: string): unknown {
    try {
      return JSON.parse(decodeUtf8(this.bytes(path)));
    } catch (error) {
      if (error instanceof SyntaxError) throw new DockerError('system', `${path} is no JSON: ${error.message}`);
      throw error;
    }
  }

  bytes(path: string): Uint8Array {
    const file = this.#get(path);
    if ('bytes' in file) return file.bytes;
    throw 'error' in file ? file.error : new DockerError('system', `${path} is a layer, and no JSON`);
  }

  /** The layer a file is, which stays for as long as the archive is not released. */
  async layer(path: string): Promise<Digest> {
    const file = this.#get(path);
    if ('layer' in file) return file.layer.diffId;
    if ('error' in file) throw archiveError(file.error);
    // Too short to be known for a tar, or none at all.
    const layer = await this.#layers.register(once(file.bytes)).catch((error: unknown) => {
      throw archiveError(error);
    });
    this.#files.set(this.#resolve(path), { layer });
    return layer.diffId;
  }

  #get(path: string): StoredFile {
    const file = this.#find(path);
    if (!file) throw new DockerError('system', `open ${this.#place}/${path}: no such file or directory`);
    return file;
  }

  #find(path: string): StoredFile | undefined {
    return this.#files.get(this.#resolve(path));
  }

  /** Old archives link equal layers to each other. */
  #resolve(path: string): string {
    let resolved = cleanName(path);
    for (let links = 0; links < mostLinks; links++) {
      const target = this.#links.get(resolved);
      if (target === undefined) break;
      resolved = target;
    }
    return resolved;
  }

  /** Takes in one entry with its content. Resolves with the part after it. */
  async #take(
    part: TarPart,
    parts: AsyncGenerator<TarPart>,
    onProgress: LayerProgress,
  ): Promise<IteratorResult<TarPart>> {
    if (!('entry' in part)) return parts.next();
    const { entry } = part;
    const path = cleanName(entry.name);
    const [top = '', below] = path.split('/', 2);
    if (entry.type === 'directory' || below !== undefined) this.#directories.add(top);
    if (entry.type === 'symlink') this.#links.set(path, linkTarget(path, entry.linkName));
    if (entry.type === 'hardlink') this.#links.set(path, cleanName(entry.linkName));
    let next = await parts.next();
    if (entry.type !== 'file') return next;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      for (; !next.done && 'content' in next.value; next = await parts.next()) yield next.value.content;
    };
    const stored = await this.#store(entry, path, content(), onProgress);
    // What was not wanted of the content still has to be passed over.
    while (!next.done && 'content' in next.value) next = await parts.next();
    const before = this.#files.get(path);
    if (before && 'layer' in before) await before.layer.release();
    this.#files.set(path, stored);
    return next;
  }

  async #store(
    entry: TarEntry,
    path: string,
    content: AsyncIterable<Uint8Array>,
    onProgress: LayerProgress,
  ): Promise<StoredFile> {
    const digest = /^blobs\/(sha256)\/([0-9a-f]{64})$/.exec(path)?.slice(1).join(':') ?? '';
    let report = (_bytes: number): void => {};
    if (isDigest(digest) && !(await this.#layers.has(digest)))
      report = (bytes) => onProgress(digest, bytes, entry.size);
    // What ends in the middle of the entry is the archive's fault, all else this file's.
    const archive = guardSource(content);
    try {
      const chunks = inflateStream(archive.chunks);
      const start = await firstBytes(chunks, blockSize);
      if (!isTarStart(start)) return { bytes: await this.#keepInMemory(start, chunks, path) };
      return { layer: await this.#layers.register(counted(start, chunks, report)) };
    } catch (error) {
      if (archive.failure) throw archive.failure;
      return { error: error as Error };
    }
  }

  async #keepInMemory(start: Uint8Array, rest: AsyncIterable<Uint8Array>, path: string): Promise<Uint8Array> {
    const chunks = [start];
    this.#inMemory += start.length;
    for await (const chunk of rest) {
      this.#inMemory += chunk.length;
      if (this.#inMemory > mostInMemory) {
        throw new DockerError('system', `${path} is no layer, and too large for anything else an image is made of`);
      }
      chunks.push(chunk.slice());
    }
    return concatBytes(chunks);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** At least `count` bytes where there are so many; the rest stays in `chunks`. */
async function firstBytes(chunks: AsyncGenerator<Uint8Array>, count: number): Promise<Uint8Array> {
  const first: Uint8Array[] = [];
  for (let size = 0; size < count;) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value.slice());
    size += next.value.length;
  }
  return concatBytes(first);
}

async function* counted(
  start: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
  report: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = start.length;
  yield start;
  report(bytes);
  for await (const chunk of rest) {
    yield chunk;
    report((bytes += chunk.length));
  }
}

function isTarStart(bytes: Uint8Array): boolean {
  if (bytes.length < blockSize) return false;
  try {
    decodeHeader(bytes.subarray(0, blockSize));
    return true;
  } catch (error) {
    if (error instanceof TarError) return false;
    throw error;
  }
}

/** Names are taken as below the archive's root, however they are written. */
function cleanName(name: string): string {
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

const linkTarget = (path: string, target: string): string =>
  cleanName(target.startsWith('/') ? target : `${path}/../${target}`);
