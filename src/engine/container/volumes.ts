// A container's volumes through its life: made and filled with the container, mounted with each run, removed with it.

import { DockerError } from '../../api/error.ts';
import { at, open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { decodeStatx, isDirectory, statxBasic, statxSize, type FileStat } from '../../guest/tree/file-stat.ts';
import { openHow, openRoot, relativePath } from '../../guest/tree/open-in-root.ts';
import { packDirectory } from '../../guest/tree/pack-tree.ts';
import { readDirectory } from '../../guest/tree/read-directory.ts';
import { resolvePath } from '../../guest/tree/resolve-path.ts';
import { unpackTree } from '../../guest/tree/unpack-tree.ts';
import type { EngineContext } from '../context.ts';
import { overlayDirectories } from '../runtime/rootfs.ts';
import { mountContainerRoot } from './archive/container-root.ts';
import type { Container } from './container.ts';
import { sourceOf, subpathOf, type ContainerMount, type VolumeDetails } from './mounts.ts';

type VolumeMount = ContainerMount & { readonly volume: VolumeDetails };

const volumeMounts = ({ mounts }: Pick<Container, 'mounts'>): VolumeMount[] =>
  mounts.filter((mount): mount is VolumeMount => mount.volume !== undefined);

/** Makes the volumes of a new container, empty ones with what its image has in their place. */
export async function createVolumes(context: EngineContext, container: Container): Promise<void> {
  const mounts = volumeMounts(container);
  for (const { volume } of mounts) await context.volumes.create(volume);
  const inherited = (container.hostConfig.VolumesFrom ?? []).length > 0;
  const filled = inherited ? mounts.filter(({ volume }) => !usedByAnother(context, container, volume)) : mounts;
  const copied = filled.filter(({ volume }) => volume.copyUp);
  if (copied.length > 0) await fill(context, container, copied);
}

const usedByAnother = (context: EngineContext, container: Container, { name }: VolumeDetails): boolean =>
  context.containers
    .users()
    .some((other) => other !== container && other.mounts.some(({ volume }) => volume?.name === name));

/** Copies what the image has at the places of empty volumes into them (moby's "populate"). */
async function fill(context: EngineContext, container: Container, mounts: readonly VolumeMount[]): Promise<void> {
  const { channel } = context.machine;
  const root = await mountContainerRoot(context, container);
  const filling = new Set<string>();
  try {
    for (const { target, source, volume } of mounts) {
      const path = await resolvePath(channel, root.path, target, { followLast: true });
      const stat = await statInRoot(context, root.path, path);
      if (stat === undefined) continue;
      if (!isDirectory(stat)) throw notDirectory(container, target, volume);
      // What its options mount is the content of such a volume.
      if (context.volumes.get(volume.name).Options) {
        await context.volumes.mount(volume.name, container.id);
        filling.add(volume.name);
      }
      if ((await readDirectory(channel, source, '/')).length > 0) continue;
      const content = packDirectory(channel, root.path, path);
      await unpackTree(channel, source, '/', content, { owner: 'archive', noOverwriteDirNonDir: false });
      const p = new ProgramBuilder(`make volume ${volume.name} like ${target}`);
      p.chown32(source, stat.uid, stat.gid);
      p.chmod(source, stat.mode & 0o7777);
      await channel.run(p.build());
    }
  } finally {
    await root.release();
    const p = new ProgramBuilder('unmount volumes');
    for (const name of filling) context.volumes.unmount(p, name, container.id);
    if (filling.size > 0) await channel.run(p.build());
  }
}

async function statInRoot(context: EngineContext, root: string, path: string): Promise<FileStat | undefined> {
  const p = new ProgramBuilder(`look at ${path}`);
  const file = p.try.openat2(openRoot(p, root), relativePath(path), openHow(open.O_PATH));
  const found = p.try.statx(file, '', at.AT_EMPTY_PATH, statxBasic, statxSize);
  const result = await context.machine.channel.run(p.build());
  return result.value(found) < 0 ? undefined : decodeStatx(result.output(found));
}

function notDirectory({ mountId, image }: Container, target: string, { isAnonymous }: VolumeDetails): DockerError {
  const path = overlayDirectories(mountId, image.layers).merged + target;
  return new DockerError(
    'system',
    isAnonymous ? `cannot mount volume over existing file, file exists ${path}` : `source ${path} is not directory`,
  );
}

/** Makes the volumes ready for a run. */
export async function mountVolumes(context: EngineContext, container: Container): Promise<void> {
  for (const mount of container.mounts) if (mount.image?.subpath) await requireSubpath(context, mount);
  for (const mount of volumeMounts(container)) {
    const { volume, target, readOnly, propagation } = mount;
    await context.volumes.mount(volume.name, container.id);
    if (volume.subpath !== '') await requireSubpath(context, mount);
    context.events.publish('volume', 'mount', volume.name, {
      container: container.id,
      destination: target,
      driver: volume.driver,
      propagation,
      'read/write': String(!readOnly),
    });
  }
}

/** A subpath is no way out of what it is a part of, and must be there. */
async function requireSubpath(context: EngineContext, mount: ContainerMount): Promise<void> {
  const { channel } = context.machine;
  const path = sourceOf(mount);
  const resolved = await resolvePath(channel, mount.source, subpathOf(mount), { followLast: true });
  const isThere = (await statInRoot(context, mount.source, resolved)) !== undefined;
  if (isThere && `${mount.source}${resolved}` === path) return;
  const reason = isThere ? 'path is a symbolic link' : `lstat ${path}: no such file or directory`;
  throw new DockerError('system', `cannot access path ${path}: ${reason}`);
}

/** Adds to the program that ends a run what it had mounted of volumes. */
export function unmountVolumes(context: EngineContext, p: ProgramBuilder, container: Container): void {
  for (const { volume } of volumeMounts(container)) {
    context.volumes.unmount(p, volume.name, container.id);
    context.events.publish('volume', 'unmount', volume.name, { container: container.id, driver: volume.driver });
  }
}

/** Removes the volumes that nobody named, unless another container has them. */
export async function removeAnonymousVolumes(context: EngineContext, container: Container): Promise<void> {
  for (const { volume } of volumeMounts(container)) {
    if (!volume.isAnonymous || usedByAnother(context, container, volume)) continue;
    if (context.volumes.find(volume.name)) await context.volumes.remove(volume.name);
  }
}
