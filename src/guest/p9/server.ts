/**
 * A read-only 9P2000.L server over file trees, for v86's `filesystem: { handle9p }`. This file owns the session (fids,
 * requests under way); the messages are in messages.ts and the files in exports.ts.
 */
import { Refusal, errno } from './errno.ts';
import { Exports, type ExportsState, type Listing, type Position } from './exports.ts';
import { type FileTree, type MaybePromise, fileType, isDirectory, isSymlink } from './file-tree.ts';
import type { Qid } from './fields.ts';
import * as m from './messages.ts';
import { attributes, encodeListing, listXattrs, statfs } from './replies.ts';

interface Fid {
  readonly position: Position;
  opened: boolean;
  /** The listing being read: a snapshot, so that its cookies stay valid. */
  listing?: Listing;
  /** The value this fid reads, when Txattrwalk made it. */
  readonly xattr?: Uint8Array;
}

/** A fid of a restored session, whose file is looked up when the guest next uses it. */
interface SavedFid {
  fid: number;
  opened: boolean;
  tree?: string;
  /** Inode numbers from the tree's root down to the file. */
  path: number[];
  /** Base64 would be smaller; there is hardly ever one. */
  xattr?: number[];
}

/** What `save` returns; plain data for JSON or structured clone. */
export interface P9State {
  msize: number;
  exports: ExportsState;
  fids: SavedFid[];
}

interface Request {
  readonly tag: number;
  flushed: boolean;
  readonly reply: (response: Uint8Array) => void;
}

const maxMessageSize = 512_000;
/** O_WRONLY, O_RDWR, O_CREAT and O_TRUNC. */
const writingFlags = 0o1 | 0o2 | 0o100 | 0o1000;
/** The least Linux's client asks for. */
const minMessageSize = 4096;

export class P9Server {
  readonly #exports = new Exports();
  readonly #fids = new Map<number, Fid>();
  readonly #savedFids = new Map<number, SavedFid>();
  readonly #pending = new Map<number, Request>();
  readonly #onError: (error: unknown) => void;
  #messageSize = maxMessageSize;

  /** `onError` hears of failures that the guest only sees as EIO, such as a blob that cannot be read. */
  constructor(onError: (error: unknown) => void = () => {}) {
    this.#onError = onError;
  }

  /** Adds a directory `name` to the root. It appears at once, unless the guest has looked for that name before. */
  addTree(name: string, tree: FileTree): void {
    this.#exports.add(name, tree);
  }

  /** Takes the directory away; what the guest holds open of it stays readable as long as the tree itself is. */
  removeTree(name: string): void {
    this.#exports.remove(name);
  }

  /** The session, to be kept with a saved machine. Throws while a request is under way, as v86's own save does. */
  save(): P9State {
    if (this.#pending.size > 0) throw new Error(`saving the 9p session: ${this.#pending.size} requests are under way`);
    const fids = [...this.#fids].map(([fid, { position, opened, xattr }]): SavedFid => {
      const path: number[] = [];
      for (let at: Position | undefined = position; at?.exported; at = at.parent) path.unshift(at.node.ino);
      return { fid, opened, tree: position.exported?.name, path, ...(xattr && { xattr: [...xattr] }) };
    });
    return { msize: this.#messageSize, exports: this.#exports.save(), fids: [...fids, ...this.#savedFids.values()] };
  }

  /** Takes up a saved session; call it before adding trees, and add those of the session under their names again. */
  restore(state: P9State): void {
    this.#exports.restore(state.exports);
    this.#messageSize = state.msize;
    for (const saved of state.fids) this.#savedFids.set(saved.fid, saved);
  }

  /** Answers one frame, at once where nothing has to be fetched. A frame too short to hold a tag is dropped. */
  handle(frame: Uint8Array, reply: (response: Uint8Array) => void): void {
    const split = m.splitFrame(frame);
    if (!split) return;
    const { type, tag, fields } = split;
    const request: Request = { tag, flushed: false, reply };
    try {
      const response = this.#resumeThenHandle(request, type, fields);
      if (!(response instanceof Promise)) return reply(response);
      this.#pending.set(tag, request);
      response.then(
        (late) => this.#finish(request, late),
        (error: unknown) => this.#finish(request, this.#refuse(tag, error)),
      );
    } catch (error) {
      reply(this.#refuse(tag, error));
    }
  }

  #finish(request: Request, response: Uint8Array): void {
    if (request.flushed) return;
    this.#pending.delete(request.tag);
    request.reply(response);
  }

  #refuse(tag: number, error: unknown): Uint8Array {
    if (error instanceof Refusal) return m.encodeMessage(m.Rlerror, tag, { ecode: error.errno });
    if (error instanceof RangeError) return m.encodeMessage(m.Rlerror, tag, { ecode: errno.EINVAL });
    this.#onError(error);
    return m.encodeMessage(m.Rlerror, tag, { ecode: errno.EIO });
  }

