/**
 * The data types of 9P2000.L messages, each with its reading and its writing side by side. Integers are little-endian;
 * strings and lists carry a 16-bit count.
 */
import type { ByteReader, ByteWriter } from '../../lib/bytes.ts';
import { decodeName, encodeName } from '../../lib/name-bytes.ts';

export interface Field<T> {
  read(reader: ByteReader): T;
  write(writer: ByteWriter, value: T): void;
}

/** The server's name for a file: what it is, the version of its content, and a number no other file ever has. */
export interface Qid {
  type: number;
  version: number;
  path: number;
}

/** One entry of a directory listing; `offset` is the cookie from which reading goes on after it. */
export interface Dirent {
  qid: Qid;
  offset: number;
  type: number;
  name: string;
}

export const u8: Field<number> = { read: (r) => r.u8(), write: (w, value) => void w.u8(value) };
export const u16: Field<number> = { read: (r) => r.u16(), write: (w, value) => void w.u16(value) };
export const u32: Field<number> = { read: (r) => r.u32(), write: (w, value) => void w.u32(value) };

/** 64 bits as a number: exact up to 2^53, which no size, offset or path here exceeds; masks keep their low bits. */
export const u64: Field<number> = {
  read: (r) => r.u32() + r.u32() * 2 ** 32,
  write: (w, value) => void w.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32)),
};

export const string: Field<string> = {
  read: (r) => decodeName(r.bytes(r.u16())),
  write(w, value) {
    const bytes = encodeName(value);
    w.u16(bytes.length).bytes(bytes);
  },
};

/** Bytes with a 32-bit count, as the payload of Rread and Rreaddir. */
export const data: Field<Uint8Array> = {
  read: (r) => r.bytes(r.u32()),
  write: (w, value) => void w.u32(value.length).bytes(value),
};

export const qid: Field<Qid> = {
  read: (r) => ({ type: r.u8(), version: r.u32(), path: u64.read(r) }),
  write(w, value) {
    w.u8(value.type).u32(value.version);
    u64.write(w, value.path);
  },
};

export const dirent: Field<Dirent> = {
  read: (r) => ({ qid: qid.read(r), offset: u64.read(r), type: r.u8(), name: string.read(r) }),
  write(w, value) {
    qid.write(w, value.qid);
    u64.write(w, value.offset);
    w.u8(value.type);
    string.write(w, value.name);
  },
};

export const list = <T>(item: Field<T>): Field<T[]> => ({
  read: (r) => Array.from({ length: r.u16() }, () => item.read(r)),
  write(w, values) {
    w.u16(values.length);
    for (const value of values) item.write(w, value);
  },
});
