/** The values of a stream of JSON, one a line (`\n` or `\r\n`), each as soon as its line is whole. */
export async function* readJsonLines<T>(stream: ReadableStream<Uint8Array>): AsyncGenerator<T, void, void> {
  for await (const line of readLines(stream)) yield JSON.parse(line) as T;
}

/** The lines themselves, without those that are blank. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let pending = '';
  let finished = false;
  try {
    while (!finished) {
      const { done, value } = await reader.read();
      finished = done;
      pending += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = pending.split('\n');
      pending = done ? '' : lines.pop()!;
      for (const line of lines) if (line.trim() !== '') yield line.trimEnd();
    }
  } finally {
    if (!finished) await reader.cancel().catch(() => {});
  }
}
