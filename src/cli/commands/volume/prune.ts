import type { Filters } from '../../../client/filters.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { confirm } from '../../confirm.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { bool, filter } from '../../flag/flag.ts';
import { humanSize } from '../../format/units.ts';
import type { Pruned } from '../system/pruned.ts';

const flags = {
  all: bool('Remove all unused volumes, not just anonymous ones', { shorthand: 'a', requires: { apiVersion: '1.42' } }),
  filter: filter('Provide filter values (e.g. "label=<label>")'),
  force: bool('Do not prompt for confirmation', { shorthand: 'f' }),
};

export const prune: CommandSpec<typeof flags> = {
  use: 'prune [OPTIONS]',
  short: 'Remove unused local volumes',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { all, filter: filters, force } }) {
    if (all && filters.has('all')) {
      throw new Error('conflicting options: cannot specify both --all and --filter all=1');
    }
    if (!force) {
      const which = all ? 'all local volumes' : 'anonymous local volumes';
      await confirm(
        cli,
        `WARNING! This will remove ${which} not used by at least one container.\nAre you sure you want to continue?`,
      );
    }
    const wanted = all ? new Map(filters).set('all', new Set(['true'])) : filters;
    const { output, reclaimed } = await pruneVolumes(cli, wanted);
    if (output !== '') await cli.print(`${output}\n`);
    await cli.print(`Total reclaimed space: ${humanSize(reclaimed)}\n`);
  },
};

export async function pruneVolumes(cli: DockerCli, filters: Filters): Promise<Pruned> {
  const { VolumesDeleted: deleted, SpaceReclaimed: reclaimed } = await cli.client.volumes.prune(filters);
  if (!deleted?.length) return { output: '', reclaimed: 0 };
  return { output: `Deleted Volumes:\n${deleted.map((name) => `${name}\n`).join('')}`, reclaimed };
}
