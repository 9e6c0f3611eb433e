/** A record of the build cache in a list: docker/cli's formatter.buildCacheContext. */
import type { BuildCacheRecord } from '../../../api/system.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { tableRow } from '../../format/table.ts';
import { ago, humanSize } from '../../format/units.ts';
import { truncateId } from '../../truncate-id.ts';

export const buildCacheHeaders = {
  ID: 'CACHE ID',
  Parent: 'PARENT',
  CacheType: 'CACHE TYPE',
  Size: 'SIZE',
  CreatedSince: 'CREATED',
  LastUsedSince: 'LAST USED',
  UsageCount: 'USAGE',
  InUse: 'IN USE',
  Shared: 'SHARED',
  Description: 'DESCRIPTION',
};

export const buildCacheRawFormat = `build_cache_id: {{.ID}}
parent_id: {{.Parent}}
build_cache_type: {{.CacheType}}
description: {{.Description}}
created_at: {{.CreatedAt}}
created_since: {{.CreatedSince}}
last_used_at: {{.LastUsedAt}}
last_used_since: {{.LastUsedSince}}
usage_count: {{.UsageCount}}
in_use: {{.InUse}}
shared: {{.Shared}}
`;

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);
/** RFC 3339 in UTC as Go's time.String. */
const goTime = (time: string): string => time.replace('T', ' ').replace(/Z$/, ' +0000 UTC');

export function buildCacheRow(record: BuildCacheRecord, truncate: boolean): GoStruct {
  const shortened = (id: string): string => (truncate ? truncateId(id) : id);
  return tableRow('*formatter.buildCacheContext', {
    ID: () => `${shortened(record.ID)}${record.InUse ? '*' : ''}`,
    Parent: () => shortened(record.Parent ?? ''),
    CacheType: () => record.Type,
    Description: () => record.Description,
    Size: () => humanSize(record.Size, 3),
    CreatedAt: () => goTime(record.CreatedAt),
    CreatedSince: () => ago(seconds(record.CreatedAt)),
    LastUsedAt: () => (record.LastUsedAt === null ? '' : goTime(record.LastUsedAt)),
    LastUsedSince: () => (record.LastUsedAt === null ? '' : ago(seconds(record.LastUsedAt))),
    UsageCount: () => String(record.UsageCount),
    InUse: () => String(record.InUse),
    Shared: () => String(record.Shared),
  });
}