  /** Brings a restored fid back first. Every message but Tversion and Tflush begins with its fid. */
  #resumeThenHandle(request: Request, type: number, fields: Uint8Array): MaybePromise<Uint8Array> {
    if (this.#savedFids.size > 0 && type !== m.Tversion.type && type !== m.Tflush.type && fields.length >= 4) {
      const fid = new DataView(fields.buffer, fields.byteOffset).getUint32(0, true);
      const saved = this.#savedFids.get(fid);
      // Giving a fid up needs no file: it must not fetch a lazy tree, nor mind one that is gone.
      if (saved && type === m.Tclunk.type) {
        this.#savedFids.delete(fid);
        return m.encodeMessage(m.Rclunk, request.tag, {});
      }
      const resumed = saved && this.#resume(saved);
      if (resumed) return resumed.then(() => this.#handle(request, type, fields));
    }
    return this.#handle(request, type, fields);
  }

  async #resume(saved: SavedFid): Promise<void> {
    let position = this.#exports.root;
    if (saved.tree !== undefined) {
      const exported = this.#exports.get(saved.tree);
      if (!exported) throw new Refusal('ESTALE');
      for (const ino of saved.path) {
        const node = ino === exported.tree.root.ino ? exported.tree.root : await exported.tree.node(ino);
        if (!node) throw new Refusal('ESTALE');
        position = { exported, node, parent: position };
      }
    }
    // Two requests for one fid may both have waited; the first to come back decides.
    if (!this.#savedFids.delete(saved.fid)) return;
    const xattr = saved.xattr && { xattr: Uint8Array.from(saved.xattr) };
    this.#fids.set(saved.fid, { position, opened: saved.opened, ...xattr });
  }

