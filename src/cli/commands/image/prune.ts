import type { Filters } from '../../../client/filters.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { confirm } from '../../confirm.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { bool, filter } from '../../flag/flag.ts';
import { humanSize } from '../../format/units.ts';
import type { Pruned } from '../system/pruned.ts';

const flags = {
  all: bool('Remove all unused images, not just dangling ones', { shorthand: 'a' }),
  filter: filter('Provide filter values (e.g. "until=<timestamp>")'),
  force: bool('Do not prompt for confirmation', { shorthand: 'f' }),
};

export const prune: CommandSpec<typeof flags> = {
  use: 'prune [OPTIONS]',
  short: 'Remove unused images',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { all, filter: filters, force } }) {
    if (!force) {
      const which = all ? 'all images without at least one container associated to them' : 'all dangling images';
      await confirm(cli, `WARNING! This will remove ${which}.\nAre you sure you want to continue?`);
    }
    const { output, reclaimed } = await pruneImages(cli, filters, { all });
    if (output !== '') await cli.print(`${output}\n`);
    await cli.print(`Total reclaimed space: ${humanSize(reclaimed)}\n`);
  },
};

export async function pruneImages(cli: DockerCli, filters: Filters, { all }: { all: boolean }): Promise<Pruned> {
  const wanted = new Map(filters).set('dangling', new Set([String(!all)]));
  const { ImagesDeleted: deleted, SpaceReclaimed: reclaimed } = await cli.client.images.prune(wanted);
  const lines = (deleted ?? []).map(({ Untagged, Deleted }) =>
    Untagged ? `untagged: ${Untagged}\n` : `deleted: ${Deleted}\n`,
  );
  return { output: lines.length > 0 ? `Deleted Images:\n${lines.join('')}` : '', reclaimed };
}
