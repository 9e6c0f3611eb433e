// What a create request says that contradicts itself, or is no word Docker knows: checked before anything is made of it,
// in the daemon's words (moby: runconfig and daemon/container.go).

import ipaddr from 'ipaddr.js';
import type { ContainerCreateOptions } from '../../api/backend/container.ts';
import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import type { NetworkingConfig } from '../../api/network.ts';
import { parseSignal } from './signals.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

/** @param exists whether there is a container of that name or ID */
export function checkRequest(options: ContainerCreateOptions, exists: (container: string) => boolean): void {
  const { config, hostConfig, networkingConfig } = options;
  checkNetworkMode(config, hostConfig);
  checkModes(hostConfig);
  for (const mode of [hostConfig.PidMode, hostConfig.IpcMode]) {
    const owner = /^container:(.+)$/s.exec(mode)?.[1];
    if (owner !== undefined && !exists(owner)) throw invalid(`No such container: ${owner}`);
  }
  if (config.StopSignal) parseSignal(config.StopSignal);
  for (const entry of hostConfig.ExtraHosts ?? []) checkExtraHost(entry);
  if ('' in (hostConfig.Annotations ?? {})) {
    throw invalid('invalid Annotations: the empty string is not permitted as an annotation key');
  }
  checkEndpoints(networkingConfig);
}

/** What a container that uses another's network cannot have of its own. */
function checkNetworkMode(config: ContainerConfig, host: HostConfig): void {
  const conflict = (what: string): DockerError => invalid(`conflicting options: ${what}`);
  if (host.NetworkMode.startsWith('container:')) {
    if (host.NetworkMode === 'container:') {
      throw invalid('invalid network mode: invalid container format container:<name|id>');
    }
    if (config.Hostname !== '') throw conflict('hostname and the network mode');
    if (host.Links?.length) {
      throw conflict("container type network can't be used with links. This would result in undefined behavior");
    }
    if (host.Dns?.length) throw conflict('dns and the network mode');
    if (host.ExtraHosts?.length) throw conflict('custom host-to-IP mapping and the network mode');
    if (Object.keys(host.PortBindings ?? {}).length > 0 || host.PublishAllPorts) {
      throw conflict('port publishing and the container type network mode');
    }
    if (Object.keys(config.ExposedPorts ?? {}).length > 0) {
      throw conflict('port exposing and the container type network mode');
    }
  }
  if (host.UTSMode === 'host' && config.Hostname !== '') throw conflict('hostname and the UTS mode');
  if (host.NetworkMode === 'host' && host.Links?.length) {
    throw conflict("host type networking can't be used with links. This would result in undefined behavior");
  }
}

function checkModes(host: HostConfig): void {
  const known = (what: string, value: string, pattern: RegExp): void => {
    if (!pattern.test(value)) throw invalid(`invalid ${what} mode: ${value}`);
  };
  known('IPC', host.IpcMode, /^(|none|private|shareable|host|container:.*)$/s);
  known('PID', host.PidMode, /^(|host|container:.+)$/s);
  known('UTS', host.UTSMode, /^(|host)$/);
  known('cgroup namespace', host.CgroupnsMode, /^(|private|host)$/);
  if (!/^(|default)$/i.test(host.Isolation)) {
    throw invalid(`invalid isolation (${host.Isolation}): linux only supports 'default'`);
  }
  const unsupported = (what: string): DockerError =>
    invalid(`invalid option: QoS maximum ${what} configuration is not supported on linux`);
  if (host.IOMaximumBandwidth !== 0) throw unsupported('bandwidth');
  if (host.IOMaximumIOps !== 0) throw unsupported('IOPs');
}

function checkExtraHost(entry: string): void {
  const [, name, address] = /^([^:]+):(.*)$/s.exec(entry) ?? [];
  if (name === undefined) throw invalid(`bad format for add-host: ${JSON.stringify(entry)}`);
  if (address !== 'host-gateway' && !ipaddr.isValid(address!.trim())) {
    throw invalid(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
}

function checkEndpoints({ EndpointsConfig: endpoints }: NetworkingConfig): void {
  for (const [network, { MacAddress: address }] of Object.entries(endpoints)) {
    if (address !== '' && !/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(address)) {
      throw invalid(`invalid config for network ${network}: invalid MAC address ${address}`);
    }
  }
  if (endpoints.bridge?.Aliases?.length) {
    throw invalid(
      'invalid config for network bridge: invalid endpoint settings:\nnetwork-scoped alias is supported only for containers in user defined networks',
    );
  }
}
