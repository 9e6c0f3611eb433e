/** Undoes an archive's compression. As in Docker the content decides which, not the media type. */
import { Gunzip } from 'fflate';
import { concatBytes } from '../../lib/bytes.ts';
import { readChunks } from '../../lib/read-chunks.ts';

const magics: { magic: number[]; name: string }[] = [
  { magic: [0x1f, 0x8b, 0x08], name: 'gzip' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd' },
  { magic: [0x42, 0x5a, 0x68], name: 'bzip2' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'xz' },
];
const longestMagic = 5;

type Chunks = AsyncIterable<Uint8Array>;

/**
 * Yields the uncompressed bytes of a gzip, zstd, xz or plain blob; `onProgress` hears how many bytes were taken in so
 * far. Throws when it finds the blob damaged or cut short; what it misses, the digest of what came out tells.
 */
export const inflate = (compressed: Blob, onProgress: (compressedBytes: number) => void): AsyncGenerator<Uint8Array> =>
  inflateStream(readChunks(compressed.stream()), onProgress);

/** The same for a stream, with as little of it in memory as its compression allows. */
export async function* inflateStream(
  compressed: Chunks,
  onProgress: (compressedBytes: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const chunks = compressed[Symbol.asyncIterator]();
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
    const whole = withStart(start, chunks);
    if (name === 'zstd') yield* inflateZstd(whole, onProgress);
    else yield* decoderOf(name)(counted(whole, onProgress));
  } catch (cause) {
    throw name === undefined ? cause : new Error(`${name}: ${(cause as Error).message}`, { cause });
  } finally {
    await chunks.return?.();
  }
}

function decoderOf(name: string | undefined): (compressed: Chunks) => Chunks {
  if (name === undefined) return (plain) => plain;
  if (name === 'gzip') return inflateGzip;
  if (name === 'xz') return inflateXz;
  throw new Error('this compression is not supported, only gzip, zstd and xz');
}

// fflate rather than DecompressionStream: as fast, and browsers refuse gzip files of several members, which layers of
// lazily pulled images (eStargz) are.
async function* inflateGzip(compressed: Chunks): AsyncGenerator<Uint8Array> {
  const output: Uint8Array[] = [];
  const gunzip = new Gunzip((chunk) => output.push(chunk));
  for await (const chunk of compressed) {
    gunzip.push(chunk);
    yield* output.splice(0);
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

const pieceSize = 64 << 10;

/** Zstandard's own decoder as WebAssembly, fetched only when there is a layer for it. It wants all bytes at hand. */
async function* inflateZstd(compressed: Chunks, onProgress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const chunks: Uint8Array[] = [];
  for await (const chunk of compressed) chunks.push(chunk.slice());
  const bytes = concatBytes(chunks.splice(0));
  let taken = 0;
  let idle = 0;
  let given = 0;
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += pieceSize) {
      const piece = bytes.subarray(at, at + pieceSize);
      onProgress((taken = at + piece.length));
      idle = 0;
      yield piece;
    }
  };
  for (const chunk of decoder.decodeStreaming(pieces())) {
    // The decoder is not asked for errors: a damaged stream shows by taking no more and giving nothing. (A frame
    // without content gives nothing either, but takes its header.)
    if (chunk.length === 0 && ++idle > pieceSize) throw new Error(`damaged before byte ${taken}`);
    given += chunk.length;
    if (chunk.length > 0) yield chunk;
    if (given >= 4 << 20) {
      given = 0;
      // Decoding is synchronous; others (the machine, the terminal) get a turn every few megabytes.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

async function* withStart(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* counted(source: Chunks, onProgress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    yield chunk;
    onProgress((bytes += chunk.length));
  }
}
