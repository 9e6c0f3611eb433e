// A container's files as they are now, mounted for as long as somebody reads or writes them.

import { mount, umount } from '../../../guest/linux.ts';
import { ProgramBuilder } from '../../../guest/program-builder.ts';
import { deferred } from '../../../lib/deferred.ts';
import { randomHex } from '../../../lib/hex.ts';
import type { EngineContext } from '../../context.ts';
import { temporaryMount } from '../../runtime/paths.ts';
import { mountOverlay, overlayDirectories } from '../../runtime/rootfs.ts';
import type { Container } from '../container.ts';

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
  void container.lifecycle.run(attempt);
  await mounted.promise;
  return {
    path,
    release: async () => {
      await unmount();
      released.resolve();
    },
  };
}
