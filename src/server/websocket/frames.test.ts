import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { encodeClose, encodeFrame, FrameDecoder, opcodes, WebSocketError } from './frames.ts';

interface ClientFrame {
  opcode: number;
  final: boolean;
  payload: Uint8Array;
  mask: Uint8Array;
}

/** A frame as a client sends it: that of a server, masked. */
function masked({ opcode, final, payload, mask }: ClientFrame): Uint8Array {
  const frame = encodeFrame(opcode, payload);
  const headerLength = frame.length - payload.length;
  const header = frame.slice(0, headerLength);
  if (!final) header[0]! &= 0x7f;
  header[1]! |= 0x80;
  return concatBytes([header, mask, payload.map((byte, at) => byte ^ mask[at & 3]!)]);
}

const decodeAll = (chunks: readonly Uint8Array[]) => {
  const decoder = new FrameDecoder();
  return chunks.flatMap((chunk) => [...decoder.decode(chunk)]);
};

test('the examples of RFC 6455, section 5.7', () => {
  expect(encodeFrame(opcodes.text, encodeUtf8('Hello'))).toEqual(
    Uint8Array.of(0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f),
  );
  const hello = Uint8Array.of(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58);
  expect(decodeAll([hello]).map(({ payload }) => decodeUtf8(payload))).toEqual(['Hello']);
  expect(encodeFrame(opcodes.binary, new Uint8Array(256)).subarray(0, 4)).toEqual(
    Uint8Array.of(0x82, 0x7e, 0x01, 0x00),
  );
  expect(encodeFrame(opcodes.binary, new Uint8Array(65536)).subarray(0, 10)).toEqual(
    Uint8Array.of(0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0),
  );
  expect(encodeClose(1000)).toEqual(Uint8Array.of(0x88, 0x02, 0x03, 0xe8));
});

test('messages and what comes between their fragments arrive whole, however they are masked and cut', () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
  const mask = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const message = fc.record({
    fragments: fc.array(bytes(70_000), { minLength: 1, maxLength: 3 }),
    ping: fc.option(bytes(125)),
    mask,
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), fc.array(fc.nat(1000), { maxLength: 20 }), (messages, cuts) => {
      const stream = concatBytes([
        new Uint8Array(0),
        ...messages.flatMap(({ fragments, ping, mask: key }) =>
          fragments.flatMap((payload, at) => [
            masked({
              opcode: at === 0 ? opcodes.binary : opcodes.continuation,
              final: at === fragments.length - 1,
              payload,
              mask: key,
            }),
            ...(ping && at === 0 ? [masked({ opcode: opcodes.ping, final: true, payload: ping, mask: key })] : []),
          ]),
        ),
      ]);
      const chunks: Uint8Array[] = [];
      let offset = 0;
      for (const cut of cuts) {
        chunks.push(stream.slice(offset, offset + cut));
        offset += cut;
      }
      const pieces = decodeAll([...chunks, stream.slice(offset)]);
      const joined = (wanted: (opcode: number) => boolean): Uint8Array =>
        concatBytes([
          new Uint8Array(0),
          ...pieces.filter(({ opcode }) => wanted(opcode)).map(({ payload }) => payload),
          new Uint8Array(0),
        ]);
      expect(joined((opcode) => opcode < opcodes.close)).toEqual(
        concatBytes([new Uint8Array(0), ...messages.flatMap(({ fragments }) => fragments), new Uint8Array(0)]),
      );
      expect(pieces.filter(({ opcode }) => opcode === opcodes.ping).map(({ payload }) => payload)).toEqual(
        messages.flatMap(({ ping }) => (ping ? [ping] : [])),
      );
    }),
    { numRuns: 50 },
  );
});

test('any bytes are frames, too few, or refused', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      try {
        decodeAll(chunks);
      } catch (error) {
        expect(error).toBeInstanceOf(WebSocketError);
      }
    }),
  );
});

test.each([
  ['a frame that is not masked', [0x82, 0x00]],
  ['a reserved bit without an extension', [0xc2, 0x80]],
  ['an unknown opcode 3', [0x83, 0x80]],
  ['a continuation of nothing', [0x80, 0x80]],
  ['a message inside another', [0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80]],
  ['a control frame in parts or too long', [0x09, 0x80]],
  ['a control frame in parts or too long', [0x89, 0xfe]],
  ['a frame of impossible length', [0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
])('%s is refused', (message, bytes) => {
  expect(() => decodeAll([Uint8Array.from(bytes)])).toThrow(new WebSocketError(message));
});
