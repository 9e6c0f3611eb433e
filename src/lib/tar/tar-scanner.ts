/**
 * Reads a tar as it streams by and tells where each entry's content lies, without keeping any content: pushed bytes
 * are looked at and forgotten. Long names (GNU), pax headers and extended attributes are folded into the entries.
 */
import { concatBytes } from '../bytes.ts';
import { decodeName } from '../name-bytes.ts';
import { type TarHeader, TarError, blockSize, decodeHeader } from './header.ts';
import { type PaxRecords, decodePax } from './pax.ts';

export type TarEntryType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

export interface TarEntry {
  type: TarEntryType;
  /** As the archive has it: neither cleaned nor checked. */
  name: string;
  linkName: string;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of content; 0 for all but files. */
  size: number;
  /** Whole seconds since 1970, and nanoseconds. */
  mtime: number;
  mtimeNanoseconds: number;
  deviceMajor: number;
  deviceMinor: number;
  xattrs: Map<string, Uint8Array>;
  /** Where the content begins in the uncompressed archive. */
  dataOffset: number;
}

/** Go's archive/tar, which Docker reads layers with, allows as much for a pax header or a long name. */
const maxMetadataSize = 1 << 20;

const entryTypes: Record<string, TarEntryType> = {
  ...{ '0': 'file', '1': 'hardlink', '2': 'symlink', '3': 'character', '4': 'block', '5': 'directory', '6': 'fifo' },
  '7': 'file',
};

type Metadata = 'pax' | 'global' | 'longName' | 'longLink';
const metadataTypes: Record<string, Metadata> = { x: 'pax', g: 'global', L: 'longName', K: 'longLink' };

export class TarScanner {
  readonly #onEntry: (entry: TarEntry) => void;
  /** Bytes of the archive seen so far. */
  #offset = 0;
  /** Content and padding still to be passed over. */
  #skip = 0;
  /** Where the last entry's content ends. */
  #contentEnd = 0;
  /** What is being collected: a header block, or the body of a metadata entry. */
  #wanted = blockSize;
  #collected: Uint8Array[] = [];
  #collectedSize = 0;
  #metadata: { kind: Metadata; size: number } | undefined;
  #pax: PaxRecords = new Map();
  #longName: string | undefined;
  #longLink: string | undefined;
  #zeroBlocks = 0;

  constructor(onEntry: (entry: TarEntry) => void) {
    this.#onEntry = onEntry;
  }

