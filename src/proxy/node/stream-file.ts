import { type FileHandle, open } from 'node:fs/promises';

const pieceSize = 256 << 10;

/** The bytes of a file from `start` up to `end`. A file that is shorter is an error. */
export async function* readPieces(file: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end;) {
    const length = Math.min(pieceSize, end - at);
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, at);
    if (bytesRead === 0) throw new Error(`the file ends at ${at}, not ${end}`);
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

/** The same of a file by its path, opened when the first byte is wanted. */
export async function* readFilePieces(path: string, start: number, end: number): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    yield* readPieces(file, start, end);
  } finally {
    await file.close();
  }
}

/** A stream that reads no further than it is read. */
export function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await pieces.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
