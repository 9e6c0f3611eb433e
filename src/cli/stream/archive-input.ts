import { absolutePath, fileErrorText } from '../host-file.ts';
import type { CliIo } from '../io.ts';

/** An archive to send, and what lets go of where it comes from. */
export interface ArchiveInput {
  readonly stream: ReadableStream<Uint8Array>;
  release(): void;
}

/** Standard input, of which what is not read stays for whoever comes next. */
export function standardInput({ stdin }: CliIo): ArchiveInput {
  const reader = stdin.stream.getReader();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, release: () => reader.releaseLock() };
}

/** A file of the caller's machine; errors as Go's os.Open words them. */
export async function fileInput({ files, cwd }: CliIo, path: string): Promise<ArchiveInput> {
  try {
    return { stream: await files.readStream(absolutePath(cwd, path)), release: () => {} };
  } catch (error) {
    throw new Error(`open ${path}: ${fileErrorText(error)}`, { cause: error });
  }
}
