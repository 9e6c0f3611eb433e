import { at, fsconfig, mount, moveMount, umount } from '../../guest/linux.ts';
import type { ProgramBuilder } from '../../guest/program-builder.ts';
import { initLayer, layersRoot, overlayDirectory } from './paths.ts';

/** A mount option string may not be longer than a page; `fsconfig` takes longer stacks one layer at a time. */
const longestOptions = 4095;

/** What an overlay mount is made of. */
export interface OverlayDirectories {
  /** Topmost first. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
}

export function overlayDirectories(mountId: string, imageLayers: readonly string[]): OverlayDirectories {
  const directory = overlayDirectory(mountId);
  return {
    lower: [initLayer, ...imageLayers.map((layer) => `${layersRoot}/${layer}`)],
    upper: `${directory}/diff`,
    work: `${directory}/work`,
    merged: `${directory}/merged`,
  };
}

/** Makes the directories of a new container's writable layer. */
export function createOverlay(p: ProgramBuilder, directories: OverlayDirectories): void {
  p.mkdirAll(directories.upper, 0o755);
  p.mkdirAll(directories.work, 0o700);
  p.mkdirAll(directories.merged, 0o755);
}

export function mountOverlay(p: ProgramBuilder, { lower, upper, work, merged }: OverlayDirectories): void {
  const options = `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}`;
  if (options.length <= longestOptions) {
    p.mount('overlay', merged, 'overlay', 0, options);
    return;
  }
  const context = p.fsopen('overlay');
  for (const directory of lower) p.fsconfig(context, fsconfig.FSCONFIG_SET_STRING, 'lowerdir+', directory);
  p.fsconfig(context, fsconfig.FSCONFIG_SET_STRING, 'upperdir', upper);
  p.fsconfig(context, fsconfig.FSCONFIG_SET_STRING, 'workdir', work);
  p.fsconfig(context, fsconfig.FSCONFIG_CMD_CREATE, null, null);
  const mounted = p.fsmount(context, 0, 0);
  p.move_mount(mounted, '', at.AT_FDCWD, merged, moveMount.MOVE_MOUNT_F_EMPTY_PATH);
}

/** Mounts the files of an image, read-only. */
export function mountImage(p: ProgramBuilder, layers: readonly string[], target: string): void {
  p.mkdirAll(target, 0o700);
  mountLowerLayers(p, { lower: layers.map((layer) => `${layersRoot}/${layer}`) }, target);
}

/** Mounts read-only what lies below a container's own layer. */
export function mountLowerLayers(
  p: ProgramBuilder,
  { lower }: Pick<OverlayDirectories, 'lower'>,
  target: string,
): void {
  // overlayfs wants two layers at least.
  if (lower.length === 1) {
    p.mount(lower[0]!, target, null, mount.MS_BIND);
    return;
  }
  const context = p.fsopen('overlay');
  for (const directory of lower) p.fsconfig(context, fsconfig.FSCONFIG_SET_STRING, 'lowerdir+', directory);
  p.fsconfig(context, fsconfig.FSCONFIG_CMD_CREATE, null, null);
  const mounted = p.fsmount(context, 0, 0);
  p.move_mount(mounted, '', at.AT_FDCWD, target, moveMount.MOVE_MOUNT_F_EMPTY_PATH);
}

export function unmountOverlay(p: ProgramBuilder, { merged }: OverlayDirectories): void {
  p.try.umount2(merged, umount.MNT_DETACH);
}
