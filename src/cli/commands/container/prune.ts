import type { Filters } from '../../../client/filters.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { confirm } from '../../confirm.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { bool, filter } from '../../flag/flag.ts';
import { humanSize } from '../../format/units.ts';
import type { Pruned } from '../system/pruned.ts';

const flags = {
  filter: filter('Provide filter values (e.g. "until=<timestamp>")'),
  force: bool('Do not prompt for confirmation', { shorthand: 'f' }),
};

export const prune: CommandSpec<typeof flags> = {
  use: 'prune [OPTIONS]',
  short: 'Remove all stopped containers',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { filter: filters, force } }) {
    if (!force) {
      await confirm(cli, 'WARNING! This will remove all stopped containers.\nAre you sure you want to continue?');
    }
    const { output, reclaimed } = await pruneContainers(cli, filters);
    if (output !== '') await cli.print(`${output}\n`);
    await cli.print(`Total reclaimed space: ${humanSize(reclaimed)}\n`);
  },
};

export async function pruneContainers(cli: DockerCli, filters: Filters): Promise<Pruned> {
  const { ContainersDeleted: deleted, SpaceReclaimed: reclaimed } = await cli.client.containers.prune(filters);
  const output = deleted?.length ? `Deleted Containers:\n${deleted.map((id) => `${id}\n`).join('')}` : '';
  return { output, reclaimed };
}
