/** Undoes a layer's compression. As in Docker the content decides which, not the media type. */
import { Gunzip } from 'fflate';

const magics: { magic: number[]; name: string }[] = [
  { magic: [0x1f, 0x8b, 0x08], name: 'gzip' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd' },
  { magic: [0x42, 0x5a, 0x68], name: 'bzip2' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'xz' },
];

/**
 * Yields the uncompressed bytes of a gzip, zstd or plain stream; `onProgress` hears how many bytes were taken in so far.
 * Throws when it finds the stream damaged or cut short; what it misses, the digest of what came out tells.
 */
export async function* inflate(
  compressed: Blob,
  onProgress: (compressedBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const start = new Uint8Array(await compressed.slice(0, 8).arrayBuffer());
  const name = magics.find(({ magic }) => magic.every((byte, at) => start[at] === byte))?.name;
  try {
    if (!name) yield* chunksOf(compressed, onProgress);
    else if (name === 'gzip') yield* inflateGzip(compressed, onProgress);
    else if (name === 'zstd') yield* inflateZstd(compressed, onProgress);
    else throw new Error('compression of layers is not supported, only gzip and zstd');
  } catch (cause) {
    throw new Error(`${name ?? 'reading'}: ${(cause as Error).message}`, { cause });
  }
}

// fflate rather than DecompressionStream: as fast, and browsers refuse gzip files of several members, which layers of
// lazily pulled images (eStargz) are.
async function* inflateGzip(compressed: Blob, onProgress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const output: Uint8Array[] = [];
  const gunzip = new Gunzip((chunk) => output.push(chunk));
  for await (const chunk of chunksOf(compressed, onProgress)) {
    gunzip.push(chunk);
    yield* output.splice(0);
  }
  gunzip.push(new Uint8Array(0), true);
  yield* output;
}

const pieceSize = 64 << 10;

/** Zstandard's own decoder as WebAssembly, fetched only when there is a layer for it. */
async function* inflateZstd(compressed: Blob, onProgress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const bytes = new Uint8Array(await compressed.arrayBuffer());
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

async function* chunksOf(blob: Blob, onProgress: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const reader = blob.stream().getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      yield next.value;
      onProgress((bytes += next.value.length));
    }
  } finally {
    reader.releaseLock();
  }
}
