// Frames between the docker stub and the CLI (docs/guest-protocol.md, "The docker stub").

import { ByteReader, ByteWriter, decodeUtf8 } from '../lib/bytes.ts';

export const StubFrame = {
  start: 1,
  stdin: 2,
  signal: 3,
  resize: 4,
  stdout: 5,
  stderr: 6,
  exit: 7,
  raw: 8,
  read: 9,
} as const;

/** A stub's frames are small; one past this is no stub. */
const largestFrame = 4 * 1024 * 1024;

export interface StubMessage {
  readonly type: number;
  readonly payload: Uint8Array;
}

export interface StubStart {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly tty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly rows: number;
  readonly columns: number;
}

export const encodeStubFrame = (type: number, payload: Uint8Array): Uint8Array =>
  new ByteWriter(5 + payload.length).u32(payload.length).u8(type).bytes(payload).finish();

/** Cuts a byte stream into frames, however they arrive. Throws a RangeError for a length no stub sends. */
export async function* readStubFrames(stream: ReadableStream<Uint8Array>): AsyncGenerator<StubMessage> {
  const reader = stream.getReader();
  let rest: Uint8Array = new Uint8Array(0);
  for (;;) {
    while (rest.length >= 5) {
      const header = new ByteReader(rest);
      const length = header.u32();
      const type = header.u8();
      if (length > largestFrame) throw new RangeError(`reading from the docker stub: a frame of ${length} bytes`);
      if (rest.length < 5 + length) break;
      yield { type, payload: rest.subarray(5, 5 + length) };
      rest = rest.subarray(5 + length);
    }
    const { done, value } = await reader.read();
    if (done) return;
    const joined = new Uint8Array(rest.length + value.length);
    joined.set(rest);
    joined.set(value, rest.length);
    rest = joined;
  }
}

export function decodeStart(payload: Uint8Array): StubStart {
  const reader = new ByteReader(payload);
  const text = (): string => decodeUtf8(reader.bytes(reader.u32()));
  const list = (): string[] => Array.from({ length: reader.u32() }, text);
  const argv = list();
  const env = Object.fromEntries(
    list().map((entry) => {
      const separator = entry.indexOf('=');
      return [entry.slice(0, separator), entry.slice(separator + 1)];
    }),
  );
  const cwd = text();
  const bits = reader.u8();
  return {
    argv,
    env,
    cwd,
    tty: { stdin: (bits & 1) !== 0, stdout: (bits & 2) !== 0, stderr: (bits & 4) !== 0 },
    rows: reader.u16(),
    columns: reader.u16(),
  };
}
