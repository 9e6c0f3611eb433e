/** The rows of `docker system df`, one a kind of object (docker/cli's formatter.diskUsageImagesContext and so on). */
import type { BuildCacheRecord, DiskUsage } from '../../../api/system.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { tableRow } from '../../format/table.ts';
import { humanSize } from '../../format/units.ts';

export const diskUsageHeaders = {
  Type: 'TYPE',
  TotalCount: 'TOTAL',
  Active: 'ACTIVE',
  Size: 'SIZE',
  Reclaimable: 'RECLAIMABLE',
};

export function diskUsageRows(usage: DiskUsage): GoStruct[] {
  const [images, containers] = [usage.Images ?? [], usage.Containers ?? []];
  const [volumes, cache] = [usage.Volumes ?? [], usage.BuildCache ?? []];
  const usedImages = images.filter(({ Containers }) => Containers !== 0);
  const onlyUsed = usedImages.filter(({ Size, SharedSize }) => Size !== -1 && SharedSize !== -1);
  const active = containers.filter(({ State }) => ['running', 'paused', 'restarting'].includes(State));
  const sizes = volumes.filter(({ UsageData }) => UsageData && UsageData.Size !== -1);
  const unusedVolumes = sizes.filter(({ UsageData }) => UsageData!.RefCount === 0);
  const written = sum(containers, ({ SizeRw }) => SizeRw ?? 0);
  const cacheSize = buildCacheSize(cache);
  const cacheInUse = buildCacheSize(cache.filter(({ InUse }) => InUse));
  return [
    row('Images', {
      count: images.length,
      active: images.filter(({ Containers }) => Containers > 0).length,
      size: usage.LayersSize,
      reclaimable: withShare(
        usage.LayersSize - sum(onlyUsed, ({ Size, SharedSize }) => Size - SharedSize),
        usage.LayersSize,
      ),
    }),
    row('Containers', {
      count: containers.length,
      active: active.length,
      size: written,
      reclaimable: withShare(written - sum(active, ({ SizeRw }) => SizeRw ?? 0), written),
    }),
    row('Local Volumes', {
      count: volumes.length,
      active: volumes.filter(({ UsageData }) => (UsageData?.RefCount ?? 0) > 0).length,
      size: sum(sizes, ({ UsageData }) => UsageData!.Size),
      reclaimable: withShare(
        sum(unusedVolumes, ({ UsageData }) => UsageData!.Size),
        sum(sizes, ({ UsageData }) => UsageData!.Size),
      ),
    }),
    row('Build Cache', {
      count: cache.length,
      active: cache.filter(({ InUse }) => InUse).length,
      size: cacheSize,
      reclaimable: humanSize(cacheSize - cacheInUse),
    }),
  ];
}

/** Bytes of the records that no image has too. */
export const buildCacheSize = (records: readonly BuildCacheRecord[]): number =>
  sum(
    records.filter(({ Shared }) => !Shared),
    ({ Size }) => Size,
  );

const structNames = {
  Images: '*formatter.diskUsageImagesContext',
  Containers: '*formatter.diskUsageContainersContext',
  'Local Volumes': '*formatter.diskUsageVolumesContext',
  'Build Cache': '*formatter.diskUsageBuilderContext',
};

const row = (
  kind: keyof typeof structNames,
  { count, active, size, reclaimable }: { count: number; active: number; size: number; reclaimable: string },
): GoStruct =>
  tableRow(structNames[kind], {
    Type: () => kind,
    TotalCount: () => String(count),
    Active: () => String(active),
    Size: () => humanSize(size),
    Reclaimable: () => reclaimable,
  });

const withShare = (part: number, whole: number): string =>
  whole > 0 ? `${humanSize(part)} (${Math.trunc((part * 100) / whole)}%)` : humanSize(part);

const sum = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((total, item) => total + amount(item), 0);
