import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../lib/bytes.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import { type GzipDecoder, inflateStream } from './inflate.ts';

const plain = new Uint8Array(Buffer.from(randomBytes(200_000).toString('hex')));
const compress = (program: string, ...options: string[]) =>
  new Uint8Array(execFileSync(program, ['-c', ...options], { input: plain, maxBuffer: 1 << 26 }));
const has = (program: string) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

async function inflated(bytes: Uint8Array, gzip?: GzipDecoder): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const blob = new Blob([bytes.slice()]);
  for await (const chunk of inflateStream(readChunks(blob.stream()), gzip)) chunks.push(chunk.slice());
  return concatBytes(chunks);
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const gzip = new Uint8Array(gzipSync(plain));

test('gzip, of one member and of several', async () => {
  expect(same(await inflated(gzip), plain)).toBe(true);
  expect(same(await inflated(gzip, 'native'), plain)).toBe(true);
  const half = plain.length / 2;
  const members = [gzipSync(plain.subarray(0, half)), gzipSync(plain.subarray(half)), gzipSync(new Uint8Array(0))];
  expect(same(await inflated(concatBytes(members)), plain)).toBe(true);
});

test.skipIf(!has('zstd'))('zstd, of one frame and of several', async () => {
  for (const level of ['-1', '-19']) {
    const zstd = compress('zstd', level);
    expect(same(await inflated(zstd), plain)).toBe(true);
    expect(same(await inflated(concatBytes([zstd, zstd])), concatBytes([plain, plain]))).toBe(true);
  }
});

test('what is not compressed passes through', async () => {
  expect(same(await inflated(plain), plain)).toBe(true);
  expect(await inflated(new Uint8Array(0))).toHaveLength(0);
});

test('what the source throws is thrown as it is, and it is read no further than needed', async () => {
  const large = new Uint8Array(gzipSync(randomBytes(4 << 20)));
  const failure = new Error('the connection broke');
  let given = 0;
  const source = async function* () {
    for (given = 0; given < large.length / 2; given += 10_000) yield large.subarray(given, given + 10_000);
    throw failure;
  };
  for (const decoder of ['native', 'portable'] as const) {
    const chunks = inflateStream(source(), decoder);
    await chunks.next();
    expect(given).toBeLessThan(large.length / 4);
    const rest = async () => {
      for await (const _ of chunks);
    };
    await expect(rest()).rejects.toBe(failure);
  }
});

describe('cut short', () => {
  // Less than the last 8 bytes (checksum and size) and the end-of-block code may be gone with no content missing.
  test.each([3, 9, 11, 1000, gzip.length >> 1, gzip.length - 64])(
    'gzip after %i bytes is refused or comes out short, for the diff ID to tell',
    async (length) => {
      const outcome = await inflated(gzip.slice(0, length)).catch((error: Error) => error);
      if (outcome instanceof Error) expect(outcome.message).toMatch(/^gzip: /);
      else expect(outcome.length).toBeLessThan(plain.length);
    },
  );

  test.skipIf(!has('zstd'))('zstd', async () => {
    const zstd = compress('zstd');
    for (const length of [5, 20, zstd.length >> 1, zstd.length - 5]) {
      await expect(inflated(zstd.slice(0, length))).rejects.toThrow(/^zstd: /);
    }
  });
});

test('damaged in the middle, it is refused or comes out different, for the diff ID to tell', async () => {
  for (let at = 20; at < gzip.length; at += 20_000) {
    const damaged = gzip.slice();
    damaged[at]! ^= 0x55;
    const outcome = await inflated(damaged).then(
      (bytes) => same(bytes, plain),
      () => false,
    );
    expect(outcome).toBe(false);
  }
});

test.skipIf(!has('zstd'))('damaged zstd is refused or comes out different, and always comes to an end', async () => {
  const zstd = compress('zstd');
  for (let at = 4; at < zstd.length; at += zstd.length >> 4) {
    const damaged = zstd.slice();
    damaged[at]! ^= 0x55;
    const outcome = await inflated(damaged).then(
      (bytes) => same(bytes, plain),
      () => false,
    );
    expect(outcome).toBe(false);
  }
});

test.skipIf(!has('xz'))('xz', async () => {
  expect(same(await inflated(compress('xz')), plain)).toBe(true);
  await expect(inflated(compress('xz').slice(0, 1000))).rejects.toThrow(/^xz: /);
});

test('a compression that is not there is refused by name', async () => {
  await expect(inflated(new Uint8Array([0x42, 0x5a, 0x68, 0x39]))).rejects.toThrow(
    'bzip2: this compression is not supported, only gzip, zstd and xz',
  );
});

test('a stream in pieces of any size', async () => {
  const inPieces = async function* (size: number) {
    for (const byte of gzip.subarray(0, 20)) yield Uint8Array.of(byte);
    for (let at = 20; at < gzip.length; at += size) yield gzip.subarray(at, at + size);
  };
  for (const size of [4001, 100_000]) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of inflateStream(inPieces(size))) chunks.push(chunk.slice());
    expect(same(concatBytes(chunks), plain)).toBe(true);
  }
});
