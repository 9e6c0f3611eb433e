import type { ProgressMessage } from '../../api/progress.ts';
import type { DockerCli } from '../docker-cli.ts';
import { absolutePath, fileErrorText } from '../host-file.ts';
import type { CliIo } from '../io.ts';
import { displayProgress } from './progress-display.ts';

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

/** Sends an archive and shows what becomes of it. `input` is let go of in the end, whatever comes. */
export async function sendArchive(
  { io }: DockerCli,
  input: ArchiveInput | undefined,
  send: (stream: ReadableStream<Uint8Array> | undefined) => Promise<AsyncIterable<ProgressMessage>>,
): Promise<void> {
  try {
    await displayProgress(await send(input?.stream), io.stdout, { columns: io.terminalSize()?.columns });
  } finally {
    input?.release();
  }
}

/** A file of the caller's machine; errors as Go's os.Open words them. */
export async function fileInput({ files, cwd }: CliIo, path: string): Promise<ArchiveInput> {
  try {
    return { stream: await files.readStream(absolutePath(cwd, path)), release: () => {} };
  } catch (error) {
    throw new Error(`open ${path}: ${fileErrorText(error)}`, { cause: error });
  }
}
