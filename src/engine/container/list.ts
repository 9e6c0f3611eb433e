// Rows of `docker ps`: filters and the texts of the STATUS column.

import type { ContainerListOptions } from '../../api/backend/container.ts';
import type { ContainerSummary } from '../../api/container.ts';
import type { Port } from '../../api/port.ts';
import { DockerError } from '../../api/error.ts';
import type { Filters } from '../../api/filters.ts';
import { humanDuration } from '../../lib/human-duration.ts';
import { nowNanoseconds } from '../../lib/timestamp.ts';
import { parsePortKey } from '../network/port-requests.ts';
import type { Container, ContainerStore } from './container.ts';
import { containerPorts, endpointSettings } from './inspect.ts';
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

const filterNames = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];

const statuses = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

export interface ListContext {
  readonly containers: ContainerStore;
  /** The ID of the image a reference names, if there is one. */
  readonly imageId: (reference: string) => string | undefined;
}

export function listContainers(context: ListContext, options: ContainerListOptions): ContainerSummary[] {
  const { filters } = options;
  checkFilters(filters);
  const all = context.containers.all();
  const position = (reference: string): number => all.indexOf(context.containers.get(reference));
  const before = [options.before, ...(filters.before ?? [])]
    .filter((reference) => reference !== undefined)
    .map(position);
  const since = [options.since, ...(filters.since ?? [])].filter((reference) => reference !== undefined).map(position);
  const showAll =
    options.all || options.limit > 0 || before.length > 0 || since.length > 0 || filters.status || filters.exited;

  const matching = all.filter(
    (container, index) =>
      (showAll || container.running) &&
      before.every((limit) => index > limit) &&
      since.every((limit) => index < limit) &&
      matches(context, container, filters),
  );
  return (options.limit > 0 ? matching.slice(0, options.limit) : matching).map((container) =>
    summary(context, container),
  );
}

function checkFilters(filters: Filters): void {
  for (const name of Object.keys(filters)) {
    if (!filterNames.includes(name)) throw new DockerError('invalid-parameter', `invalid filter '${name}'`);
  }
  for (const status of filters.status ?? []) {
    if (!statuses.includes(status)) {
      throw new DockerError(
        'invalid-parameter',
        `invalid filter 'status=${status}': invalid value for state (${status}): must be one of created, running, paused, restarting, removing, exited, dead`,
      );
    }
  }
  for (const health of filters.health ?? []) {
    if (!['none', 'starting', 'healthy', 'unhealthy'].includes(health)) {
      throw new DockerError('invalid-parameter', `unrecognized filter value for health: ${health}`);
    }
  }
  for (const code of filters.exited ?? []) {
    if (!/^-?\d+$/.test(code)) throw new DockerError('invalid-parameter', `invalid filter 'exited=${code}'`);
  }
}

function matches(context: ListContext, container: Container, filters: Filters): boolean {
  const any = (name: string, test: (value: string) => boolean): boolean => {
    const values = filters[name];
    return values === undefined || values.length === 0 || values.some(test);
  };
  return (
    any('id', (id) => container.id.startsWith(id)) &&
    any('name', (name) => nameMatches(container.name, name)) &&
    any('status', (status) => container.status === status) &&
    any('exited', (code) => container.status === 'exited' && container.exitCode === Number(code)) &&
    (filters.label ?? []).every((label) => labelMatches(container.config.Labels ?? {}, label)) &&
    any(
      'ancestor',
      (reference) => container.image.id === context.imageId(reference) || container.config.Image === reference,
    ) &&
    any('network', (network) => container.hostConfig.NetworkMode === network) &&
    any('volume', (volume) => container.mounts.some((mount) => mount.source === volume || mount.target === volume)) &&
    any('health', (health) => health === (container.health?.status ?? 'none')) &&
    any('expose', (port) => `${port}/tcp` in containerPorts(container) || port in containerPorts(container)) &&
    any('publish', (port) => portRows(container).some(({ PublicPort }) => PublicPort === Number(port.split('/')[0]))) &&
    any('is-task', (value) => value === 'false' || value === '0') &&
    any('isolation', () => true)
  );
}

/** A name filter is a regular expression, matched with and without the leading slash. */
function nameMatches(name: string, filter: string): boolean {
  try {
    const pattern = new RegExp(filter);
    return pattern.test(name) || pattern.test(`/${name}`);
  } catch {
    return name.includes(filter);
  }
}

function labelMatches(labels: Readonly<Record<string, string>>, filter: string): boolean {
  const separator = filter.indexOf('=');
  return separator < 0 ? filter in labels : labels[filter.slice(0, separator)] === filter.slice(separator + 1);
}

function summary(context: ListContext, container: Container): ContainerSummary {
  const { hostConfig, config } = container;
  const { endpoint } = container;
  return {
    Id: container.id,
    Names: [`/${container.name}`],
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
    NetworkSettings: { Networks: hostConfig.NetworkMode === 'bridge' ? { bridge: endpointSettings(endpoint) } : {} },
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
