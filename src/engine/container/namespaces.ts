// Which namespaces a container has of its own, which it shares with the host or another container, and what it may set
// in its own.

import type { HostConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import { clone } from '../../guest/linux.ts';
import type { EngineContext } from '../context.ts';
import { privateNamespaces, type InitSpec } from '../runtime/init-program.ts';
import { defaultSysctls, validateSysctls } from '../security/sysctls.ts';
import { requireNotRestarting, type Container, type ContainerStore } from './container.ts';

const ofContainer = 'container:';

/** The container of `container:NAME`, undefined for other modes. */
export const containerOfMode = (mode: string): string | undefined =>
  mode.startsWith(ofContainer) ? mode.slice(ofContainer.length) : undefined;

type Namespaces = Pick<InitSpec, 'namespaces' | 'enter' | 'pidNamespace' | 'hostname' | 'domainname' | 'shm'>;

/** Looks up whom `container` shares namespaces with. Throws the daemon's error for one that does not run. */
export function namespacesOf(
  context: EngineContext,
  container: Container,
  networkNamespace: string | undefined,
): Namespaces {
  const { hostConfig, config } = container;
  const { PidMode: pid, IpcMode: ipc, UTSMode: uts, CgroupnsMode: cgroup } = hostConfig;
  const pidOwner = namespaceOwner(context.containers, pid, 'PID');
  const ipcOwner = namespaceOwner(context.containers, ipc, 'IPC');
  let flags = privateNamespaces;
  if (pid !== '') flags &= ~clone.CLONE_NEWPID;
  if (ipc === 'host' || ipcOwner) flags &= ~clone.CLONE_NEWIPC;
  if (uts === 'host') flags &= ~clone.CLONE_NEWUTS;
  if (cgroup === 'host') flags &= ~clone.CLONE_NEWCGROUP;
  return {
    namespaces: flags,
    enter: [...(networkNamespace ? [networkNamespace] : []), ...(ipcOwner ? [`/proc/${ipcOwner.pid}/ns/ipc`] : [])],
    pidNamespace: pidOwner && `/proc/${pidOwner.pid}/ns/pid`,
    hostname: uts === 'host' ? undefined : config.Hostname || context.host.hostname,
    domainname: config.Domainname,
    shm: sharedMemory(hostConfig, ipcOwner),
  };
}

function sharedMemory({ IpcMode, ShmSize }: HostConfig, owner: Container | undefined): InitSpec['shm'] {
  if (IpcMode === 'none') return undefined;
  if (IpcMode === 'host') return 'host';
  return owner ? { pid: owner.pid } : { size: ShmSize };
}

/** The container whose namespace is joined; undefined when the mode names none. */
function namespaceOwner(containers: ContainerStore, mode: string, kind: 'PID' | 'IPC'): Container | undefined {
  const reference = containerOfMode(mode);
  if (reference === undefined) return undefined;
  const fail = (kindOfError: 'conflict' | 'invalid-parameter', reason: string): DockerError =>
    new DockerError(kindOfError, `failed to join ${kind} namespace: ${reason}`);
  const owner = containers.find(reference);
  if (!owner) throw fail('invalid-parameter', `No such container: ${reference}`);
  if (!owner.running) throw fail('conflict', `container ${reference} is not running`);
  try {
    requireNotRestarting(owner);
  } catch (error) {
    throw fail('conflict', (error as Error).message);
  }
  if (kind === 'IPC' && ['private', 'none'].includes(owner.hostConfig.IpcMode)) {
    throw fail(
      'invalid-parameter',
      `container ${reference}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    );
  }
  return owner;
}

/** What was asked for, and Docker's defaults for a network namespace of the container's own. */
export function sysctlsOf({ hostConfig }: Container): Record<string, string> {
  const asked = hostConfig.Sysctls ?? {};
  const own = (mode: string): boolean => mode !== 'host' && containerOfMode(mode) === undefined;
  const network = own(hostConfig.NetworkMode);
  validateSysctls(asked, { network, ipc: own(hostConfig.IpcMode), uts: hostConfig.UTSMode !== 'host' });
  return network ? { ...defaultSysctls, ...asked } : asked;
}
