import { cleanPath, splitPath } from '../lib/clean-path.ts';
import { absolutePath } from './host-file.ts';
import type { CliIo } from './io.ts';

/** command.ValidateOutputPath: whether a file may be written, or unpacked, at a path of the host. Throws an Error. */
export async function validateOutputPath({ files, cwd }: CliIo, path: string): Promise<void> {
  const { directory } = splitPath(cleanPath(path));
  const parent = await files.typeOf(absolutePath(cwd, directory));
  if (parent === undefined) {
    throw new Error(`invalid output path: directory ${JSON.stringify(directory)} does not exist`);
  }
  if (parent !== 'directory') throw new Error(`stat ${path}: not a directory`);
  if ((await files.typeOf(absolutePath(cwd, path))) === 'device') {
    throw new Error(`invalid output path: ${JSON.stringify(path)} must be a directory or a regular file: got a device`);
  }
}
