// Limits as cgroup v2 files (the conversions are runc's): what HostConfig asks, file by file.

import type { Resources } from '../../api/container-config.ts';

/** runc's conversion of cgroup v1 shares (2–262144) to a v2 weight (1–10000). */
const cpuWeight = (shares: number): number =>
  1 + Math.floor(((Math.max(2, Math.min(262_144, shares)) - 2) * 9999) / 262_142);

const limit = (value: number): string => (value === -1 ? 'max' : String(value));

export interface CgroupFile {
  readonly file: string;
  readonly value: string;
  /** Kernels without the feature lack the file; Docker then goes on with a warning. */
  readonly optional?: boolean;
}

/** The limits of `resources` that name devices: what io.max calls them, and the field. */
const throttles = [
  ['rbps', 'BlkioDeviceReadBps'],
  ['wbps', 'BlkioDeviceWriteBps'],
  ['riops', 'BlkioDeviceReadIOps'],
  ['wiops', 'BlkioDeviceWriteIOps'],
] as const;

/** The devices that `resources` name, by their paths on the host. */
export const limitedDevices = (resources: Partial<Resources>): string[] =>
  [resources.BlkioWeightDevice, ...throttles.map(([, field]) => resources[field])].flatMap((limits) =>
    (limits ?? []).map(({ Path }) => Path),
  );

/** The control files to write for `resources` but for limits of devices, in an order in which each write is valid. */
export function cgroupFiles(resources: Partial<Resources>): CgroupFile[] {
  const files: CgroupFile[] = [];
  const add = (file: string, value: string, optional = false): void => void files.push({ file, value, optional });

  if (resources.Memory) add('memory.max', String(resources.Memory));
  if (resources.MemorySwap) {
    // Docker's value is memory plus swap; the kernel's file is swap alone.
    const swap = resources.MemorySwap === -1 ? -1 : resources.MemorySwap - (resources.Memory ?? 0);
    add('memory.swap.max', limit(swap), true);
  } else if (resources.Memory) {
    add('memory.swap.max', String(resources.Memory), true);
  }
  if (resources.MemoryReservation) add('memory.low', String(resources.MemoryReservation));

  if (resources.CpuShares) add('cpu.weight', String(cpuWeight(resources.CpuShares)));
  const period = resources.CpuPeriod || 100_000;
  if (resources.NanoCpus) add('cpu.max', `${Math.floor((resources.NanoCpus * period) / 1e9)} ${period}`);
  else if (resources.CpuQuota || resources.CpuPeriod)
    add('cpu.max', `${resources.CpuQuota && resources.CpuQuota > 0 ? resources.CpuQuota : 'max'} ${period}`);

  if (resources.PidsLimit) add('pids.max', resources.PidsLimit < 0 ? 'max' : String(resources.PidsLimit));
  if (resources.BlkioWeight) add('io.bfq.weight', String(resources.BlkioWeight));
  return files;
}

/** The files to write for the limits of devices, which `update` cannot change. `numbers`: their `major:minor` by path. */
export function deviceLimitFiles(resources: Partial<Resources>, numbers: ReadonlyMap<string, string>): CgroupFile[] {
  return [
    ...(resources.BlkioWeightDevice ?? []).map(({ Path, Weight }) => ({
      file: 'io.bfq.weight',
      value: `${numbers.get(Path)} ${Weight}`,
    })),
    ...throttles.flatMap(([key, field]) =>
      (resources[field] ?? []).map(({ Path, Rate }) => ({
        file: 'io.max',
        value: `${numbers.get(Path)} ${key}=${Rate}`,
      })),
    ),
  ];
}

/** The controllers Docker's groups need, for cgroup.subtree_control. */
export const controllers = '+cpu +memory +pids +io';

/** Times processes of the group were killed for want of memory, from the text of memory.events. */
export const oomKills = (memoryEvents: string): number => Number(/^oom_kill (\d+)$/m.exec(memoryEvents)?.[1] ?? 0);
