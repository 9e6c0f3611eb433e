import type { Filters } from '../../../client/filters.ts';
import type { DockerCli } from '../../docker-cli.ts';
import type { Pruned } from '../system/pruned.ts';

export async function pruneNetworks(cli: DockerCli, filters: Filters): Promise<Pruned> {
  const { NetworksDeleted: deleted } = await cli.client.networks.prune(filters);
  const output = deleted?.length ? `Deleted Networks:\n${deleted.map((name) => `${name}\n`).join('')}` : '';
  return { output, reclaimed: 0 };
}
