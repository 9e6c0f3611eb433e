// Which kernel parameters `--sysctl` may set: those the container has for itself (runc:
// libcontainer/configs/validate/validator.go sysctl). The others would change the host.

import { runtimeCreateError } from './runtime-error.ts';

const ofIpcNamespace = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/**
 * What a container with a network namespace of its own starts with, unless it says otherwise (moby: daemon/oci_linux.go):
 * anyone in it may ping and listen on ports below 1024.
 */
export const defaultSysctls: Readonly<Record<string, string>> = {
  'net.ipv4.ping_group_range': '0 2147483647',
  'net.ipv4.ip_unprivileged_port_start': '0',
};

/** Which namespaces are the container's own, not the host's or shared by path. */
export type OwnNamespaces = { readonly ipc: boolean; readonly network: boolean; readonly uts: boolean };

/** `net/ipv4/ip_forward` and `net.ipv4.ip_forward` are one; in the first form a dot is part of a name (eth0.100). */
const dotted = (name: string): string => {
  const separator = /[./]/.exec(name)?.[0];
  return separator === '/' ? name.replace(/[./]/g, (found) => (found === '/' ? '.' : '/')) : name;
};

/** The file under /proc/sys that a parameter is. */
export const sysctlPath = (name: string): string =>
  `/proc/sys/${dotted(name).replace(/[./]/g, (found) => (found === '.' ? '/' : '.'))}`;

/** Checks names, as at `docker start`; throws runc's error for the first that is not the container's own. */
export function validateSysctls(sysctls: Readonly<Record<string, string>>, own: OwnNamespaces): void {
  for (const given of Object.keys(sysctls)) {
    const name = dotted(given);
    const refuse = (reason: string) => runtimeCreateError(`sysctl ${JSON.stringify(name)} ${reason}`);
    if (ofIpcNamespace.has(name) || name.startsWith('fs.mqueue.')) {
      if (!own.ipc) throw refuse('is not allowed in the hosts ipc namespace');
    } else if (name.startsWith('net.')) {
      if (!own.network) throw refuse('not allowed in host network namespace');
    } else if (own.uts && name === 'kernel.hostname') {
      throw refuse('is not allowed as it conflicts with the OCI "hostname" field');
    } else if (!own.uts || name !== 'kernel.domainname') {
      throw refuse('is not in a separate kernel namespace');
    }
  }
}