  #handle(request: Request, type: number, fields: Uint8Array): MaybePromise<Uint8Array> {
    const { tag } = request;
    switch (type) {
      case m.Tversion.type:
        return m.encodeMessage(m.Rversion, tag, this.#version(m.decodeMessage(m.Tversion, fields)));
      case m.Tattach.type:
        return this.#attach(request, m.decodeMessage(m.Tattach, fields));
      case m.Tflush.type:
        return this.#flush(tag, m.decodeMessage(m.Tflush, fields).oldtag);
      case m.Twalk.type:
        return this.#walk(request, m.decodeMessage(m.Twalk, fields));
      case m.Tgetattr.type:
        return m.encodeMessage(m.Rgetattr, tag, this.#attributes(m.decodeMessage(m.Tgetattr, fields).fid));
      case m.Tlopen.type:
        return m.encodeMessage(m.Rlopen, tag, this.#open(m.decodeMessage(m.Tlopen, fields)));
      case m.Tread.type:
        return this.#read(tag, m.decodeMessage(m.Tread, fields));
      case m.Treaddir.type:
        return this.#readdir(tag, m.decodeMessage(m.Treaddir, fields));
      case m.Treadlink.type: {
        const { node } = this.#fid(m.decodeMessage(m.Treadlink, fields).fid).position;
        if (!isSymlink(node)) throw new Refusal('EINVAL');
        return m.encodeMessage(m.Rreadlink, tag, { target: node.target ?? '' });
      }
      case m.Txattrwalk.type:
        return m.encodeMessage(m.Rxattrwalk, tag, this.#xattrwalk(m.decodeMessage(m.Txattrwalk, fields)));
      case m.Tstatfs.type:
        this.#fid(m.decodeMessage(m.Tstatfs, fields).fid);
        return m.encodeMessage(m.Rstatfs, tag, statfs);
      case m.Tfsync.type:
        this.#fid(m.decodeMessage(m.Tfsync, fields).fid);
        return m.encodeMessage(m.Rfsync, tag, {});
      // The guest is the only client and keeps its own locks before it asks; here every lock is free.
      case m.Tlock.type:
        this.#fid(m.decodeMessage(m.Tlock, fields).fid);
        return m.encodeMessage(m.Rlock, tag, { status: 0 });
      case m.Tgetlock.type: {
        const { fid, ...lock } = m.decodeMessage(m.Tgetlock, fields);
        this.#fid(fid);
        const unlocked = 2;
        return m.encodeMessage(m.Rgetlock, tag, { ...lock, type: unlocked });
      }
      case m.Tclunk.type: {
        if (!this.#fids.delete(m.decodeMessage(m.Tclunk, fields).fid)) throw new Refusal('EBADF');
        return m.encodeMessage(m.Rclunk, tag, {});
      }
      case m.Tremove.type:
        this.#fids.delete(m.decodeMessage(m.Tremove, fields).fid);
        throw new Refusal('EROFS');
      default:
        throw new Refusal(m.writingTypes.has(type) ? 'EROFS' : 'EOPNOTSUPP');
    }
  }

  #fid(number: number): Fid {
    const fid = this.#fids.get(number);
    if (!fid) throw new Refusal('EBADF');
    return fid;
  }

  #newFid(number: number, fid: Fid): void {
    if (this.#fids.has(number) || this.#savedFids.has(number)) throw new Refusal('EINVAL');
    this.#fids.set(number, fid);
  }

  #version({ msize, version }: m.Body<typeof m.Tversion>): m.Body<typeof m.Rversion> {
    if (msize < minMessageSize) throw new Refusal('EINVAL');
    this.#fids.clear();
    this.#savedFids.clear();
    this.#messageSize = Math.min(msize, maxMessageSize);
    return { msize: this.#messageSize, version: version === '9P2000.L' ? version : 'unknown' };
  }

  /** Attaches to the root, or to the tree or directory that `aname` names. */
  #attach(request: Request, { fid, aname }: m.Body<typeof m.Tattach>): MaybePromise<Uint8Array> {
    const names = aname.split('/').filter((name) => name !== '');
    const attach = (walked: Position[]) => {
      if (walked.length < names.length) throw new Refusal('ENOENT');
      const position = walked.at(-1) ?? this.#exports.root;
      if (!request.flushed) this.#newFid(fid, { position, opened: false });
      return m.encodeMessage(m.Rattach, request.tag, { qid: this.#exports.qid(position) });
    };
    const walked = this.#walkNames(this.#exports.root, names, []);
    return walked instanceof Promise ? walked.then(attach) : attach(walked);
  }

  #walk(request: Request, { fid, newfid, names }: m.Body<typeof m.Twalk>): MaybePromise<Uint8Array> {
    const { position: from, xattr } = this.#fid(fid);
    if (xattr || names.length > 16) throw new Refusal('EINVAL');
    const land = (walked: Position[]) => {
      if (walked.length === 0 && names.length > 0) throw new Refusal('ENOENT');
      if (walked.length === names.length && !request.flushed) {
        if (newfid === fid) this.#fids.delete(fid);
        this.#newFid(newfid, { position: walked.at(-1) ?? from, opened: false });
      }
      return m.encodeMessage(m.Rwalk, request.tag, { qids: walked.map((position) => this.#exports.qid(position)) });
    };
    const walked = this.#walkNames(from, names, []);
    return walked instanceof Promise ? walked.then(land) : land(walked);
  }

  /** Appends to `walked` a position for each name, up to the first that does not exist. */
  #walkNames(from: Position, names: string[], walked: Position[]): MaybePromise<Position[]> {
    for (let at = from; walked.length < names.length; at = walked.at(-1)!) {
      if (!isDirectory(at.node)) {
        if (walked.length === 0) throw new Refusal('ENOTDIR');
        break;
      }
      const child = this.#exports.child(at, names[walked.length]!);
      if (child instanceof Promise) {
        return child.then((found) => (found ? this.#walkNames(found, names, [...walked, found]) : walked));
      }
      if (!child) break;
      walked.push(child);
    }
    return walked;
  }

  #attributes(fid: number): m.Body<typeof m.Rgetattr> {
    const { position } = this.#fid(fid);
    return attributes(position.node, this.#exports.qid(position));
  }

  #open({ fid, flags }: m.Body<typeof m.Tlopen>): { qid: Qid; iounit: number } {
    const opened = this.#fid(fid);
    if (opened.xattr || opened.opened) throw new Refusal('EINVAL');
    if (flags & writingFlags) throw new Refusal('EROFS');
    opened.opened = true;
    return { qid: this.#exports.qid(opened.position), iounit: 0 };
  }

  /** The most payload bytes one reply may hold, of the `count` asked for. */
  #room(count: number): number {
    return Math.min(count, this.#messageSize - m.headerSize - 4);
  }

  #read(tag: number, { fid, offset, count }: m.Body<typeof m.Tread>): MaybePromise<Uint8Array> {
    const { position, opened, xattr } = this.#fid(fid);
    const room = this.#room(count);
    if (xattr) return m.encodeData(m.Rread, tag, xattr.subarray(offset, offset + room));
    const { exported, node } = position;
    if (isDirectory(node)) throw new Refusal('EISDIR');
    if (!opened || !exported || (node.mode & fileType.mask) !== fileType.file) throw new Refusal('EINVAL');
    const length = Math.min(room, node.size - offset);
    if (length <= 0) return m.encodeData(m.Rread, tag, new Uint8Array(0));
    const content = exported.tree.read(node, offset, length);
    if (content instanceof Promise) return content.then((late) => m.encodeData(m.Rread, tag, late));
    return m.encodeData(m.Rread, tag, content);
  }

  #readdir(tag: number, { fid: number, offset, count }: m.Body<typeof m.Treaddir>): MaybePromise<Uint8Array> {
    const fid = this.#fid(number);
    if (!isDirectory(fid.position.node)) throw new Refusal('ENOTDIR');
    const send = (listing: Listing) => {
      fid.listing = listing;
      return m.encodeData(m.Rreaddir, tag, encodeListing(this.#exports, listing, offset, this.#room(count)));
    };
    if (offset > 0 && fid.listing) return send(fid.listing);
    const listing = this.#exports.entries(fid.position);
    return listing instanceof Promise ? listing.then(send) : send(listing);
  }

  #xattrwalk({ fid, newfid, name }: m.Body<typeof m.Txattrwalk>): { size: number } {
    const { position } = this.#fid(fid);
    const xattrs = position.node.xattrs;
    const value = name === '' ? listXattrs(xattrs) : xattrs?.get(name);
    if (!value) throw new Refusal('ENODATA');
    this.#newFid(newfid, { position, opened: true, xattr: value });
    return { size: value.length };
  }

  /** The flushed request is answered first: v86 keeps a buffer for each tag until its answer comes. */
  #flush(tag: number, oldTag: number): Uint8Array {
    const flushed = this.#pending.get(oldTag);
    if (flushed) {
      flushed.flushed = true;
      this.#pending.delete(oldTag);
      flushed.reply(m.encodeMessage(m.Rlerror, oldTag, { ecode: errno.EINTR }));
    }
    return m.encodeMessage(m.Rflush, tag, {});
  }
}
