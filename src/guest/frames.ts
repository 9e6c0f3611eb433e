/** Frames of the guest protocol: `u32 length · u32 type · u32 id · payload`, little-endian (docs/guest-protocol.md). */

export const FrameType = {
  run: 1,
  result: 2,
  data: 3,
  credit: 4,
  eof: 5,
  stop: 6,
  exit: 7,
  accept: 8,
  ready: 9,
  hello: 10,
} as const;

export const FRAME_HEADER_SIZE = 12;
/** The most bytes one frame's payload may have. */
export const MAX_FRAME_PAYLOAD = 1024 * 1024;
/** The most bytes one DATA frame may carry. */
export const MAX_DATA = 64 * 1024;

export interface Frame {
  readonly type: number;
  readonly id: number;
  readonly payload: Uint8Array;
}

/** A frame's bytes. Throws a RangeError for a payload that no frame may have. */
export function encodeFrame(type: number, id: number, payload: Uint8Array = new Uint8Array()): Uint8Array {
  if (payload.length > MAX_FRAME_PAYLOAD) {
    throw new RangeError(`encode frame of type ${type}: ${payload.length} bytes are more than ${MAX_FRAME_PAYLOAD}`);
  }
  const bytes = new Uint8Array(FRAME_HEADER_SIZE + payload.length);
  writeFrameHeader(bytes, type, id, payload.length);
  bytes.set(payload, FRAME_HEADER_SIZE);
  return bytes;
}

/** Writes the header of a frame whose payload of `length` bytes follows. */
export function writeFrameHeader(target: Uint8Array, type: number, id: number, length: number): void {
  const view = new DataView(target.buffer, target.byteOffset, FRAME_HEADER_SIZE);
  view.setUint32(0, length, true);
  view.setUint32(4, type, true);
  view.setUint32(8, id, true);
}

/**
 * Cuts a byte stream, arriving in arbitrary chunks, into frames. A payload that lies in one chunk is a view of it, so
 * chunks must not be reused by whoever pushes them.
 */
export class FrameDecoder {
  #pieces: Uint8Array[] = [];
  #length = 0;
  #needed = FRAME_HEADER_SIZE;

  /** The frames complete so far. Throws a RangeError when a length breaks the protocol; the stream is lost then. */
  push(chunk: Uint8Array): Frame[] {
    if (chunk.length === 0) return [];
    this.#pieces.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return [];

    const bytes = this.partial();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const frames: Frame[] = [];
    let at = 0;
    this.#needed = FRAME_HEADER_SIZE;
    while (bytes.length - at >= FRAME_HEADER_SIZE) {
      const length = view.getUint32(at, true);
      if (length > MAX_FRAME_PAYLOAD) {
        throw new RangeError(`read frame: a payload of ${length} bytes is longer than ${MAX_FRAME_PAYLOAD}`);
      }
      if (bytes.length - at < FRAME_HEADER_SIZE + length) {
        this.#needed = FRAME_HEADER_SIZE + length;
        break;
      }
      const start = at + FRAME_HEADER_SIZE;
      at = start + length;
      frames.push({
        type: view.getUint32(start - 8, true),
        id: view.getUint32(start - 4, true),
        payload: bytes.subarray(start, at),
      });
    }
    this.#pieces = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#length = bytes.length - at;
    return frames;
  }

  /** The bytes of the frame that has only partly arrived. */
  partial(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0]!;
    const joined = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }
}
