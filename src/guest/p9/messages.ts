/**
 * The messages of 9P2000.L a read-only server speaks, under the names and numbers of the specification
 * (https://github.com/chaos/diod/blob/master/protocol.md). One declaration gives a message's encoder and its decoder.
 */
import { ByteReader, ByteWriter } from '../../lib/bytes.ts';
import { type Field, data, list, qid, string, u16, u32, u64, u8 } from './fields.ts';

export type Body<M> =
  M extends Message<infer F>
    ? { [K in keyof F]: F[K] extends { read(reader: ByteReader): infer T } ? T : never }
    : never;

export interface Message<F> {
  readonly type: number;
  readonly name: string;
  readonly fields: F;
  /** The fields in wire order, listed once: a list per message would be felt. */
  readonly entries: readonly (readonly [string, Field<unknown>])[];
}

/** Size, type and tag: the bytes before a message's fields. */
export const headerSize = 7;

const message =
  (type: number, name: string) =>
  <F extends Record<string, Field<unknown>>>(fields: F): Message<F> => ({
    type,
    name,
    fields,
    entries: Object.entries(fields),
  });

export const Rlerror = message(7, 'Rlerror')({ ecode: u32 });
export const Tstatfs = message(8, 'Tstatfs')({ fid: u32 });
export const Rstatfs = message(
  9,
  'Rstatfs',
)({
  ...{ type: u32, bsize: u32, blocks: u64, bfree: u64, bavail: u64 },
  ...{ files: u64, ffree: u64, fsid: u64, namelen: u32 },
});
export const Tlopen = message(12, 'Tlopen')({ fid: u32, flags: u32 });
export const Rlopen = message(13, 'Rlopen')({ qid, iounit: u32 });
export const Treadlink = message(22, 'Treadlink')({ fid: u32 });
export const Rreadlink = message(23, 'Rreadlink')({ target: string });
export const Tgetattr = message(24, 'Tgetattr')({ fid: u32, request_mask: u64 });
export const Rgetattr = message(
  25,
  'Rgetattr',
)({
  ...{ valid: u64, qid, mode: u32, uid: u32, gid: u32, nlink: u64, rdev: u64, size: u64, blksize: u64, blocks: u64 },
  ...{ atime_sec: u64, atime_nsec: u64, mtime_sec: u64, mtime_nsec: u64, ctime_sec: u64, ctime_nsec: u64 },
  ...{ btime_sec: u64, btime_nsec: u64, gen: u64, data_version: u64 },
});
export const Txattrwalk = message(30, 'Txattrwalk')({ fid: u32, newfid: u32, name: string });
export const Rxattrwalk = message(31, 'Rxattrwalk')({ size: u64 });
export const Treaddir = message(40, 'Treaddir')({ fid: u32, offset: u64, count: u32 });
export const Rreaddir = message(41, 'Rreaddir')({ data });
export const Tfsync = message(50, 'Tfsync')({ fid: u32 });
export const Rfsync = message(51, 'Rfsync')({});
const lockFields = { start: u64, length: u64, proc_id: u32, client_id: string };
export const Tlock = message(52, 'Tlock')({ fid: u32, type: u8, flags: u32, ...lockFields });
export const Rlock = message(53, 'Rlock')({ status: u8 });
export const Tgetlock = message(54, 'Tgetlock')({ fid: u32, type: u8, ...lockFields });
export const Rgetlock = message(55, 'Rgetlock')({ type: u8, ...lockFields });
export const Tversion = message(100, 'Tversion')({ msize: u32, version: string });
export const Rversion = message(101, 'Rversion')({ msize: u32, version: string });
export const Tattach = message(104, 'Tattach')({ fid: u32, afid: u32, uname: string, aname: string, n_uname: u32 });
export const Rattach = message(105, 'Rattach')({ qid });
export const Tflush = message(108, 'Tflush')({ oldtag: u16 });
export const Rflush = message(109, 'Rflush')({});
export const Twalk = message(110, 'Twalk')({ fid: u32, newfid: u32, names: list(string) });
export const Rwalk = message(111, 'Rwalk')({ qids: list(qid) });
export const Tread = message(116, 'Tread')({ fid: u32, offset: u64, count: u32 });
export const Rread = message(117, 'Rread')({ data });
export const Tclunk = message(120, 'Tclunk')({ fid: u32 });
export const Rclunk = message(121, 'Rclunk')({});
/** Removing is refused, but it frees the fid all the same. */
export const Tremove = message(122, 'Tremove')({ fid: u32 });

/** Tlcreate, Tsymlink, Tmknod, Trename, Tsetattr, Txattrcreate, Tlink, Tmkdir, Trenameat, Tunlinkat, Twrite. */
export const writingTypes: ReadonlySet<number> = new Set([14, 16, 18, 20, 26, 32, 70, 72, 74, 76, 118]);

/** A whole frame: header and fields. */
export function encodeMessage<M extends Message<object>>(message: M, tag: number, body: Body<M>): Uint8Array {
  const writer = new ByteWriter().u32(0).u8(message.type).u16(tag);
  for (const [name, field] of message.entries) {
    field.write(writer, body[name as keyof Body<M>]);
  }
  return writer.setU32(0, writer.length).finish();
}

/** The fields of a frame (without its header). Throws a RangeError when they are cut short. */
export function decodeMessage<M extends Message<object>>(message: M, fields: Uint8Array): Body<M> {
  const reader = new ByteReader(fields);
  const body: Record<string, unknown> = {};
  for (const [name, field] of message.entries) body[name] = field.read(reader);
  return body as Body<M>;
}

/** An Rread or Rreaddir frame around `data`, with one copy less than `encodeMessage`: this is where the bytes are. */
export function encodeData(message: typeof Rread | typeof Rreaddir, tag: number, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerSize + 4 + data.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, frame.length, true);
  view.setUint8(4, message.type);
  view.setUint16(5, tag, true);
  view.setUint32(headerSize, data.length, true);
  frame.set(data, headerSize + 4);
  return frame;
}

/** The type, tag and fields of a frame, or undefined when it is too short or its size field says more than there is. */
export function splitFrame(frame: Uint8Array): { type: number; tag: number; fields: Uint8Array } | undefined {
  if (frame.length < headerSize) return undefined;
  const reader = new ByteReader(frame);
  const size = reader.u32();
  if (size < headerSize || size > frame.length) return undefined;
  return { type: reader.u8(), tag: reader.u16(), fields: frame.subarray(headerSize, size) };
}
