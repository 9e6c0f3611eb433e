/** Completes `--filter` of `docker events`. */
import { directive, type Completer, type CompletionPlace } from './completer.ts';
import { containerNames, listImages, listNetworks, listVolumes } from './names.ts';
import type { DockerCli } from '../docker-cli.ts';

type Values = (cli: DockerCli, place: CompletionPlace) => readonly string[] | Promise<readonly string[]>;

const actions =
  'create start restart stop checkpoint pause unpause attach detach resize update rename kill die oom destroy remove ' +
  'commit top copy archive-path extract-to-dir export import save load tag untag push pull prune delete enable disable ' +
  'connect disconnect reload mount unmount exec_create exec_start exec_die exec_detach health_status';

const valuesOf: Readonly<Record<string, Values>> = {
  container: containerNames,
  daemon: async (cli) => {
    const { Name, ID } = await cli.client.system.info();
    return [Name, ID];
  },
  event: () => actions.split(' '),
  image: listImages,
  label: () => [],
  network: listNetworks,
  // This engine is no manager of nodes.
  node: () => [],
  scope: () => ['local', 'swarm'],
  type: () => 'builder config container daemon image network node plugin secret service volume'.split(' '),
  volume: listVolumes,
};

export const eventFilters: Completer = async (cli, place) => {
  const at = place.word.indexOf('=');
  const key = place.word.slice(0, Math.max(0, at));
  const values = Object.hasOwn(valuesOf, key) ? valuesOf[key] : undefined;
  if (values === undefined) {
    const bits = at < 0 ? directive.noSpace : directive.noSpace | directive.noFiles;
    return { choices: Object.keys(valuesOf).map((name) => `${name}=`), directive: bits };
  }
  const found = await Promise.resolve(values(cli, place)).catch(() => []);
  return { choices: found.map((value) => `${key}=${value}`), directive: directive.noFiles };
};
