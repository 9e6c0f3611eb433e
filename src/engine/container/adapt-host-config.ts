// What the daemon makes of a host configuration before a container gets it (moby: daemon/daemon_unix.go
// adaptContainerSettings).

import type { ContainerCreateOptions } from '../../api/backend/container.ts';
import type { HostConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import type { EngineContext } from '../context.ts';
import type { ContainerStore } from './container.ts';
import { checkSupported } from './host-support.ts';
import { containerOfMode } from './namespaces.ts';

export function adaptHostConfig(context: EngineContext, { config, hostConfig }: ContainerCreateOptions): void {
  checkSupported(hostConfig);
  nameOwners(context.containers, hostConfig);
  disableLabels(hostConfig);
  // The host's network comes with the host's name.
  if (hostConfig.NetworkMode === 'host') config.Hostname ||= context.host.hostname;
}

/** Names the containers whose namespaces are shared by their IDs: they may be renamed. */
function nameOwners(containers: ContainerStore, host: HostConfig): void {
  for (const field of ['PidMode', 'IpcMode', 'NetworkMode'] as const) {
    const reference = containerOfMode(host[field]);
    if (reference === undefined) continue;
    const owner = containers.find(reference);
    if (owner) host[field] = `container:${owner.id}`;
    else if (field !== 'NetworkMode') throw new DockerError('invalid-parameter', `No such container: ${reference}`);
  }
}

/** What is shared with the host has no SELinux label of its own. */
function disableLabels(host: HostConfig): void {
  const options = host.SecurityOpt ?? [];
  const shared = host.Privileged || host.PidMode === 'host' || host.IpcMode === 'host';
  if (shared && !options.some((option) => option.split('=', 1)[0] === 'label')) {
    host.SecurityOpt = [...options, 'label=disable'];
  }
}
