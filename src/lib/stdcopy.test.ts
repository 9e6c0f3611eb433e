import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, encodeUtf8 } from './bytes.ts';
import {
  decodeStdFrames,
  encodeStdFrame,
  encodeSystemError,
  StdFrameDecoder,
  type StdFrame,
  type StdStream,
} from './stdcopy.ts';

const frames = fc.array(
  fc.record({ stream: fc.constantFrom<StdStream>('stdout', 'stderr'), data: fc.uint8Array({ maxLength: 40 }) }),
);

const runsOf = (list: readonly StdFrame[]) => {
  const runs: { stream: StdStream; bytes: number[] }[] = [];
  for (const { stream, data } of list) {
    if (data.length === 0) continue;
    if (runs.at(-1)?.stream !== stream) runs.push({ stream, bytes: [] });
    runs.at(-1)!.bytes.push(...data);
  }
  return runs;
};

test('a frame is the stream, three zeros, a big-endian length and the bytes', () => {
  expect([...encodeStdFrame({ stream: 'stderr', data: encodeUtf8('hi') })]).toEqual([2, 0, 0, 0, 0, 0, 0, 2, 104, 105]);
  expect([...encodeStdFrame({ stream: 'stdout', data: new Uint8Array(0x010203) }).subarray(0, 8)]).toEqual([
    1, 0, 0, 0, 0, 1, 2, 3,
  ]);
});

test('what was encoded is decoded, however the bytes are cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(60)), (list, cuts) => {
      const bytes = concatBytes([new Uint8Array(), ...list.map(encodeStdFrame)]);
      const decoder = new StdFrameDecoder();
      const decoded: StdFrame[] = [];
      let offset = 0;
      for (const cut of cuts) {
        decoded.push(...decoder.decode(bytes.subarray(offset, offset + cut)));
        offset += cut;
      }
      decoded.push(...decoder.decode(bytes.subarray(offset)));
      expect(decoder.atBoundary).toBe(true);
      expect(runsOf(decoded)).toEqual(runsOf(list));
    }),
  );
});

test('a part of a frame is delivered before the rest arrives', () => {
  const decoder = new StdFrameDecoder();
  const bytes = encodeStdFrame({ stream: 'stdout', data: encodeUtf8('hello') });
  expect(runsOf(decoder.decode(bytes.subarray(0, 10)))).toEqual([{ stream: 'stdout', bytes: [...encodeUtf8('he')] }]);
  expect(decoder.atBoundary).toBe(false);
});

test('an unknown stream and an error from the daemon are errors', () => {
  expect(() => new StdFrameDecoder().decode(new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0]))).toThrow(
    'Unrecognized input header: 9',
  );
  const decoder = new StdFrameDecoder();
  const failure = encodeSystemError('disk full ✓');
  expect(decoder.decode(failure.subarray(0, 19))).toEqual([]);
  expect(() => decoder.decode(failure.subarray(19))).toThrow('error from daemon in stream: disk full ✓');
});

test('a stream that ends inside a frame is an error', async () => {
  const cut = encodeStdFrame({ stream: 'stdout', data: encodeUtf8('hello') }).subarray(0, 9);
  const received: StdFrame[] = [];
  const reading = async () => {
    for await (const frame of decodeStdFrames(new Blob([cut as Uint8Array<ArrayBuffer>]).stream()))
      received.push(frame);
  };
  await expect(reading()).rejects.toThrow('ended inside a frame');
  expect(received).toHaveLength(1);
});
