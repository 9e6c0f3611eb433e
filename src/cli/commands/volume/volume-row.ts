/** A volume in a list: the fields `docker volume ls --format` knows (docker/cli's formatter.volumeContext). */
import type { Volume } from '../../../api/volume.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { tableRow } from '../../format/table.ts';
import { humanSize } from '../../format/units.ts';

export const volumeHeaders = {
  ID: 'ID',
  Name: 'VOLUME NAME',
  Group: 'GROUP',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  Availability: 'AVAILABILITY',
  Mountpoint: 'MOUNTPOINT',
  Labels: 'LABELS',
  Links: 'LINKS',
  Size: 'SIZE',
  Status: 'STATUS',
};

/** What `--format` stands for. */
export function volumeFormat(format: string, quiet: boolean): string {
  if (format === 'raw') return quiet ? 'name: {{.Name}}' : 'name: {{.Name}}\\ndriver: {{.Driver}}\\n';
  if (format !== '' && format !== 'table') return format;
  return quiet ? '{{.Name}}' : 'table {{.Driver}}\t{{.Name}}';
}

/** Volumes of a cluster, which has a group, an availability and a status for them, do not exist here. */
export function volumeRow(volume: Volume): GoStruct {
  const { Labels: labels, UsageData: usage } = volume;
  return tableRow('*formatter.volumeContext', {
    Name: () => volume.Name,
    Driver: () => volume.Driver,
    Scope: () => volume.Scope,
    Mountpoint: () => volume.Mountpoint,
    Labels: () =>
      Object.entries(labels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    Label: (name: string) => labels?.[name] ?? '',
    Links: () => (usage ? String(usage.RefCount) : 'N/A'),
    Size: () => (usage ? humanSize(usage.Size) : 'N/A'),
    Group: () => 'N/A',
    Availability: () => 'N/A',
    Status: () => 'N/A',
  });
}
