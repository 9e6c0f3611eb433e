import type { DockerCli } from '../docker-cli.ts';
import { absolutePath } from '../host-file.ts';
import type { CliIo } from '../io.ts';
import { copyOutput } from './hijacked-streams.ts';

/**
 * Writes an archive to a file, or to standard output where that is no terminal. `check` says what is wrong with a path,
 * before the archive is asked for.
 */
export async function writeArchive(
  { io }: DockerCli,
  path: string,
  { attempt, check }: { readonly attempt: string; check(io: CliIo, path: string): Promise<void> },
  open: () => Promise<ReadableStream<Uint8Array>>,
): Promise<void> {
  if (path === '' && io.stdout.isTty) {
    throw new Error('cowardly refusing to save to a terminal. Use the -o flag or redirect');
  }
  if (path !== '') {
    await check(io, path).catch((error: Error) => {
      throw new Error(`${attempt}: ${error.message}`, { cause: error });
    });
  }
  const archive = await open();
  if (path === '') await copyOutput(archive, { tty: true, stdout: io.stdout });
  else await io.files.writeStream(absolutePath(io.cwd, path), archive);
}
