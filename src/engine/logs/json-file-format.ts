// The file of Docker's json-file driver: one JSON object a line, as moby's jsonlog writes it.

import { decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { formatRfc3339Nano, parseRfc3339Nano } from '../../lib/timestamp.ts';
import { forEachLine, type LogChunk, type LogEntry, type LogFormat, type OutputStream } from './log-format.ts';

const newline = 10;
const quote = 34;
const backslash = 92;
const second = 1_000_000_000n;

/** Which bytes stand for themselves in moby's JSON strings; it also spares HTML its own characters. */
const plain = new Uint8Array(256).map((_, byte) =>
  byte >= 0x20 && byte < 0x80 && !'"\\<>&'.includes(String.fromCharCode(byte)) ? 1 : 0,
);

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

const escaped = /[\u0000-\u001f"\\<>&\u2028\u2029\ufffd]/g;

/** The inside of a JSON string. Bytes that are no UTF-8 become U+FFFD, as in Docker's files. */
const jsonText = (text: string): string =>
  text.replace(
    escaped,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const lineStart = encodeUtf8('{"log":"');
const afterLog = encodeUtf8(',"stream":"std');
const beforeTime = encodeUtf8('","time":"');

class JsonEntry implements LogEntry {
  readonly stream: OutputStream;
  readonly line: Uint8Array;
  readonly #time: Uint8Array;

  constructor(stream: OutputStream, line: Uint8Array, time: Uint8Array) {
    this.stream = stream;
    this.line = line;
    this.#time = time;
  }

  /** Read only when somebody asks: most readers do not. */
  get time(): bigint {
    return parseRfc3339Nano(decodeUtf8(this.#time));
  }
}

export class JsonFileFormat implements LogFormat {
  readonly overhead = 64;
  readonly #attributes: string;

  /** @param attributes stand in every entry */
  constructor(attributes: Readonly<Record<string, string>> = {}) {
    const names = Object.keys(attributes).sort();
    const pairs = names.map((name) => `"${jsonText(name)}":"${jsonText(attributes[name]!)}"`);
    this.#attributes = names.length === 0 ? '' : `,"attrs":{${pairs.join(',')}}`;
  }

  encode({ stream, time, bytes, lines }: LogChunk): Uint8Array {
    const middle = encodeUtf8(`","stream":"${stream}"${this.#attributes},"time":"`);
    const clock = new Clock(time);
    const out = new Output(bytes.length + (lines + 1) * (lineStart.length + middle.length + 40));
    forEachLine(bytes, (start, end) => {
      out.reserve(lineStart.length + (end - start) * 6 + middle.length + 40);
      out.add(lineStart);
      out.addJson(bytes, start, end);
      out.add(middle);
      out.length = clock.write(out.bytes, out.length);
      out.bytes[out.length++] = quote;
      out.bytes[out.length++] = 125;
      out.bytes[out.length++] = newline;
    });
    return out.bytes.subarray(0, out.length);
  }

  decode(bytes: Uint8Array): { entries: LogEntry[]; used: number } {
    const entries: LogEntry[] = [];
    let used = 0;
    for (;;) {
      const end = bytes.indexOf(newline, used);
      if (end < 0) return { entries, used };
      const entry = quickEntry(bytes, used, end) ?? slowEntry(bytes.subarray(used, end));
      if (entry) entries.push(entry);
      used = end + 1;
    }
  }

  endAfter(bytes: Uint8Array, offset: number): number {
    const end = bytes.indexOf(newline, Math.max(0, offset - 1));
    return end < 0 ? bytes.length : end + 1;
  }

  lastEntries(bytes: Uint8Array, count: number): { start: number; found: number } {
    let start = bytes.length;
    for (let found = 0; found < count; found++) {
      // The newline before `start` ends the entry that is looked for.
      const before = start < 2 ? -1 : bytes.lastIndexOf(newline, start - 2);
      if (before < 0) return { start: 0, found: start > 0 ? found + 1 : found };
      start = before + 1;
    }
    return { start, found: count };
  }
}

const matches = (bytes: Uint8Array, at: number, expected: Uint8Array): boolean => {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
};

/** An entry without attributes whose text has no escape but the newline: most are so. The line is made in place. */
function quickEntry(bytes: Uint8Array, start: number, end: number): LogEntry | undefined {
  if (!matches(bytes, start, lineStart)) return undefined;
  const text = start + lineStart.length;
  let close = text;
  while (close < end && bytes[close] !== quote && bytes[close] !== backslash) close++;
  let lineEnd = close;
  const isNewline = bytes[close] === backslash;
  if (isNewline) {
    if (bytes[close + 1] !== 110 || bytes[close + 2] !== quote) return undefined;
    lineEnd = close + 1;
    close += 2;
  }
  const stream = close + 1 + afterLog.length;
  const isOut = bytes[stream] === 111;
  const time = stream + 3 + beforeTime.length;
  if (!matches(bytes, close + 1, afterLog) || !matches(bytes, stream + 3, beforeTime)) return undefined;
  if (bytes[end - 2] !== quote || bytes[end - 1] !== 125) return undefined;
  if (isNewline) bytes[lineEnd - 1] = newline;
  return new JsonEntry(isOut ? 'stdout' : 'stderr', bytes.subarray(text, lineEnd), bytes.subarray(time, end - 2));
}

function slowEntry(bytes: Uint8Array): LogEntry | undefined {
  try {
    const { log, stream, time, attrs } = JSON.parse(decodeUtf8(bytes)) as Record<string, unknown>;
    if (typeof log !== 'string' || typeof time !== 'string') return undefined;
    return {
      stream: stream === 'stderr' ? 'stderr' : 'stdout',
      time: parseRfc3339Nano(time),
      line: encodeUtf8(log),
      ...(attrs ? { attributes: attrs as Record<string, string> } : {}),
    };
  } catch {
    // Cut off or overwritten by somebody else.
    return undefined;
  }
}

/** Bytes under construction. */
class Output {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  add(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A line as the inside of a JSON string. */
  addJson(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let at = this.length;
    const content = source[end - 1] === newline ? end - 1 : end;
    for (let i = start; i < content; i++) {
      const byte = source[i]!;
      if (plain[byte] === 0) {
        this.add(encodeUtf8(jsonText(decodeUtf8(source.subarray(start, end)))));
        return;
      }
      bytes[at++] = byte;
    }
    if (content < end) {
      bytes[at++] = backslash;
      bytes[at++] = 110;
    }
    this.length = at;
  }
}

/** Writes instants a nanosecond apart, as Go's RFC3339Nano has them. */
class Clock {
  #second: Uint8Array;
  #next: bigint;
  #fraction: number;

  constructor(time: bigint) {
    this.#next = time - (time % second);
    this.#fraction = Number(time % second);
    this.#second = this.#secondText();
  }

  #secondText(): Uint8Array {
    return encodeUtf8(formatRfc3339Nano(this.#next).slice(0, 19));
  }

  write(out: Uint8Array, at: number): number {
    if (this.#fraction >= 1e9) {
      this.#fraction = 0;
      this.#next += second;
      this.#second = this.#secondText();
    }
    out.set(this.#second, at);
    let end = at + this.#second.length;
    if (this.#fraction > 0) {
      out[end] = 46;
      let rest = this.#fraction;
      for (let digit = 9; digit > 0; digit--) {
        const next = Math.floor(rest / 10);
        out[end + digit] = 48 + (rest - next * 10);
        rest = next;
      }
      end += 10;
      while (out[end - 1] === 48) end--;
    }
    out[end++] = 90;
    this.#fraction++;
    return end;
  }
}
