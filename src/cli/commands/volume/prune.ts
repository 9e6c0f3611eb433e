import type { Filters } from '../../../client/filters.ts';
import type { DockerCli } from '../../docker-cli.ts';
import type { Pruned } from '../system/pruned.ts';

export async function pruneVolumes(cli: DockerCli, filters: Filters): Promise<Pruned> {
  const { VolumesDeleted: deleted, SpaceReclaimed: reclaimed } = await cli.client.volumes.prune(filters);
  if (!deleted?.length) return { output: '', reclaimed: 0 };
  return { output: `Deleted Volumes:\n${deleted.map((name) => `${name}\n`).join('')}`, reclaimed };
}
