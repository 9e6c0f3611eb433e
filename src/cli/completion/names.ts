/** Completers that ask the engine. */
import type { ContainerSummary } from '../../api/container.ts';
import { contextName } from '../commands/context/default-context.ts';
import type { DockerCli } from '../docker-cli.ts';
import { directive, nothing, type Completer, type CompletionPlace } from './completer.ts';

/** An engine that cannot be asked leaves the shell with nothing to complete. */
const asking =
  (names: (cli: DockerCli, place: CompletionPlace) => Promise<readonly string[]>): Completer =>
  async (cli, place) => {
    try {
      return { choices: await names(cli, place), directive: directive.noFiles };
    } catch {
      return { choices: [], directive: directive.error };
    }
  };

type ContainerFilter = (container: ContainerSummary, place: CompletionPlace) => boolean;

async function listContainers(
  cli: DockerCli,
  place: CompletionPlace,
  all: boolean,
  filter: ContainerFilter,
): Promise<string[]> {
  const showIds = cli.io.env['DOCKER_COMPLETION_SHOW_CONTAINER_IDS'] === 'yes';
  const list = await cli.client.containers.list({ all });
  return list
    .filter((container) => filter(container, place))
    .flatMap(({ Id, Names }) => [...(showIds ? [Id] : []), ...Names.map((name) => name.replace(/^\//, ''))]);
}

/** Containers that run or are paused. */
export const runningContainers = (filter: ContainerFilter = () => true): Completer =>
  asking((cli, place) => listContainers(cli, place, false, filter));

export const allContainers = (filter: ContainerFilter = () => true): Completer =>
  asking((cli, place) => listContainers(cli, place, true, filter));

/** Names of all containers; none from an engine that cannot be asked. */
export const containerNames = (cli: DockerCli, place: CompletionPlace): Promise<string[]> =>
  listContainers(cli, place, true, () => true).catch(() => []);

export const isNotPaused = ({ State }: ContainerSummary): boolean => State !== 'paused';
export const isPaused = ({ State }: ContainerSummary): boolean => State === 'paused';
export const isStopped = ({ State }: ContainerSummary): boolean => State === 'exited' || State === 'created';

export const listImages = async (cli: DockerCli): Promise<string[]> =>
  (await cli.client.images.list({})).flatMap(({ RepoTags }) => RepoTags ?? []);

/** Images by tag, for the first `limit` arguments. */
export const imageNames = (limit = Infinity): Completer => {
  const ask = asking(listImages);
  return (cli, place) => (place.args.length >= limit ? nothing(cli, place) : ask(cli, place));
};

export const listNetworks = async (cli: DockerCli): Promise<string[]> =>
  (await cli.client.networks.list()).map(({ Name }) => Name);

export const networkNames: Completer = asking(listNetworks);

export const listVolumes = async (cli: DockerCli): Promise<string[]> =>
  ((await cli.client.volumes.list()).Volumes ?? []).map(({ Name }) => Name);

export const volumeNames: Completer = asking(listVolumes);

/** A network, then the containers that are in it, or are not. */
export const networkAndContainer = (isConnected: boolean): Completer => {
  const containers = allContainers(
    ({ NetworkSettings }, { args: [network = ''] }) =>
      Object.hasOwn(NetworkSettings?.Networks ?? {}, network) === isConnected,
  );
  return (cli, place) => (place.args.length === 0 ? networkNames : containers)(cli, place);
};

/** Contexts not named yet, for the first `limit` arguments; the one in use says so. */
export const contextNames =
  ({ limit = Infinity, then = nothing }: { limit?: number; then?: Completer } = {}): Completer =>
  (cli, place) =>
    place.args.length >= limit
      ? then(cli, place)
      : { choices: place.args.includes(contextName) ? [] : [`${contextName}\tcurrent`], directive: directive.noFiles };
