/** What a container uses, as a row of `docker stats` (docker/cli's formatter_stats and stats_helpers). */
import type { ContainerStats } from '../../../api/stats.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { tableRow } from '../../format/table.ts';
import { bytesSize, humanSize } from '../../format/units.ts';
import { truncateId } from '../../truncate-id.ts';

export const statsHeaders = {
  Container: 'CONTAINER',
  Name: 'NAME',
  ID: 'CONTAINER ID',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
};

export const statsTable =
  'table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}';

/** @param stats undefined while nothing is known */
export function statsRow(container: string, stats: ContainerStats | undefined, truncate: boolean): GoStruct {
  const known =
    (text: (stats: ContainerStats) => string, otherwise = '--') =>
    (): string =>
      stats ? text(stats) : otherwise;
  const sizes = (first: number, second: number): string => `${humanSize(first, 3)} / ${humanSize(second, 3)}`;
  return tableRow('*container.statsContext', {
    Container: () => container,
    Name: () => stats?.name.replace(/^\//, '') || '--',
    ID: known(({ id }) => (truncate ? truncateId(id) : id), ''),
    CPUPerc: known((sample) => `${cpuPercent(sample).toFixed(2)}%`),
    MemUsage: known(
      (sample) => `${bytesSize(memoryUsed(sample))} / ${bytesSize(sample.memory_stats.limit ?? 0)}`,
      '-- / --',
    ),
    MemPerc: known((sample) => {
      const limit = sample.memory_stats.limit ?? 0;
      return `${(limit === 0 ? 0 : (memoryUsed(sample) / limit) * 100).toFixed(2)}%`;
    }),
    NetIO: known(({ networks = {} }) => {
      const sum = (counter: 'rx_bytes' | 'tx_bytes'): number =>
        Object.values(networks).reduce((total, each) => total + each[counter], 0);
      return sizes(sum('rx_bytes'), sum('tx_bytes'));
    }),
    BlockIO: known(({ blkio_stats: { io_service_bytes_recursive: entries } }) => {
      const sum = (initial: string): number =>
        (entries ?? [])
          .filter(({ op }) => op.toLowerCase().startsWith(initial))
          .reduce((total, { value }) => total + value, 0);
      return sizes(sum('r'), sum('w'));
    }),
    PIDs: known(({ pids_stats: { current = 0 } }) => String(current)),
  });
}

function cpuPercent({ cpu_stats: now, precpu_stats: before }: ContainerStats): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  const cpus = now.online_cpus || (now.cpu_usage.percpu_usage?.length ?? 0);
  return used > 0 && passed > 0 ? (used / passed) * cpus * 100 : 0;
}

/** Without the page cache that nobody uses; cgroup v1 and v2 name it differently. */
function memoryUsed({ memory_stats: { usage = 0, stats = {} } }: ContainerStats): number {
  const inactive = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return inactive < usage ? usage - inactive : usage;
}
