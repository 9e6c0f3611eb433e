// A container's control group: below Docker's own or that of --cgroup-parent, with its limits and device rules.

import { open } from '../../guest/linux.ts';
import type { ProgramBuilder } from '../../guest/program-builder.ts';
import { cgroupFiles, controllers, deviceLimitFiles } from '../runtime/cgroup.ts';
import { restrictDevices } from '../runtime/device-controller.ts';
import { cgroupRoot } from '../runtime/paths.ts';
import { defaultDeviceRules } from '../security/devices.ts';
import type { Container } from './container.ts';
import type { ContainerDevices } from './devices.ts';

/**
 * Makes the group of a run. Groups above it are made too, as runc does, and stay when the container is gone.
 * @param deviceNumbers `major:minor` of the devices that limits name
 */
export function createControlGroup(
  p: ProgramBuilder,
  { cgroup, hostConfig }: Container,
  { rules }: ContainerDevices,
  deviceNumbers: ReadonlyMap<string, string>,
): void {
  p.step('cgroup');
  const path = cgroupRoot + cgroup;
  p.mkdirAll(path, 0o755);
  if (hostConfig.CgroupParent) delegateControllers(p, cgroup);
  const files = [...cgroupFiles(hostConfig), ...deviceLimitFiles(hostConfig, deviceNumbers)];
  for (const { file, value, optional } of files) {
    (optional ? p.try : p).writeFile(`${path}/${file}`, value, open.O_WRONLY, 0);
  }
  // Docker's own group holds those in it to the rules that hold for all.
  const own = rules ?? (hostConfig.CgroupParent ? defaultDeviceRules : undefined);
  if (own) restrictDevices(p, path, own);
}

/** Lets the groups above `cgroup` hand out what limits need. One with processes in it cannot: then the limits fail. */
function delegateControllers(p: ProgramBuilder, cgroup: string): void {
  const parents = cgroup.split('/').slice(1, -1);
  parents.forEach((_, index) => {
    const parent = `${cgroupRoot}/${parents.slice(0, index + 1).join('/')}`;
    p.try.writeFile(`${parent}/cgroup.subtree_control`, controllers, open.O_WRONLY, 0);
  });
}
