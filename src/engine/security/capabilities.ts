// Which of root's powers a container keeps: Docker's defaults, `--cap-add`, `--cap-drop`, `--privileged`, and the
// result as capset(2) takes it.

import { DockerError } from '../../api/error.ts';
import { ByteWriter } from '../../lib/bytes.ts';

/** Every capability of Linux 6.12, at the index of its bit (linux/capability.h). */
export const allCapabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
] as const;

export type Capability = (typeof allCapabilities)[number];
export type CapabilitySet = ReadonlySet<Capability>;

/** What a container has when nothing is said (moby: oci/caps/defaults.go). */
export const defaultCapabilities: CapabilitySet = new Set<Capability>([
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
]);

const isCapability = (name: string): name is Capability => (allCapabilities as readonly string[]).includes(name);

/** `net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` are one; `ALL` stays. `option` is the field an error names. */
function normalize(names: readonly string[], option: 'CapAdd' | 'CapDrop'): (Capability | 'ALL')[] {
  return names.map((given) => {
    const upper = given.toUpperCase();
    if (upper === 'ALL') return upper;
    const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
    if (!isCapability(name)) {
      throw new DockerError('invalid-parameter', `invalid ${option}: unknown capability: ${JSON.stringify(name)}`);
    }
    return name;
  });
}

/** `--cap-add`, `--cap-drop` and `--privileged`, as HostConfig has them. */
export type CapabilityOptions = {
  readonly add: readonly string[];
  readonly drop: readonly string[];
  readonly privileged: boolean;
};

/** Checks names, as at `docker create`. Throws `invalid CapAdd: unknown capability: "CAP_FOO"`. */
export function validateCapabilities({ add, drop }: Pick<CapabilityOptions, 'add' | 'drop'>): void {
  normalize(add, 'CapAdd');
  normalize(drop, 'CapDrop');
}

/**
 * The capabilities of a container (moby: oci/caps/utils.go TweakCapabilities). `--cap-add ALL` means all but those
 * dropped by name; `--cap-drop ALL` means those added only; both together mean all.
 */
export function resolveCapabilities({ add, drop, privileged }: CapabilityOptions): CapabilitySet {
  if (privileged) return new Set(allCapabilities);
  const added = normalize(add, 'CapAdd');
  const dropped = new Set(normalize(drop, 'CapDrop'));
  const named = added.filter((name) => name !== 'ALL');
  if (named.length < added.length) return new Set(allCapabilities.filter((name) => !dropped.has(name)));
  if (dropped.has('ALL')) return new Set(named);
  return new Set([...[...defaultCapabilities].filter((name) => !dropped.has(name)), ...named]);
}

/** The set as 64 bits, as /proc/PID/status shows it. */
export const capabilityBits = (capabilities: CapabilitySet): bigint =>
  allCapabilities.reduce((bits, name, index) => (capabilities.has(name) ? bits | (1n << BigInt(index)) : bits), 0n);

/** Bit numbers to take from the bounding set with prctl(PR_CAPBSET_DROP), so that no execve brings them back. */
export const droppedFromBoundingSet = (capabilities: CapabilitySet): number[] =>
  allCapabilities.flatMap((name, index) => (capabilities.has(name) ? [] : [index]));

const linuxCapabilityVersion3 = 0x20080522;

/**
 * Both arguments of capset(2) for the calling process; nothing is inheritable (CVE-2022-24769). With `effective` false
 * the process has none. Docker 26.1 gives them to every process until execve, which takes them from users other than
 * root: so such a user can start a program that only root may execute, unless CAP_DAC_OVERRIDE was dropped.
 */
export function capsetArguments(
  capabilities: CapabilitySet,
  effective: boolean,
): { header: Uint8Array; data: Uint8Array } {
  const bits = effective ? capabilityBits(capabilities) : 0n;
  const data = new ByteWriter(24);
  for (const half of [bits & 0xffff_ffffn, bits >> 32n]) {
    // struct __user_cap_data_struct: effective, permitted, inheritable.
    data.u32(Number(half)).u32(Number(half)).u32(0);
  }
  return { header: new ByteWriter(8).u32(linuxCapabilityVersion3).u32(0).finish(), data: data.finish() };
}
