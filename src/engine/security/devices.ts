// Which device nodes a container finds in /dev, and which it may use: Docker's defaults, `--device` and
// `--device-cgroup-rule`. The rules become a BPF program (device-program.ts).

import { DockerError } from '../../api/error.ts';

export type DeviceNode = {
  readonly path: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
};

/** The nodes every container has (OCI runtime spec, "Default Devices"), all mode 0666. */
export const defaultDevices: readonly DeviceNode[] = (
  [
    ['null', 1, 3],
    ['zero', 1, 5],
    ['full', 1, 7],
    ['random', 1, 8],
    ['urandom', 1, 9],
    ['tty', 5, 0],
  ] as const
).map(([name, major, minor]) => ({ path: `/dev/${name}`, type: 'c', major, minor, mode: 0o666, uid: 0, gid: 0 }));

/** A rule of the devices cgroup, in the form of the OCI runtime spec. A missing number stands for any. */
export type DeviceRule = {
  readonly allow: boolean;
  readonly type: 'a' | 'b' | 'c';
  readonly major?: number;
  readonly minor?: number;
  /** Letters of `rwm`: read, write, mknod. */
  readonly access: string;
};

const allow = (type: 'b' | 'c', major?: number, minor?: number, access = 'rwm'): DeviceRule => ({
  allow: true,
  type,
  major,
  minor,
  access,
});

/** What a container may use when nothing is said: moby's list (oci/defaults.go) and what runc adds to any. */
export const defaultDeviceRules: readonly DeviceRule[] = [
  { allow: false, type: 'a', access: 'rwm' },
  // Any node may be made, not used: package managers unpack them.
  allow('c', undefined, undefined, 'm'),
  allow('b', undefined, undefined, 'm'),
  ...defaultDevices.map(({ major, minor }) => allow('c', major, minor)),
  // /dev/console, /dev/ptmx and the terminals of the container's own devpts.
  allow('c', 5, 1),
  allow('c', 5, 2),
  allow('c', 136),
];

/** Parses `c 1:3 rwm`. Throws Docker's `invalid device cgroup rule format: 'foo'`, as at `docker start`. */
export function parseDeviceRule(text: string): DeviceRule {
  const parts = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text);
  if (!parts) throw new DockerError('system', `invalid device cgroup rule format: '${text}'`);
  const number = (given: string, what: string) => {
    if (given === '*') return undefined;
    // dev_t has 12 bits of major and 20 of minor, but the BPF program compares 32.
    if (Number(given) <= 0xffffffff) return Number(given);
    throw new DockerError('system', `invalid ${what} value in device cgroup rule format: '${text}'`);
  };
  return {
    allow: true,
    type: parts[1] as DeviceRule['type'],
    major: number(parts[2]!, 'major'),
    minor: number(parts[3]!, 'minor'),
    access: parts[4]!,
  };
}

export type DeviceOptions = {
  readonly privileged: boolean;
  /** Nodes given with `--device`, with their permissions (`rwm` when none were given). */
  readonly devices: readonly (DeviceNode & { readonly access: string })[];
  /** HostConfig.DeviceCgroupRules. */
  readonly cgroupRules: readonly string[];
};

/** The rules of a container, in order: a later one outweighs those before it. */
export function deviceRules({ privileged, devices, cgroupRules }: DeviceOptions): DeviceRule[] {
  if (privileged) return [{ allow: true, type: 'a', access: 'rwm' }];
  return [
    ...defaultDeviceRules,
    ...devices.map(({ type, major, minor, access }) => allow(type, major, minor, access)),
    ...cgroupRules.map(parseDeviceRule),
  ];
}
