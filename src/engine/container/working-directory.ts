// The directory a container's process starts in is made with the container, as moby's SetupWorkingDirectory does.

import { DockerError } from '../../api/error.ts';
import { errnoName } from '../../guest/errno.ts';
import { open, umount } from '../../guest/linux.ts';
import type { ProgramBuilder } from '../../guest/program-builder.ts';
import type { ProgramResult } from '../../guest/results.ts';
import { openHow, openRoot, relativePath } from '../../guest/tree/open-in-root.ts';
import { mountOverlay, overlayDirectories } from '../runtime/rootfs.ts';
import type { Container } from './container.ts';

/** Each part takes registers of the program; what is deeper is made when the container starts. */
const mostParts = 40;

/** Adds the making to `p`; the returned check throws the daemon's error when something else is in the way. */
export function makeWorkingDirectory(p: ProgramBuilder, container: Container): (result: ProgramResult) => void {
  const path = container.config.WorkingDir;
  if (path === '' || path === '/') return () => {};
  const parts = path.split('/').slice(1, mostParts + 1);
  const directories = overlayDirectories(container.mountId, container.image.layers);
  p.step('working directory');
  mountOverlay(p, directories);
  const root = openRoot(p, directories.merged);
  const find = (to: string, flags = 0) =>
    p.try.openat2(root, relativePath(to), openHow(open.O_PATH | flags, { followLinks: true }));
  parts.forEach((part, at) => p.try.mkdirat(find(parts.slice(0, at).join('/')), part, 0o755));
  const directory = find(path, open.O_DIRECTORY);
  const anything = find(path);
  p.umount2(directories.merged, umount.MNT_DETACH);
  return (result) => {
    if (errnoName(-result.value(directory)) !== 'ENOTDIR') return;
    if (result.value(anything) >= 0) {
      throw new DockerError('system', `Cannot mkdir: ${path} is not a directory`);
    }
    throw new DockerError('system', `lstat ${directories.merged}${path}: not a directory`);
  };
}
