// Which network options go together, in the daemon's words (moby's runconfig and daemon/container.go).

import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import { validatePortBindings } from '../network/port-requests.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);
const conflicting = (what: string): DockerError => invalid(`conflicting options: ${what}`);

/** Throws for what contradicts itself; returns warnings. */
export function validateNetworkOptions(config: ContainerConfig, host: HostConfig): string[] {
  const { NetworkMode: mode, Links: links } = host;
  const isPublished = Object.keys(host.PortBindings ?? {}).length > 0;
  if (mode === 'container' || mode.startsWith('container:')) {
    const demands: [unknown, string][] = [
      [config.Hostname !== '', 'hostname and the network mode'],
      [links?.length, "container type network can't be used with links. This would result in undefined behavior"],
      [host.Dns?.length, 'dns and the network mode'],
      [host.ExtraHosts?.length, 'custom host-to-IP mapping and the network mode'],
      [isPublished || host.PublishAllPorts, 'port publishing and the container type network mode'],
      [Object.keys(config.ExposedPorts ?? {}).length, 'port exposing and the container type network mode'],
    ];
    if (mode.slice('container:'.length) === '') {
      throw invalid('invalid network mode: invalid container format container:<name|id>');
    }
    for (const [given, what] of demands) if (given) throw conflicting(what);
  }
  if (host.UTSMode === 'host' && config.Hostname !== '') throw conflicting('hostname and the UTS mode');
  if (mode === 'host' && links?.length) {
    throw conflicting("host type networking can't be used with links. This would result in undefined behavior");
  }
  validatePortBindings(host.PortBindings);
  return mode === 'host' && isPublished ? ['Published ports are discarded when using host network mode'] : [];
}
