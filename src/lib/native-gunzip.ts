/**
 * Inflates gzip with what the platform has for it, many times as fast as JavaScript. What is read ahead of the consumer
 * is bounded. Browsers' inflaters refuse files of several members.
 */
import { readChunks } from './read-chunks.ts';

/** As much of Node's zlib streams as is used. */
interface NodeGunzip extends AsyncIterable<Uint8Array> {
  write(chunk: Uint8Array): boolean;
  end(): void;
  on(event: 'drain' | 'close', listener: () => void): void;
  destroy(error?: Error): void;
  readonly destroyed: boolean;
}
interface NodeZlib {
  createGunzip(options: { chunkSize: number }): NodeGunzip;
}
declare const process: { getBuiltinModule?(name: 'node:zlib'): NodeZlib } | undefined;

// Its own, since Node's DecompressionStream takes in all there is however slowly it is read.
const nodeZlib = typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:zlib');

type Chunks = AsyncIterable<Uint8Array>;

export const nativeGunzip = (compressed: Chunks): Chunks =>
  nodeZlib ? gunzipInNode(compressed, nodeZlib) : gunzipInBrowser(compressed);

const outputSize = 256 << 10;

async function* gunzipInNode(compressed: Chunks, zlib: NodeZlib): AsyncGenerator<Uint8Array> {
  const gunzip = zlib.createGunzip({ chunkSize: outputSize });
  let go: () => void = () => {};
  for (const event of ['drain', 'close'] as const) gunzip.on(event, () => go());
  const feed = async () => {
    for await (const chunk of compressed) {
      if (gunzip.destroyed) return;
      // It keeps what it is given.
      if (!gunzip.write(chunk.slice())) await new Promise<void>((resolve) => (go = resolve));
    }
    gunzip.end();
  };
  feed().catch((error: unknown) => gunzip.destroy(error as Error));
  yield* gunzip;
}

/** What is given to the inflater at once, all of whose output is in memory together: a thousand times as much at most. */
const inputSize = 16 << 10;

async function* gunzipInBrowser(compressed: Chunks): AsyncGenerator<Uint8Array> {
  const pieces = piecesOf(compressed);
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
  yield* readChunks(source.pipeThrough(new DecompressionStream('gzip')));
}

async function* piecesOf(chunks: Chunks): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
  for await (const chunk of chunks) {
    // Copies, since a stream keeps what it is given.
    for (let at = 0; at < chunk.length; at += inputSize) yield chunk.slice(at, at + inputSize);
  }
}
