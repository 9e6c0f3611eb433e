// After a run, however it ended: nothing of it may stay in the guest.

import { open, umount } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import type { EngineContext } from '../context.ts';
import { oomKills } from '../runtime/cgroup.ts';
import { cgroupRoot, containerDirectory, overlayDirectory } from '../runtime/paths.ts';
import { overlayDirectories, unmountOverlay } from '../runtime/rootfs.ts';
import { removeSandbox } from '../runtime/sandbox.ts';
import { disconnectNetwork } from './connect-network.ts';
import type { Container } from './container.ts';
import { textOf } from './start.ts';
import { unmountVolumes } from './volumes.ts';

/**
 * Removes a run's mounts, network and cgroup; with `files` in the same round trip also what the container keeps between
 * runs. Each op stands alone, so this also cleans up after a start that failed half way. Tells whether the kernel's OOM
 * killer struck.
 */
export async function cleanUpRun(
  context: EngineContext,
  container: Container,
  { files = false } = {},
): Promise<{ oomKilled: boolean }> {
  const p = new ProgramBuilder(`clean up container ${container.shortId}`);
  const cgroup = cgroupRoot + container.cgroup;
  p.step('cgroup');
  const events = p.try.readFile(`${cgroup}/memory.events`, 4096);
  // Processes that joined the cgroup from outside its pid namespace would keep it busy.
  p.try.writeFile(`${cgroup}/cgroup.kill`, '1', open.O_WRONLY, 0);
  p.try.rmdir(cgroup);
  p.step('root file system');
  unmountOverlay(p, overlayDirectories(container.mountId, container.image.layers));
  unmountVolumes(context, p, container);
  if (container.published.length > 0) context.ports.unpublish(p, container.published);
  container.published = [];
  const sandboxId = container.releaseSandbox();
  if (sandboxId && container.hostConfig.NetworkMode !== 'host')
    removeSandbox(p, sandboxId, sharesNetwork(context, container) ? container.endpoint : undefined);
  if (files) removeFiles(p, container);
  const result = await context.machine.channel.run(p.build());

  disconnectNetwork(context, container);
  return { oomKilled: oomKills(textOf(result, events)) > 0 };
}

/** Whether another running container lives in this one's network namespace (`--network container:X`). */
function sharesNetwork(context: EngineContext, container: Container): boolean {
  return context.containers
    .all()
    .some(
      ({ running, hostConfig: { NetworkMode: mode } }) =>
        running &&
        mode.startsWith('container:') &&
        context.containers.find(mode.slice('container:'.length)) === container,
    );
}

/** Removes what a container keeps between runs: its writable layer and its host files. */
export function removeFiles(p: ProgramBuilder, container: Container): void {
  p.step('remove files');
  for (const { image, source } of container.mounts) {
    if (!image) continue;
    p.try.umount2(source, umount.MNT_DETACH);
    p.try.removeAll(overlayDirectory(image.mountId));
  }
  p.try.removeAll(overlayDirectory(container.mountId));
  p.try.removeAll(containerDirectory(container.id));
}
