/**
 * Docker's multiplexed stream: output of a process without a tty, as frames of an 8-byte header
 * `[stream, 0, 0, 0, length (32-bit, big-endian)]` and that many bytes (moby's pkg/stdcopy, media type
 * application/vnd.docker.multiplexed-stream). The encoder is the daemon's side, the decoder the client's.
 */
import { encodeUtf8 } from './bytes.ts';

export type StdStream = 'stdout' | 'stderr';

/** Bytes a process wrote, and where it wrote them. With a tty everything is `stdout`. */
export interface StdFrame {
  readonly stream: StdStream;
  readonly data: Uint8Array;
}

const headerLength = 8;
const streamIds: Record<StdStream, number> = { stdout: 1, stderr: 2 };
const systemErrorId = 3;

/** One frame, header and payload. An empty payload is a valid frame that says nothing. */
export const encodeStdFrame = ({ stream, data }: StdFrame): Uint8Array => encodeFrame(streamIds[stream], data);

/** The frame by which a daemon reports an error inside a stream that has begun; clients fail with its text. */
export const encodeSystemError = (text: string): Uint8Array => encodeFrame(systemErrorId, encodeUtf8(text));

function encodeFrame(streamId: number, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerLength + data.length);
  frame[0] = streamId;
  new DataView(frame.buffer).setUint32(4, data.length);
  frame.set(data, headerLength);
  return frame;
}

/**
 * Splits multiplexed bytes, however they are cut, into frames. A long frame comes out in the pieces it arrived in, so
 * nothing but a header is ever held back.
 */
export class StdFrameDecoder {
  readonly #header = new Uint8Array(headerLength);
  #headerFilled = 0;
  #streamId = 0;
  #payloadLeft = 0;
  #systemError: Uint8Array[] = [];

  /** Whether the bytes so far end between two frames; false at end of file means the stream was cut off. */
  get atBoundary(): boolean {
    return this.#headerFilled === 0 && this.#payloadLeft === 0;
  }

  /** Throws when a header names no stream, or when the daemon reports an error inside the stream. */
  decode(chunk: Uint8Array): StdFrame[] {
    const frames: StdFrame[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#payloadLeft === 0) {
        offset += this.#readHeader(chunk.subarray(offset));
      } else {
        const data = chunk.subarray(offset, offset + this.#payloadLeft);
        offset += data.length;
        this.#payloadLeft -= data.length;
        this.#takePayload(data, frames);
      }
    }
    return frames;
  }

  #readHeader(bytes: Uint8Array): number {
    const part = bytes.subarray(0, headerLength - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    if (this.#headerFilled === headerLength) {
      this.#headerFilled = 0;
      this.#streamId = this.#header[0]!;
      // 0 is stdin, which a daemon never sends but stdcopy accepts as output.
      if (this.#streamId > systemErrorId) throw new Error(`Unrecognized input header: ${this.#streamId}`);
      this.#payloadLeft = new DataView(this.#header.buffer).getUint32(4);
    }
    return part.length;
  }

  #takePayload(data: Uint8Array, frames: StdFrame[]): void {
    if (this.#streamId !== systemErrorId) {
      frames.push({ stream: this.#streamId === streamIds.stderr ? 'stderr' : 'stdout', data });
      return;
    }
    this.#systemError.push(data);
    if (this.#payloadLeft === 0) {
      const decoder = new TextDecoder();
      const text = this.#systemError.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode();
      throw new Error(`error from daemon in stream: ${text}`);
    }
  }
}

/** The frames of a multiplexed byte stream; rejects when it ends inside a frame. */
export async function* decodeStdFrames(source: ReadableStream<Uint8Array>): AsyncGenerator<StdFrame, void, void> {
  const decoder = new StdFrameDecoder();
  const reader = source.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield* decoder.decode(value);
    }
    finished = true;
  } finally {
    if (finished) reader.releaseLock();
    else await reader.cancel().catch(() => {});
  }
  if (!decoder.atBoundary) throw new Error('reading a multiplexed stream: it ended inside a frame');
}
