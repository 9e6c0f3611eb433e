import { cleanPath, splitPath } from '../lib/clean-path.ts';
import { absolutePath, fileErrorText } from './host-file.ts';
import type { CliIo, LinkStat } from './io.ts';

const refusals: Partial<Record<LinkStat['type'], string>> = {
  directory: 'cannot write to a directory',
  symlink: 'cannot write to a symbolic link directly',
  other: 'cannot write to a character device file',
};

/** Whether a file can be written at a path and take its place when it is whole (moby/sys/atomicwriter). */
export async function checkAtomicOutput({ files, cwd }: CliIo, path: string): Promise<void> {
  const { directory } = splitPath(cleanPath(path));
  if (directory !== '.' && directory !== '..') {
    const type = await files.typeOf(absolutePath(cwd, directory));
    const reason = type === undefined ? 'no such file or directory' : 'not a directory';
    if (type !== 'directory') throw new Error(`invalid output path: stat ${directory}: ${reason}`);
  }
  let found: LinkStat;
  try {
    found = await files.linkStat(absolutePath(cwd, path));
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return;
    throw new Error(`failed to stat output path: lstat ${path}: ${fileErrorText(error)}`, { cause: error });
  }
  const refusal = refusals[found.type];
  if (refusal !== undefined) throw new Error(refusal);
}
