/** Undoes an archive's compression. As in Docker the content decides which, not the media type. */
import { Gunzip } from 'fflate';
import { concatBytes } from '../../lib/bytes.ts';
import { guardSource } from '../../lib/guard-source.ts';
import { nativeGunzip } from '../../lib/native-gunzip.ts';
import { readChunks } from '../../lib/read-chunks.ts';

const magics: { magic: number[]; name: string }[] = [
  { magic: [0x1f, 0x8b, 0x08], name: 'gzip' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd' },
  { magic: [0x42, 0x5a, 0x68], name: 'bzip2' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'xz' },
];
const longestMagic = 5;

/** Bytes given to a decoder at once: what comes of them is in memory together. Gzip packs a thousandfold at most. */
const gzipPieceSize = 4 << 10;
const zstdPieceSize = 64 << 10;

type Chunks = AsyncIterable<Uint8Array>;

/** What was compressed so is damaged or cut short. */
export class InflateError extends Error {
  readonly compression: string;

  constructor(compression: string, cause: Error) {
    super(`${compression}: ${cause.message}`, { cause });
    this.name = 'InflateError';
    this.compression = compression;
  }
}

/** Of gzip: the platform's own inflater is by far the fastest; browsers' refuse files of several members. */
export type GzipDecoder = 'native' | 'portable';

/**
 * Yields the uncompressed bytes of a gzip, zstd, xz or plain archive, with as little of it in memory as its compression
 * allows. Throws an InflateError when it finds the archive damaged or cut short; what it misses, the digest of what came
 * out tells. What `compressed` throws is thrown as it is.
 */
export async function* inflateStream(compressed: Chunks, gzip: GzipDecoder = 'portable'): AsyncGenerator<Uint8Array> {
  const source = guardSource(compressed);
  const { chunks } = source;
  const first: Uint8Array[] = [];
  let name: string | undefined;
  try {
    for (let size = 0; size < longestMagic;) {
      const next = await chunks.next();
      if (next.done) break;
      first.push(next.value.slice());
      size += next.value.length;
    }
    const start = concatBytes(first);
    name = magics.find(({ magic }) => magic.every((byte, at) => start[at] === byte))?.name;
    yield* decoderOf(name, gzip)(withStart(start, chunks));
  } catch (cause) {
    if (name === undefined || source.failure) throw source.failure ?? cause;
    throw new InflateError(name, cause as Error);
  } finally {
    await chunks.return(undefined);
  }
}

function decoderOf(name: string | undefined, gzip: GzipDecoder): (compressed: Chunks) => Chunks {
  if (name === undefined) return (plain) => plain;
  if (name === 'gzip') return gzip === 'native' ? nativeGunzip : inflateGzip;
  if (name === 'zstd') return inflateZstd;
  if (name === 'xz') return inflateXz;
  throw new Error('this compression is not supported, only gzip, zstd and xz');
}

/** Takes files of several members, which layers of lazily pulled images (eStargz) are. */
async function* inflateGzip(compressed: Chunks): AsyncGenerator<Uint8Array> {
  const output: Uint8Array[] = [];
  const gunzip = new Gunzip((chunk) => output.push(chunk));
  for await (const chunk of compressed) {
    // What one push gives is bounded, however much there is in a few bytes.
    for (let at = 0; at < chunk.length; at += gzipPieceSize) {
      gunzip.push(chunk.subarray(at, at + gzipPieceSize));
      yield* output.splice(0);
    }
  }
  gunzip.push(new Uint8Array(0), true);
  yield* output;
}

/** XZ Embedded as WebAssembly, fetched only when there is an archive for it. */
async function* inflateXz(compressed: Chunks): AsyncGenerator<Uint8Array> {
  const module = await import('xz-decompress');
  // CommonJS, whose exports are the default one where nothing bundles it.
  const { XzReadableStream } = 'XzReadableStream' in module ? module : (module as { default: typeof module }).default;
  const iterator = compressed[Symbol.asyncIterator]();
  const source = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        // The decoder takes the chunk's buffer for the chunk.
        else controller.enqueue(value.slice());
      },
    },
    { highWaterMark: 0 },
  );
  yield* readChunks(new XzReadableStream(source));
}

/**
 * Zstandard's own decoder as WebAssembly, fetched only when there is a layer for it. It reads from a synchronous
 * iterator, but takes one piece at most before it yields: so there always is one.
 */
async function* inflateZstd(compressed: Chunks): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const input = piecesOf(compressed, zstdPieceSize);
  let next = await input.next();
  let taken = 0;
  let isTaken = false;
  let idle = 0;
  const decoded = decoder.decodeStreaming({
    [Symbol.iterator]: () => ({
      next: () => {
        if (next.done) return { done: true, value: undefined };
        isTaken = true;
        idle = 0;
        taken += next.value.length;
        return { done: false, value: next.value };
      },
    }),
  });
  for (let out = decoded.next(); !out.done; out = decoded.next()) {
    // The decoder is not asked for errors: a damaged stream shows by taking no more and giving nothing. (A frame
    // without content gives nothing either, but takes its header.)
    if (out.value.length === 0 && ++idle > zstdPieceSize) throw new Error(`damaged before byte ${taken}`);
    if (out.value.length > 0) yield out.value;
    if (!isTaken) continue;
    isTaken = false;
    next = await input.next();
  }
}

async function* piecesOf(chunks: Chunks, size: number): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
  }
}

async function* withStart(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
