/** Frames of the WebSocket protocol, RFC 6455 section 5: masked from clients, bare from servers. */
import { concatBytes } from '../../lib/bytes.ts';

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Status codes of a close frame, section 7.4.1. */
export const closeCodes = { normal: 1000, protocolError: 1002 } as const;

const longestControl = 125;

/** What a peer sent against the protocol: its connection is closed with a protocol error. */
export class WebSocketError extends Error {}

/** A whole control frame, or a piece of a data frame as it came. */
export interface FramePiece {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

interface Header {
  readonly opcode: number;
  readonly mask: Uint8Array;
  readonly length: number;
}

/** Encodes one frame of a server's: final and unmasked. */
export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const header = new Uint8Array(length <= longestControl ? 2 : length <= 0xffff ? 4 : 10);
  const view = new DataView(header.buffer);
  header[0] = 0x80 | opcode;
  if (header.length === 2) {
    header[1] = length;
  } else if (header.length === 4) {
    header[1] = 126;
    view.setUint16(2, length);
  } else {
    header[1] = 127;
    view.setBigUint64(2, BigInt(length));
  }
  return concatBytes([header, payload]);
}

export function encodeClose(code: number): Uint8Array {
  return encodeFrame(opcodes.close, Uint8Array.of(code >> 8, code & 0xff));
}

/** Takes a client's bytes and gives its frames; data is passed on as it comes, however long its frame. */
export class FrameDecoder {
  #rest: Uint8Array = new Uint8Array(0);
  #header: Header | undefined;
  /** Bytes of the current frame's payload that have been passed on. */
  #taken = 0;
  /** A message has begun whose last frame is still to come. */
  #inMessage = false;

  /** @throws {WebSocketError} after the pieces before the offence have been taken by earlier calls */
  *decode(chunk: Uint8Array): Generator<FramePiece> {
    this.#rest = this.#rest.length === 0 ? chunk : concatBytes([this.#rest, chunk]);
    for (;;) {
      this.#header ??= this.#readHeader();
      if (!this.#header) return;
      const { opcode, mask, length } = this.#header;
      const wanted = length - this.#taken;
      if (opcode >= opcodes.close && this.#rest.length < wanted) return;
      const payload = this.#rest.slice(0, wanted);
      this.#rest = this.#rest.subarray(payload.length);
      for (let at = 0; at < payload.length; at++) payload[at]! ^= mask[(this.#taken + at) & 3]!;
      this.#taken += payload.length;
      const whole = this.#taken === length;
      if (whole) {
        this.#header = undefined;
        this.#taken = 0;
      }
      if (payload.length > 0 || opcode >= opcodes.close) yield { opcode, payload };
      if (!whole) return;
    }
  }

  /** Undefined until all of it is there. */
  #readHeader(): Header | undefined {
    const bytes = this.#rest;
    if (bytes.length < 2) return undefined;
    const [first, second] = bytes as unknown as [number, number];
    const opcode = first & 0x0f;
    const final = (first & 0x80) !== 0;
    const short = second & 0x7f;
    this.#check(first, opcode, final, short);
    if ((second & 0x80) === 0) throw new WebSocketError('a frame that is not masked');
    const size = short === 127 ? 14 : short === 126 ? 8 : 6;
    if (bytes.length < size) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    const length = short === 127 ? Number(view.getBigUint64(2)) : short === 126 ? view.getUint16(2) : short;
    if (!Number.isSafeInteger(length)) throw new WebSocketError('a frame of impossible length');
    if (opcode < opcodes.close) this.#inMessage = !final;
    this.#rest = bytes.subarray(size);
    return { opcode, mask: bytes.slice(size - 4, size), length };
  }

  #check(first: number, opcode: number, final: boolean, length: number): void {
    if ((first & 0x70) !== 0) throw new WebSocketError('a reserved bit without an extension');
    switch (opcode) {
      case opcodes.continuation:
        if (!this.#inMessage) throw new WebSocketError('a continuation of nothing');
        return;
      case opcodes.text:
      case opcodes.binary:
        if (this.#inMessage) throw new WebSocketError('a message inside another');
        return;
      case opcodes.close:
      case opcodes.ping:
      case opcodes.pong:
        if (!final || length > longestControl) throw new WebSocketError('a control frame in parts or too long');
        return;
      default:
        throw new WebSocketError(`an unknown opcode ${opcode}`);
    }
  }
}
