import type { Filters } from '../../../client/filters.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { confirm } from '../../confirm.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { bool, filter } from '../../flag/flag.ts';
import { humanSize } from '../../format/units.ts';
import { pruneContainers } from '../container/prune.ts';
import { pruneImages } from '../image/prune.ts';
import { pruneNetworks } from '../network/prune.ts';
import { pruneVolumes } from '../volume/prune.ts';
import type { Pruned } from './pruned.ts';

const flags = {
  all: bool('Remove all unused images not just dangling ones', { shorthand: 'a' }),
  filter: filter('Provide filter values (e.g. "label=<key>=<value>")', { requires: { apiVersion: '1.28' } }),
  force: bool('Do not prompt for confirmation', { shorthand: 'f' }),
  volumes: bool('Prune anonymous volumes'),
};

export const prune: CommandSpec<typeof flags> = {
  use: 'prune [OPTIONS]',
  short: 'Remove unused data',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { all, filter: filters, force, volumes } }) {
    if (volumes && filters.has('until')) {
      throw new Error('ERROR: The "until" filter is not supported with "--volumes"');
    }
    if (!force) await confirm(cli, warning({ all, filters, volumes }));
    const steps = [
      () => pruneContainers(cli, filters),
      () => pruneNetworks(cli, filters),
      ...(volumes ? [() => pruneVolumes(cli, filters)] : []),
      () => pruneImages(cli, filters, { all }),
      () => pruneBuildCache(cli, filters, all),
    ];
    let total = 0;
    for (const step of steps) {
      const { output, reclaimed } = await step();
      total += reclaimed;
      if (output !== '') await cli.print(`${output}\n`);
    }
    await cli.print(`Total reclaimed space: ${humanSize(total)}\n`);
  },
};

async function pruneBuildCache(cli: DockerCli, filters: Filters, all: boolean): Promise<Pruned> {
  const { CachesDeleted: deleted, SpaceReclaimed: reclaimed } = await cli.client.system.pruneBuildCache({
    all,
    filters,
  });
  const output = deleted?.length ? `Deleted build cache objects:\n${deleted.map((id) => `${id}\n`).join('')}` : '';
  return { output, reclaimed };
}

/** What will go, and what restricts it. */
function warning({ all, filters, volumes }: { all: boolean; filters: Filters; volumes: boolean }): string {
  const items = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ];
  const restrictions = ['label', 'label!', 'until']
    .flatMap((name) => [...(filters.get(name) ?? [])].map((value) => `${name}=${value}`))
    .sort(new Intl.Collator('en', { numeric: true }).compare);
  const filtered = filters.size > 0 ? `\n  Items to be pruned will be filtered with:${list(restrictions)}\n` : '';
  return `WARNING! This will remove:${list(items)}\n${filtered}\nAre you sure you want to continue?`;
}

const list = (items: readonly string[]): string => items.map((item) => `\n  - ${item}`).join('');
