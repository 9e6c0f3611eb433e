// The file of Docker's local driver: protocol buffers (moby's logdriver.LogEntry), each between its length and its
// length again, big-endian, so that a reader can go backwards too.

import { concatBytes, decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { forEachLine, type LogChunk, type LogEntry, type LogFormat } from './log-format.ts';

const newline = 10;
const lengthSize = 4;

/** Fields of LogEntry, as tag bytes: number << 3 | wire type. */
const field = { source: 0x0a, timeNano: 0x10, line: 0x1a, partial: 0x20, partialMetadata: 0x2a } as const;

export class LocalFormat implements LogFormat {
  readonly overhead = 2 * lengthSize + 20;

  encode({ stream, time, bytes }: LogChunk): Uint8Array {
    const source = encodeUtf8(stream);
    const parts: Uint8Array[] = [];
    let instant = time;
    forEachLine(bytes, (start, end) => {
      const isPart = bytes[end - 1] !== newline;
      const line = bytes.subarray(start, isPart ? end : end - 1);
      const message = concatBytes([
        Uint8Array.of(field.source, source.length),
        source,
        Uint8Array.of(field.timeNano, ...varint(instant++)),
        Uint8Array.of(field.line, ...varint(BigInt(line.length))),
        line,
        isPart ? Uint8Array.of(field.partial, 1, field.partialMetadata, 0) : new Uint8Array(),
      ]);
      const length = new Uint8Array(lengthSize);
      new DataView(length.buffer).setUint32(0, message.length);
      parts.push(length, message, length);
    });
    return concatBytes(parts);
  }

  decode(bytes: Uint8Array): { entries: LogEntry[]; used: number } {
    const entries: LogEntry[] = [];
    let used = 0;
    for (;;) {
      const end = entryEnd(bytes, used);
      if (end === undefined || end > bytes.length) return { entries, used };
      const entry = decodeEntry(bytes.subarray(used + lengthSize, end - lengthSize));
      if (entry) entries.push(entry);
      used = end;
    }
  }

  endAfter(bytes: Uint8Array, offset: number): number {
    let end = 0;
    while (end < offset && end < bytes.length) end = entryEnd(bytes, end) ?? bytes.length;
    return end;
  }

  lastEntries(bytes: Uint8Array, count: number): { start: number; found: number } {
    const view = viewOf(bytes);
    let start = bytes.length;
    let found = 0;
    while (found < count && start >= 2 * lengthSize) {
      const before = start - 2 * lengthSize - view.getUint32(start - lengthSize);
      if (before < 0) break;
      start = before;
      found++;
    }
    return { start, found };
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const entryEnd = (bytes: Uint8Array, start: number): number | undefined =>
  start + lengthSize > bytes.length ? undefined : start + 2 * lengthSize + viewOf(bytes).getUint32(start);

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (; value > 0x7fn; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
  bytes.push(Number(value));
  return bytes;
}

function decodeEntry(bytes: Uint8Array): LogEntry | undefined {
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('reading a log entry: it is cut off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  let stream = '';
  let time = 0n;
  let line = new Uint8Array();
  let isPart = false;
  try {
    while (at < bytes.length) {
      const tag = Number(readVarint());
      if ((tag & 7) === 0) {
        const value = readVarint();
        if (tag === field.timeNano) time = value;
        continue;
      }
      if ((tag & 7) !== 2) return undefined;
      const length = Number(readVarint());
      const value = bytes.slice(at, at + length);
      at += length;
      if (tag === field.source) stream = decodeUtf8(value);
      if (tag === field.line) line = value;
      // PartialLogEntryMetadata's first field is `last`: the part that ends the line.
      if (tag === field.partialMetadata) isPart = !(value[0] === 0x08 && value[1] === 1);
    }
  } catch {
    return undefined;
  }
  return {
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    time,
    line: isPart ? line : concatBytes([line, Uint8Array.of(newline)]),
  };
}