  /** Throws a TarError when the archive is malformed or holds what is not supported. */
  push(chunk: Uint8Array): void {
    let at = 0;
    // Two blocks of zeros end an archive; what follows is padding of any kind.
    while (at < chunk.length && this.#zeroBlocks < 2) {
      const skipped = Math.min(this.#skip, chunk.length - at);
      this.#skip -= skipped;
      at += skipped;
      this.#offset += skipped;
      const taken = Math.min(this.#wanted - this.#collectedSize, chunk.length - at);
      if (taken === 0) continue;
      // The chunk may be reused by its owner once pushed.
      const whole = taken === this.#wanted;
      this.#collected.push(whole ? chunk.subarray(at, at + taken) : chunk.slice(at, at + taken));
      this.#collectedSize += taken;
      at += taken;
      this.#offset += taken;
      if (this.#collectedSize === this.#wanted) this.#process();
    }
  }

  /** To be called after the last byte. Throws a TarError when the archive stops in the middle of an entry. */
  end(): void {
    if (this.#zeroBlocks >= 2) return;
    // Some writers leave out the padding of the last entry.
    if (this.#offset < this.#contentEnd || this.#collectedSize > 0 || this.#metadata) {
      throw new TarError(`unexpected EOF: the archive ends in the middle of an entry, at byte ${this.#offset}`);
    }
  }

  #process(): void {
    const bytes = concatBytes(this.#collected);
    this.#collected = [];
    this.#collectedSize = 0;
    const metadata = this.#metadata;
    if (metadata) {
      this.#metadata = undefined;
      this.#wanted = blockSize;
      this.#takeMetadata(metadata.kind, bytes.subarray(0, metadata.size));
      return;
    }
    const header = decodeHeader(bytes);
    if (!header) {
      this.#zeroBlocks++;
      return;
    }
    if (this.#zeroBlocks > 0) throw new TarError(`invalid tar header: an entry follows a block of zeros`);
    const kind = metadataTypes[header.type];
    if (kind) this.#beginMetadata(kind, header);
    else this.#takeEntry(header);
  }

  #beginMetadata(kind: Metadata, header: TarHeader): void {
    if (header.size > maxMetadataSize) {
      throw new TarError(`invalid tar header: a name or pax header of ${header.size} bytes is over ${maxMetadataSize}`);
    }
    if (header.size === 0) return this.#takeMetadata(kind, new Uint8Array(0));
    this.#metadata = { kind, size: header.size };
    this.#wanted = Math.ceil(header.size / blockSize) * blockSize;
  }

  #takeMetadata(kind: Metadata, body: Uint8Array): void {
    // The bytes may belong to the chunk's owner.
    if (kind === 'pax') this.#pax = decodePax(body.slice());
    // Docker ignores global headers; git archive writes one with a commit ID.
    else if (kind === 'global') decodePax(body);
    else if (kind === 'longName') this.#longName = untilNul(body);
    else this.#longLink = untilNul(body);
  }

  #takeEntry(header: TarHeader): void {
    const pax = this.#pax;
    const name = paxText(pax, 'path') ?? this.#longName ?? header.name;
    const linkName = paxText(pax, 'linkpath') ?? this.#longLink ?? header.linkName;
    this.#pax = new Map();
    this.#longName = this.#longLink = undefined;

    if (header.type === 'S' || [...pax.keys()].some((keyword) => keyword.startsWith('GNU.sparse.'))) {
      throw new TarError(`sparse file ${name}: sparse entries are not supported, store the file whole`);
    }
    const type = entryTypes[header.type];
    if (!type) throw new TarError(`unhandled tar header type ${header.type.charCodeAt(0)} of ${name}`);
    const size = paxNumber(pax, 'size') ?? header.size;
    const mtime = paxTime(pax) ?? { seconds: header.mtime, nanoseconds: 0 };
    // Before ustar a directory was a file whose name ends in a slash. Links have sizes in some archives, and no content.
    const isDirectory = type === 'directory' || (type === 'file' && name.endsWith('/'));
    const hasContent = type === 'file' && !isDirectory;
    this.#contentEnd = this.#offset + (hasContent ? size : 0);
    this.#skip = hasContent ? Math.ceil(size / blockSize) * blockSize : 0;
    this.#onEntry({
      type: isDirectory ? 'directory' : type,
      name,
      linkName,
      mode: header.mode,
      uid: paxNumber(pax, 'uid') ?? header.uid,
      gid: paxNumber(pax, 'gid') ?? header.gid,
      size: hasContent ? size : 0,
      mtime: mtime.seconds,
      mtimeNanoseconds: mtime.nanoseconds,
      deviceMajor: header.deviceMajor,
      deviceMinor: header.deviceMinor,
      xattrs: paxXattrs(pax),
      dataOffset: this.#offset,
    });
  }
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeName(end < 0 ? bytes : bytes.subarray(0, end));
}

/** An empty value means that the header block's own field counts. */
function paxText(pax: PaxRecords, keyword: string): string | undefined {
  const value = pax.get(keyword);
  return value?.length ? decodeName(value) : undefined;
}

function paxNumber(pax: PaxRecords, keyword: string): number | undefined {
  const value = paxText(pax, keyword);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(number)) {
    throw new TarError(`invalid pax header: ${keyword} is no number`);
  }
  return number;
}

function paxTime(pax: PaxRecords): { seconds: number; nanoseconds: number } | undefined {
  const value = paxText(pax, 'mtime');
  if (value === undefined) return undefined;
  const match = /^(-?[0-9]{1,15})(?:\.([0-9]*))?$/.exec(value);
  if (!match) throw new TarError(`invalid pax header: mtime is no time`);
  const nanoseconds = Number((match[2] ?? '').slice(0, 9).padEnd(9, '0'));
  const seconds = Number(match[1]);
  // -1.5 is half a second before -1: nanoseconds only ever count forward.
  if (value.startsWith('-') && nanoseconds > 0) return { seconds: seconds - 1, nanoseconds: 1e9 - nanoseconds };
  return { seconds, nanoseconds };
}

const xattrPrefix = 'SCHILY.xattr.';

function paxXattrs(pax: PaxRecords): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [keyword, value] of pax) {
    if (keyword.startsWith(xattrPrefix)) xattrs.set(keyword.slice(xattrPrefix.length), value.slice());
  }
  return xattrs;
}
