/**
 * The 512-byte tar header block (POSIX ustar, with GNU's base-256 numbers and old-style names), decoded and encoded
 * without any knowledge of the stream around it.
 */
import { decodeName, encodeName } from '../name-bytes.ts';

export const blockSize = 512;

export interface TarHeader {
  /** As the archive has it: neither cleaned nor checked. */
  name: string;
  linkName: string;
  /** Permission bits with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  /** The type flag as a character: '0' file, '5' directory, 'x' pax header, … */
  type: string;
  deviceMajor: number;
  deviceMinor: number;
}

export class TarError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TarError';
  }
}

const isUstar = (block: Uint8Array): boolean => text(block, 257, 6) === 'ustar';
const isGnu = (block: Uint8Array): boolean => text(block, 257, 8) === 'ustar  ';

/** Decodes a header block; undefined for a block of zeros, which ends an archive. Throws a TarError. */
export function decodeHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const stored = number(block, 148, 8, 'checksum');
  const sums = checksums(block);
  if (stored !== sums.unsigned && stored !== sums.signed) {
    throw new TarError(`invalid tar header: checksum is ${sums.unsigned}, header says ${stored}`);
  }
  const ustar = isUstar(block) && !isGnu(block);
  const prefix = ustar ? text(block, 345, 155) : '';
  const hasDevice = ustar || isGnu(block);
  return {
    name: (prefix && `${prefix}/`) + text(block, 0, 100),
    mode: number(block, 100, 8, 'mode') & 0o7777,
    uid: number(block, 108, 8, 'uid'),
    gid: number(block, 116, 8, 'gid'),
    size: number(block, 124, 12, 'size'),
    mtime: number(block, 136, 12, 'mtime'),
    type: String.fromCharCode(block[156]! || 0x30),
    linkName: text(block, 157, 100),
    deviceMajor: hasDevice ? number(block, 329, 8, 'devmajor') : 0,
    deviceMinor: hasDevice ? number(block, 337, 8, 'devminor') : 0,
  };
}

/** Encodes a ustar header block. Throws a TarError when a value needs a pax record instead. */
export function encodeHeader(header: TarHeader): Uint8Array {
  const block = new Uint8Array(blockSize);
  putText(block, 0, 100, header.name);
  putNumber(block, 100, 8, header.mode);
  putNumber(block, 108, 8, header.uid);
  putNumber(block, 116, 8, header.gid);
  putNumber(block, 124, 12, header.size);
  putNumber(block, 136, 12, header.mtime);
  block[156] = header.type.charCodeAt(0);
  putText(block, 157, 100, header.linkName);
  putText(block, 257, 8, 'ustar\x0000');
  putNumber(block, 329, 8, header.deviceMajor);
  putNumber(block, 337, 8, header.deviceMinor);
  putText(block, 148, 8, `${checksums(block).unsigned.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** The sum of all bytes with the checksum field as blanks; old tars added signed characters. */
function checksums(block: Uint8Array): { unsigned: number; signed: number } {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < blockSize; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : block[at]!;
    unsigned += byte;
    signed += (byte << 24) >> 24;
  }
  return { unsigned, signed };
}

function text(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return decodeName(end < 0 ? field : field.subarray(0, end));
}

function putText(block: Uint8Array, offset: number, length: number, value: string): void {
  const bytes = encodeName(value);
  if (bytes.length > length) throw new TarError(`encoding a tar header: ${value} is longer than ${length} bytes`);
  block.set(bytes, offset);
}

/** Octal digits among blanks and NULs, or GNU's base 256 when the first bit is set. */
function number(block: Uint8Array, offset: number, length: number, name: string): number {
  const field = block.subarray(offset, offset + length);
  if (field[0]! & 0x80) return base256(field, name);
  const digits = String.fromCharCode(...field).replace(/^[ \0]+|[ \0]+$/g, '');
  if (digits === '') return 0;
  const octal = /^[0-7]+/.exec(digits)?.[0];
  // Some writers leave rubbish after the terminating NUL or blank.
  if (octal === undefined || (octal.length < digits.length && !' \0'.includes(digits[octal.length]!))) {
    throw new TarError(`invalid tar header: ${name} is no octal number`);
  }
  return parseInt(octal, 8);
}

function base256(field: Uint8Array, name: string): number {
  // Two's complement; 0xff begins a negative number, which only a time may be.
  const negative = (field[0]! & 0x40) !== 0;
  let value = negative ? (field[0]! | 0x80) - 256 : field[0]! & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  if (!Number.isSafeInteger(value) || (negative && name !== 'mtime')) {
    throw new TarError(`invalid tar header: ${name} is out of range`);
  }
  return value;
}

function putNumber(block: Uint8Array, offset: number, length: number, value: number): void {
  const digits = value.toString(8);
  if (value < 0 || digits.length > length - 1) {
    throw new TarError(`encoding a tar header: ${value} does not fit into ${length - 1} octal digits`);
  }
  putText(block, offset, length, `${digits.padStart(length - 1, '0')}\0`);
}
