/** Undoes a layer's compression. As in Docker the content decides which, not the media type. */
import { Gunzip } from 'fflate';
import { Decompress } from 'fzstd';

const magics: { magic: number[]; name: string }[] = [
  { magic: [0x1f, 0x8b, 0x08], name: 'gzip' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd' },
  { magic: [0x42, 0x5a, 0x68], name: 'bzip2' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'xz' },
];

/** A decompressor of either library: bytes go in by `push`, what they become comes out before it returns. */
interface Inflater {
  push(chunk: Uint8Array, final: boolean): void;
}

/**
 * Yields the uncompressed bytes of a gzip, zstd or plain stream; `onProgress` hears how many bytes were taken in so far.
 * Throws when the stream is damaged or cut short.
 */
export async function* inflate(
  compressed: Blob,
  onProgress: (compressedBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const start = new Uint8Array(await compressed.slice(0, 8).arrayBuffer());
  const name = magics.find(({ magic }) => magic.every((byte, at) => start[at] === byte))?.name;
  if (!name) return yield* chunksOf(compressed, onProgress);

  const output: Uint8Array[] = [];
  const inflater = createInflater(name, (chunk) => output.push(chunk));
  try {
    for await (const chunk of chunksOf(compressed, onProgress)) {
      inflater.push(chunk, false);
      yield* output.splice(0);
    }
    inflater.push(new Uint8Array(0), true);
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause });
  }
  yield* output;
}

// fflate rather than DecompressionStream: as fast, and browsers refuse gzip files of several members, which layers of
// lazily pulled images (eStargz) are.
function createInflater(name: string, onData: (chunk: Uint8Array) => void): Inflater {
  switch (name) {
    case 'gzip':
      return new Gunzip(onData);
    case 'zstd':
      return new Decompress(onData);
    default:
      throw new Error(`${name} compression of layers is not supported, only gzip and zstd`);
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
