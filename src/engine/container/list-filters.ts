// The filters of `docker ps`, checked and applied as the daemon does (moby: daemon/list.go), its oddities included: only
// `status` shows containers that do not run without `all`.

import { DockerError } from '../../api/error.ts';
import type { Filters } from '../../api/filters.ts';
import type { Port } from '../../api/port.ts';
import type { Container, ContainerStore } from './container.ts';

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
const healths = ['none', 'starting', 'healthy', 'unhealthy'];

export interface FilterContext {
  readonly containers: ContainerStore;
  /** The ID of the image a reference names, if there is one. */
  readonly imageId: (reference: string) => string | undefined;
  readonly ports: (container: Container) => readonly Port[];
  /** The networks a container is on: their names and, where there are any, IDs. */
  readonly networks: (container: Container) => readonly string[];
}

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

/** Which of `all`, which is sorted newest first, the filters let through. */
export function filterContainers(context: FilterContext, filters: Filters, all: readonly Container[]): Container[] {
  checkFilters(filters);
  const position = (reference: string): number => all.indexOf(byIdOrName(context.containers, reference));
  // Of several the last counts.
  const before = filters.before?.map(position).at(-1) ?? -1;
  const since = filters.since?.map(position).at(-1) ?? all.length;
  const wanted = filterOf(context, filters);
  return all.filter((container, index) => index > before && index < since && wanted(container));
}

/** `before` and `since` take no abbreviated ID. */
function byIdOrName(containers: ContainerStore, reference: string): Container {
  const found = containers.find(reference);
  if (found?.id === reference || found?.name === reference.replace(/^\//, '')) return found;
  throw new DockerError('not-found', `No such container: ${reference}`);
}

function checkFilters(filters: Filters): void {
  for (const name of Object.keys(filters)) {
    if (!filterNames.includes(name)) throw invalid(`invalid filter '${name}'`);
  }
  for (const code of filters.exited ?? []) {
    if (!/^[+-]?\d+$/.test(code)) {
      throw invalid(`invalid filter 'exited=${code}': strconv.Atoi: parsing ${JSON.stringify(code)}: invalid syntax`);
    }
  }
  const oneOf = (name: string, what: string, known: readonly string[]): void => {
    const value = filters[name]?.find((each) => !known.includes(each));
    if (value === undefined) return;
    throw invalid(
      `invalid filter '${name}=${value}': invalid value for ${what} (${value}): must be one of ${known.join(', ')}`,
    );
  };
  oneOf('status', 'state', statuses);
  oneOf('health', 'health', healths);
  const task = filters['is-task'];
  if (task && new Set(task.map(taskWord)).size !== 1) throw invalid(`invalid filter 'is-task=[${task.join(' ')}]'`);
}

/** As in Go's filters.GetBoolOrDefault. */
function taskWord(word: string): boolean {
  if (['1', 'true'].includes(word.toLowerCase())) return true;
  if (['0', 'false'].includes(word.toLowerCase())) return false;
  throw invalid(`invalid filter 'is-task=[${word}]'`);
}

function filterOf(context: FilterContext, filters: Filters): (container: Container) => boolean {
  const given = (name: string): readonly string[] | undefined => (filters[name]?.length ? filters[name] : undefined);
  const any = (name: string, test: (value: string) => boolean): boolean => given(name)?.some(test) ?? true;
  const ids = given('id') && new Set(given('id')!.map((id) => context.containers.find(id)?.id));
  const images = given('ancestor')?.map((reference) => context.imageId(reference));
  const published = portsOf('publish', given('publish'));
  const exposed = portsOf('expose', given('expose'));
  const exitCodes = given('exited')?.map(Number);
  const tasks = given('is-task')?.map(taskWord);
  return (container) =>
    (!ids || (ids.has(container.id) && given('id')!.some((id) => container.id.startsWith(id)))) &&
    any('name', (name) => nameMatches(container.name, name)) &&
    any('status', (status) => container.status === status) &&
    (!exitCodes || (exitCodes.includes(container.exitCode) && !container.running && container.startedAt > 0n)) &&
    (filters.label ?? []).every((label) => labelMatches(container.config.Labels ?? {}, label)) &&
    (!images || images.includes(container.image.id)) &&
    any('network', (network) => context.networks(container).some((each) => each === network || isId(each, network))) &&
    any('volume', (volume) =>
      container.mounts.some(
        (mount) => mount.listed && [mount.source, mount.target, mount.volume?.name].includes(volume),
      ),
    ) &&
    any('health', (health) => health === (container.health?.status ?? 'none')) &&
    ((!published && !exposed) ||
      context
        .ports(container)
        .some(
          ({ PublicPort, PrivatePort, Type }) =>
            published?.has(`${PublicPort ?? 0}/${Type}`) || exposed?.has(`${PrivatePort}/${Type}`),
        )) &&
    !tasks?.includes(true);
}

/** Names of networks match whole, IDs by their beginning. */
const isId = (network: string, prefix: string): boolean => /^[0-9a-f]{64}$/.test(network) && network.startsWith(prefix);

/** A name filter is a regular expression, matched with and without the leading slash. */
function nameMatches(name: string, filter: string): boolean {
  try {
    const pattern = new RegExp(filter);
    return pattern.test(name) || pattern.test(`/${name}`);
  } catch {
    return name === filter;
  }
}

function labelMatches(labels: Readonly<Record<string, string>>, filter: string): boolean {
  const separator = filter.indexOf('=');
  return separator < 0 ? filter in labels : labels[filter.slice(0, separator)] === filter.slice(separator + 1);
}

/** The ports `80`, `53/udp` and `8000-8010/tcp` mean; errors are the client's, but Docker answers 500. */
function portsOf(name: string, values: readonly string[] | undefined): Set<string> | undefined {
  if (!values) return undefined;
  const failure = (message: string): DockerError => new DockerError('system', message);
  const ports = new Set<string>();
  for (const value of values) {
    if (value.includes(':')) throw failure(`filter for '${name}' should not contain ':': ${value}`);
    const [range = '', protocol = 'tcp'] = value.split('/');
    const [first, last] = range.split('-').map((text) => {
      const reason = /^\d+$/.test(text) ? (Number(text) > 65535 ? 'value out of range' : undefined) : 'invalid syntax';
      if (reason === undefined) return Number(text);
      const cause = `strconv.ParseUint: parsing ${JSON.stringify(text)}: ${reason}`;
      throw failure(`error while looking up for ${name} ${value}: ${cause}`);
    });
    if (last !== undefined && last < first!) {
      throw failure(`error while looking up for ${name} ${value}: Invalid range specified for the Port: ${range}`);
    }
    for (let port = first!; port <= (last ?? first!); port++) ports.add(`${port}/${protocol}`);
  }
  return ports;
}
