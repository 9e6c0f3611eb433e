// A container's files as they are now, mounted for as long as somebody reads or writes them.

import { DockerError } from '../../../api/error.ts';
import { at, mount, mountAttr, moveMount, open, openTree, umount } from '../../../guest/linux.ts';
import { type OpRef, ProgramBuilder } from '../../../guest/program-builder.ts';
import { decodeStatx, isDirectory, statxBasic, statxSize } from '../../../guest/tree/file-stat.ts';
import { openHow, openRoot, relativePath } from '../../../guest/tree/open-in-root.ts';
import { resolvePath } from '../../../guest/tree/resolve-path.ts';
import { ByteWriter } from '../../../lib/bytes.ts';
import { splitPath } from '../../../lib/clean-path.ts';
import { deferred } from '../../../lib/deferred.ts';
import { randomHex } from '../../../lib/hex.ts';
import type { EngineContext } from '../../context.ts';
import { containerDirectory, temporaryMount } from '../../runtime/paths.ts';
import { mountOverlay, overlayDirectories } from '../../runtime/rootfs.ts';
import type { Container } from '../container.ts';
import { unlessRemoved } from './removed-meanwhile.ts';

export interface ContainerRoot {
  /** A directory of the guest. */
  readonly path: string;
  release(): Promise<void>;
}

/** `source`, with `release` called once it has ended, failed or is no longer wanted, be it before it began. */
export function releasing<T>(source: AsyncGenerator<T>, release: () => Promise<void>): AsyncIterable<T> {
  let released: Promise<void> | undefined;
  const end = (): Promise<void> => (released ??= release());
  const next = async (): Promise<IteratorResult<T, undefined>> => {
    try {
      const item = await source.next();
      if (item.done !== true) return item;
      await end();
      return { done: true, value: undefined };
    } catch (error) {
      await end();
      throw error;
    }
  };
  const iterator: AsyncIterator<T, undefined> = {
    next,
    return: async () => {
      await source.return(undefined);
      await end();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/**
 * Mounts the merged root of a container: its image and its own layer, without what is mounted inside. One that does not
 * run is kept from starting meanwhile, since a layer can be written through one overlay only.
 */
export async function mountContainerRoot(context: EngineContext, container: Container): Promise<ContainerRoot> {
  const { channel } = context.machine;
  const directories = overlayDirectories(container.mountId, container.image.layers);
  const path = temporaryMount(randomHex());
  const released = deferred();
  const mounted = deferred<boolean>();
  const attempt = async (): Promise<void> => {
    const p = new ProgramBuilder(`mount the files of container ${container.shortId}`);
    p.mkdirAll(path, 0o700);
    if (container.running) p.mount(directories.merged, path, null, mount.MS_BIND);
    else mountOverlay(p, { ...directories, merged: path });
    try {
      await channel.run(p.build());
    } catch (error) {
      await unmount();
      mounted.reject(error);
      return;
    }
    mounted.resolve(container.running);
    if (!container.running) await released.promise;
  };
  const unmount = async (): Promise<void> => {
    const p = new ProgramBuilder(`unmount the files of container ${container.shortId}`);
    p.try.umount2(path, umount.MNT_DETACH);
    p.try.rmdir(path);
    await channel.run(p.build());
  };
  // Fails without having tried when the engine shuts down.
  container.lifecycle.run(attempt).catch(mounted.reject);
  await mounted.promise;
  return {
    path,
    release: async () => {
      await unmount();
      released.resolve();
    },
  };
}

/**
 * The same with what Docker mounts inside for archives: the network's files, binds and volumes, but no tmpfs. Mount
 * points that are missing, as in a container that has never run, are made.
 */
export async function mountContainerFiles(context: EngineContext, container: Container): Promise<ContainerRoot> {
  const removed = (): DockerError =>
    new DockerError('system', `RWLayer of container ${container.id} is unexpectedly nil`);
  return unlessRemoved(container, removed, () => mountAll(context, container));
}

async function mountAll(context: EngineContext, container: Container): Promise<ContainerRoot> {
  const root = await mountContainerRoot(context, container);
  try {
    const missing = await mountInside(context, root.path, mountsInside(container));
    if (missing.length > 0) {
      await makeMountPoints(context, root.path, missing);
      await mountInside(context, root.path, missing);
    }
    return root;
  } catch (error) {
    await root.release();
    throw error;
  }
}

interface MountInside {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Without it nothing is mounted: the file is there once the container has run. */
  readonly isOptional: boolean;
}

function mountsInside({ id, hostConfig, mounts }: Container): MountInside[] {
  const networkFiles = ['hostname', 'hosts', 'resolv.conf'].map((name) => ({
    source: `${containerDirectory(id)}/${name}`,
    target: `/etc/${name}`,
    readOnly: hostConfig.ReadonlyRootfs === true,
    isOptional: true,
  }));
  const others = mounts.filter(({ type }) => type !== 'tmpfs').map((found) => ({ ...found, isOptional: false }));
  return [...networkFiles, ...others];
}

/** Mounts below `root`; resolves with those that have a source, but no place. */
async function mountInside(
  context: EngineContext,
  root: string,
  mounts: readonly MountInside[],
): Promise<MountInside[]> {
  const missing: MountInside[] = [];
  // A mount takes two of a program's registers.
  for (let first = 0; first < mounts.length; first += 25) {
    const p = new ProgramBuilder('mount binds and volumes');
    const directory = openRoot(p, root);
    const attempts = mounts.slice(first, first + 25).map((wanted) => {
      const tree = p.try.open_tree(at.AT_FDCWD, wanted.source, openTree.OPEN_TREE_CLONE | openTree.AT_RECURSIVE);
      if (wanted.readOnly) makeReadOnly(p, tree);
      const place = p.try.openat2(directory, relativePath(wanted.target), openHow(open.O_PATH, { followLinks: true }));
      const flags = moveMount.MOVE_MOUNT_F_EMPTY_PATH | moveMount.MOVE_MOUNT_T_EMPTY_PATH;
      p.try.move_mount(tree, '', place, '', flags);
      return { wanted, tree, place };
    });
    const result = await context.machine.channel.run(p.build());
    for (const { wanted, tree, place } of attempts) {
      if (!wanted.isOptional && result.value(tree) >= 0 && result.value(place) < 0) missing.push(wanted);
    }
  }
  return missing;
}

function makeReadOnly(p: ProgramBuilder, tree: OpRef): void {
  const attributes = new ByteWriter(32).u64(mountAttr.MOUNT_ATTR_RDONLY).u64(0).u64(0).u64(0).finish();
  p.try.mount_setattr(tree, '', at.AT_EMPTY_PATH | at.AT_RECURSIVE, attributes);
}

async function makeMountPoints(context: EngineContext, root: string, mounts: readonly MountInside[]): Promise<void> {
  const { channel } = context.machine;
  for (const { source, target } of mounts) {
    const path = root + (await resolvePath(channel, root, target, { followLast: true }));
    const look = new ProgramBuilder(`look at ${source}`);
    const found = look.statx(at.AT_FDCWD, source, 0, statxBasic, statxSize);
    const stat = decodeStatx((await channel.run(look.build())).output(found));
    const make = new ProgramBuilder(`make the mount point ${target}`);
    make.mkdirAll(isDirectory(stat) ? path : splitPath(path).directory, 0o755);
    if (!isDirectory(stat)) make.writeFile(path, '', open.O_WRONLY | open.O_CREAT | open.O_NOFOLLOW, 0o755);
    await channel.run(make.build());
  }
}
