// `docker inspect` of a container, field by field as a real engine sends it.

import type { ContainerInspect } from '../../api/container.ts';
import type { EndpointSettings } from '../../api/network.ts';
import type { PortMap } from '../../api/port.ts';
import { formatRfc3339Nano, zeroTime } from '../../lib/timestamp.ts';
import { portMap } from '../network/port-requests.ts';
import { containerDirectory, sandboxKey } from '../runtime/paths.ts';
import { overlayDirectories } from '../runtime/rootfs.ts';
import type { Container } from './container.ts';
import { linkName } from './links.ts';
import { mountPoint } from './mounts.ts';

const timeText = (instant: bigint): string => (instant === 0n ? zeroTime : formatRfc3339Nano(instant));

/** The ports of a container on a bridge, while it is connected: exposed ones, and where they are published. */
export function containerPorts({ endpoint, config, published }: Container): PortMap {
  return endpoint ? portMap(config.ExposedPorts, published) : {};
}

/** Paths on the host; empty before the first start, which makes the files. */
export function hostFilePaths({
  hostFilesOf: owner,
}: Container): Pick<ContainerInspect, 'ResolvConfPath' | 'HostnamePath' | 'HostsPath'> {
  const path = (name: string): string => (owner === '' ? '' : `${containerDirectory(owner)}/${name}`);
  return { ResolvConfPath: path('resolv.conf'), HostnamePath: path('hostname'), HostsPath: path('hosts') };
}

/** The local driver's file is nobody's business, and before the first start there is none. */
export const logPath = ({ id, hostConfig, startedAt }: Container): string =>
  hostConfig.LogConfig.Type === 'json-file' && startedAt > 0n ? `${containerDirectory(id)}/${id}-json.log` : '';

function endpointSettings({ endpoint, networkId, endpointId }: Container): EndpointSettings {
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    MacAddress: endpoint?.mac ?? '',
    DriverOpts: null,
    GwPriority: 0,
    NetworkID: networkId,
    EndpointID: endpointId,
    Gateway: endpoint?.gateway ?? '',
    IPAddress: endpoint?.address ?? '',
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  };
}

function inspectLinks(container: Container): string[] | null {
  if (container.links.length === 0) return null;
  return container.links.map((link) => `/${link.child.name}:${linkName(container, link)}`);
}

/** `size` is of interest to those only who ask for it: measuring takes time. */
export function inspectContainer(
  container: Container,
  size: Pick<ContainerInspect, 'SizeRw' | 'SizeRootFs'> = {},
): ContainerInspect {
  const { id, config, hostConfig, endpoint } = container;
  const overlay = overlayDirectories(container.mountId, container.image.layers);
  const sandboxId = container.currentSandboxId ?? '';
  return {
    Id: id,
    Created: formatRfc3339Nano(container.created),
    Path: container.path,
    Args: [...container.args],
    State: {
      Status: container.status,
      Running: container.running,
      Paused: container.paused,
      Restarting: container.restarting,
      OOMKilled: container.oomKilled,
      Dead: container.status === 'dead',
      Pid: container.pid,
      ExitCode: container.exitCode,
      Error: container.error,
      StartedAt: timeText(container.startedAt),
      FinishedAt: timeText(container.finishedAt),
      ...(container.health && { Health: container.health.inspect() }),
    },
    Image: container.image.id,
    ...hostFilePaths(container),
    LogPath: logPath(container),
    Name: `/${container.name}`,
    RestartCount: container.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: container.execIds.size > 0 ? [...container.execIds] : null,
    HostConfig: { ...hostConfig, Links: inspectLinks(container) },
    GraphDriver: {
      Data: {
        ID: id,
        LowerDir: overlay.lower.join(':'),
        MergedDir: overlay.merged,
        UpperDir: overlay.upper,
        WorkDir: overlay.work,
      },
      Name: 'overlay2',
    },
    ...size,
    Mounts: container.mounts.filter((mount) => mount.listed).map(mountPoint),
    Config: config,
    NetworkSettings: {
      Bridge: '',
      SandboxID: sandboxId,
      SandboxKey: sandboxId && sandboxKey(hostConfig.NetworkMode === 'host' ? 'default' : sandboxId),
      Ports: containerPorts(container),
      HairpinMode: false,
      LinkLocalIPv6Address: '',
      LinkLocalIPv6PrefixLen: 0,
      SecondaryIPAddresses: null,
      SecondaryIPv6Addresses: null,
      EndpointID: endpoint?.id ?? '',
      Gateway: endpoint?.gateway ?? '',
      GlobalIPv6Address: '',
      GlobalIPv6PrefixLen: 0,
      IPAddress: endpoint?.address ?? '',
      IPPrefixLen: endpoint?.prefixLength ?? 0,
      IPv6Gateway: '',
      MacAddress: endpoint?.mac ?? '',
      Networks: containerNetworks(container),
    },
  };
}

export function containerNetworks(container: Container): Record<string, EndpointSettings> {
  const mode = container.hostConfig.NetworkMode;
  if (mode.startsWith('container:')) return {};
  return { [mode]: endpointSettings(container) };
}
