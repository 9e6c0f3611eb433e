// `--device`, `--device-cgroup-rule`, `--privileged` and the devices that I/O limits name, looked up on the guest's host
// (moby: oci/devices_linux.go, containerd: pkg/oci/utils_unix.go).

import type { HostConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import type { Channel } from '../../guest/channel.ts';
import { errnoText } from '../../guest/errno.ts';
import { at, fileType } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import {
  decodeStatx,
  fileTypeOf,
  isDirectory,
  statxBasic,
  statxSize,
  type FileStat,
} from '../../guest/tree/file-stat.ts';
import { readDirectory } from '../../guest/tree/read-directory.ts';
import { deviceRules, type DeviceNode, type DeviceRule } from '../security/devices.ts';

/** What a container's devices are beyond those that every container has. */
export interface ContainerDevices {
  readonly nodes: readonly DeviceNode[];
  /** Undefined when they are the same as every container's. */
  readonly rules: readonly DeviceRule[] | undefined;
}

/** Of the host's /dev, what a privileged container has of its own. */
const containersOwn = new Set(['pts', 'shm', 'fd', 'mqueue', 'console', 'ptmx']);

/** Looks up the devices `host` asks for. Rejects with the daemon's error for one that is none. */
export async function containerDevices(channel: Channel, host: HostConfig): Promise<ContainerDevices> {
  const asked = host.Devices ?? [];
  const cgroupRules = host.DeviceCgroupRules ?? [];
  if (!host.Privileged && asked.length === 0 && cgroupRules.length === 0) return { nodes: [], rules: undefined };
  const nodes: DeviceNode[] = host.Privileged ? await devicesBelow(channel, '/dev', '/dev') : [];
  const allowed: (DeviceNode & { access: string })[] = [];
  const stats = await statAll(
    channel,
    asked.map(({ PathOnHost }) => PathOnHost),
  );
  for (const [index, { PathOnHost, PathInContainer, CgroupPermissions }] of asked.entries()) {
    if (host.Privileged && PathOnHost === PathInContainer) continue;
    const stat = stats[index]!;
    const refuse = (reason: string): DockerError =>
      new DockerError(
        'system',
        `error gathering device information while adding custom device ${JSON.stringify(PathOnHost)}: ${reason}`,
      );
    if (typeof stat === 'string') throw refuse(stat);
    const node = deviceNode(stat, PathInContainer);
    const found = node ? [node] : isDirectory(stat) ? await devicesBelow(channel, PathOnHost, PathInContainer) : [];
    if (found.length === 0) throw refuse('not a device node');
    nodes.push(...found);
    allowed.push(...found.map((device) => ({ ...device, access: CgroupPermissions })));
  }
  return { nodes, rules: deviceRules({ privileged: host.Privileged, devices: allowed, cgroupRules }) };
}

/** The devices at `paths` of the host as the `major:minor` of cgroup files. Rejects with the daemon's error. */
export async function numbersOfDevices(
  channel: Channel,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const stats = await statAll(channel, paths);
  return new Map(
    paths.map((path, index) => {
      const stat = stats[index]!;
      if (typeof stat === 'string') throw new DockerError('system', `stat ${path}: ${stat}`);
      return [path, stat.device.join(':')];
    }),
  );
}

/** What is at each path, links followed, or why that cannot be said, in Go's words. */
async function statAll(channel: Channel, paths: readonly string[]): Promise<(FileStat | string)[]> {
  if (paths.length === 0) return [];
  const p = new ProgramBuilder('look up devices');
  const stats = paths.map((path) => p.try.statx(at.AT_FDCWD, path, 0, statxBasic, statxSize));
  const result = await channel.run(p.build());
  return stats.map((ref) => {
    const error = -result.value(ref);
    return error > 0 ? errnoText(error).toLowerCase() : decodeStatx(result.output(ref));
  });
}

function deviceNode(stat: FileStat, path: string): DeviceNode | undefined {
  const type = fileTypeOf(stat);
  if (type !== fileType.S_IFCHR && type !== fileType.S_IFBLK) return undefined;
  const [major, minor] = stat.device;
  return {
    path,
    type: type === fileType.S_IFBLK ? 'b' : 'c',
    major,
    minor,
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
  };
}

/** All device nodes in the tree `directory` of the host, as they are called below `target`. */
async function devicesBelow(channel: Channel, directory: string, target: string): Promise<DeviceNode[]> {
  const nodes: DeviceNode[] = [];
  for (const { name, stat } of await readDirectory(channel, '/', directory)) {
    if (containersOwn.has(name)) continue;
    const path = `${target}/${name}`;
    if (isDirectory(stat)) nodes.push(...(await devicesBelow(channel, `${directory}/${name}`, path)));
    const node = deviceNode(stat, path);
    if (node) nodes.push(node);
  }
  return nodes;
}
