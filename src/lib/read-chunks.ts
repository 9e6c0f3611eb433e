/**
 * The chunks of a stream, for `for await`: not every browser's streams can be iterated themselves. The stream is let go
 * of in the end, not cancelled.
 */
export async function* readChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.releaseLock();
  }
}
