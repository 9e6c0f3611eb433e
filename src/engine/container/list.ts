// Rows of `docker ps`: filters and the texts of the STATUS column.

import type { ContainerListOptions } from '../../api/backend/container.ts';
import type { ContainerSummary } from '../../api/container.ts';
import type { Port } from '../../api/port.ts';
import { humanDuration } from '../../lib/human-duration.ts';
import { nowNanoseconds } from '../../lib/timestamp.ts';
import { parsePortKey } from '../network/port-requests.ts';
import type { Container, ContainerStore } from './container.ts';
import { containerNetworks, containerPorts } from './inspect.ts';
import { filterContainers } from './list-filters.ts';
import { mountPoint } from './mounts.ts';

/** `Up 2 minutes`, `Exited (0) 5 seconds ago`, … as the daemon words it. */
export function statusText(container: Container, now = nowNanoseconds()): string {
  const ago = (instant: bigint): string => humanDuration(Number((now - instant) / 1_000_000n));
  switch (container.status) {
    case 'running':
      return `Up ${ago(container.startedAt)}${healthText(container)}`;
    case 'paused':
      return `Up ${ago(container.startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${container.exitCode}) ${ago(container.finishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'created':
      return 'Created';
    case 'exited':
      return `Exited (${container.exitCode}) ${ago(container.finishedAt)} ago`;
  }
}

function healthText({ health }: Container): string {
  if (!health) return '';
  return health.status === 'starting' ? ' (health: starting)' : ` (${health.status})`;
}

export interface ListContext {
  readonly containers: ContainerStore;
  /** The ID of the image a reference names, if there is one. */
  readonly imageId: (reference: string) => string | undefined;
}

export function listContainers(context: ListContext, options: ContainerListOptions): ContainerSummary[] {
  const { containers, imageId } = context;
  const { filters, limit } = options;
  const networks = (container: Container): string[] =>
    Object.entries(containerNetworks(container)).flatMap(([name, { NetworkID: id }]) => [name, id]);
  const matching = filterContainers({ containers, imageId, ports: portRows, networks }, filters, containers.all());
  const shown = matching.filter((container) => options.all || limit > 0 || filters.status?.length || container.running);
  return (limit > 0 ? shown.slice(0, limit) : shown).map((container) => summary(context, container));
}

function summary(context: ListContext, container: Container): ContainerSummary {
  const { hostConfig, config } = container;
  return {
    Id: container.id,
    Names: context.containers.names(container),
    // An image that has lost its name, or whose name now means another, is shown by its ID.
    Image: context.imageId(config.Image) === container.image.id ? config.Image : container.image.id,
    ImageID: container.image.id,
    Command: commandText(container),
    Created: Number(container.created / 1_000_000_000n),
    Ports: portRows(container),
    Labels: config.Labels ?? {},
    State: container.status,
    Status: statusText(container),
    HostConfig: { NetworkMode: hostConfig.NetworkMode },
    NetworkSettings: { Networks: containerNetworks(container) },
    Mounts: container.mounts.filter((mount) => mount.listed).map(mountPoint),
  };
}

function portRows(container: Container): Port[] {
  return Object.entries(containerPorts(container)).flatMap(([key, bindings]) => {
    const { port: PrivatePort, protocol: Type } = parsePortKey(key);
    if (!bindings) return [{ PrivatePort, Type }];
    return bindings.map(({ HostIp, HostPort }) => ({ IP: HostIp, PrivatePort, PublicPort: Number(HostPort), Type }));
  });
}

/** Path and arguments in one line; arguments with blanks are quoted as the daemon quotes them. */
function commandText({ path, args }: Container): string {
  return [path, ...args.map((argument) => (argument.includes(' ') ? `'${argument}'` : argument))].join(' ');
}
