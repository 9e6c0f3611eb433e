import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../lib/bytes.ts';
import { encodeFrame, FRAME_HEADER_SIZE, FrameDecoder, MAX_FRAME_PAYLOAD } from './frames.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const frame = fc.record({ type: u32, id: u32, payload: fc.uint8Array({ maxLength: 300 }) });

/** Cuts bytes at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.slice(at[i], end));
}

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, places) => {
        const bytes = concatBytes([
          new Uint8Array(),
          ...frames.map(({ type, id, payload }) => encodeFrame(type, id, payload)),
        ]);
        const decoder = new FrameDecoder();
        expect(cut(bytes, places).flatMap((chunk) => decoder.push(chunk))).toEqual(frames);
        expect(decoder.partial().length).toBe(0);
      }),
    );
  });

  it('keep what has not arrived whole', () => {
    const bytes = encodeFrame(3, 7, new Uint8Array(1000).fill(9));
    const decoder = new FrameDecoder();
    expect(decoder.push(bytes.subarray(0, 5))).toEqual([]);
    expect(decoder.push(bytes.subarray(5, 500))).toEqual([]);
    expect(decoder.partial()).toEqual(bytes.subarray(0, 500));
    expect(decoder.push(bytes.subarray(500))).toHaveLength(1);
  });

  it('are refused when too long, in either direction', () => {
    expect(() => encodeFrame(1, 1, new Uint8Array(MAX_FRAME_PAYLOAD + 1))).toThrow(RangeError);
    const header = new Uint8Array(FRAME_HEADER_SIZE);
    new DataView(header.buffer).setUint32(0, MAX_FRAME_PAYLOAD + 1, true);
    expect(() => new FrameDecoder().push(header)).toThrow('a payload of 1048577 bytes is longer than 1048576');
  });
});
