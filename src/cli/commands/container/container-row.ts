/** A container in a list: the fields `docker ps --format` knows (docker/cli's formatter.ContainerContext). */
import type { ContainerSummary } from '../../../api/container.ts';
import type { Port } from '../../../api/port.ts';
import { familiarName, familiarString, parseReference } from '../../../lib/reference.ts';
import { ellipsis } from '../../format/display-width.ts';
import { goQuote } from '../../../lib/go-template/go-quote.ts';
import { GoNil, type GoStruct } from '../../../lib/go-template/go-value.ts';
import { tableRow } from '../../format/table.ts';
import { ago, goTime, humanSize } from '../../format/units.ts';
import { truncateId } from '../../truncate-id.ts';

export const containerHeaders = {
  ID: 'CONTAINER ID',
  Names: 'NAMES',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Ports: 'PORTS',
  State: 'STATE',
  Status: 'STATUS',
  Size: 'SIZE',
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  LocalVolumes: 'LOCAL VOLUMES',
  Networks: 'NETWORKS',
  Platform: 'PLATFORM',
};

/** What `--format` stands for. */
export function containerFormat(format: string, quiet: boolean, size: boolean): string {
  if (format === 'raw') {
    if (quiet) return 'container_id: {{.ID}}';
    const fields = [
      'container_id: {{.ID}}',
      'image: {{.Image}}',
      'command: {{.Command}}',
      'created_at: {{.CreatedAt}}',
      'state: {{- pad .State 1 0}}',
      'status: {{- pad .Status 1 0}}',
      'names: {{.Names}}',
      'labels: {{- pad .Labels 1 0}}',
      'ports: {{- pad .Ports 1 0}}',
    ];
    return `${fields.join('\n')}\n${size ? 'size: {{.Size}}\\n' : ''}`;
  }
  if (quiet) return '{{.ID}}';
  if (format !== '' && format !== 'table') return format;
  const columns = 'table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}';
  return size ? `${columns}\t{{.Size}}` : columns;
}

/** `onSize` is told when the row's size is asked for. */
export function containerRow(container: ContainerSummary, truncate: boolean, onSize?: () => void): GoStruct {
  const columns = {
    ID: () => (truncate ? truncateId(container.Id) : container.Id),
    Names: () => {
      const names = container.Names.map((name) => name.slice(1));
      // A name with a slash is another container's link to this one.
      const own = truncate ? names.find((name) => !name.includes('/')) : undefined;
      return own ?? names.join(',');
    },
    Image: () => imageName(container, truncate),
    Command: () => goQuote(truncate ? ellipsis(container.Command, 20) : container.Command),
    CreatedAt: () => goTime(container.Created),
    RunningFor: () => ago(container.Created),
    Platform: () => new GoNil('*formatter.Platform'),
    Ports: () => displayPorts(container.Ports),
    State: () => container.State,
    Status: () => container.Status,
    Size: () => {
      onSize?.();
      const own = humanSize(container.SizeRw ?? 0, 3);
      return (container.SizeRootFs ?? 0) > 0 ? `${own} (virtual ${humanSize(container.SizeRootFs!, 3)})` : own;
    },
    Labels: () =>
      Object.entries(container.Labels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(','),
    Label: (name: string) => container.Labels?.[name] ?? '',
    Mounts: () =>
      container.Mounts.map(({ Name, Source }) => Name || Source)
        .map((name) => (truncate ? ellipsis(name, 15) : name))
        .join(','),
    LocalVolumes: () => String(container.Mounts.filter(({ Driver }) => Driver === 'local').length),
    Networks: () => Object.keys(container.NetworkSettings?.Networks ?? {}).join(','),
  };
  return tableRow('*formatter.ContainerContext', columns);
}

/** By name and tag; by short ID where the container was made from an ID. */
function imageName({ Image: image, ImageID: imageId }: ContainerSummary, truncate: boolean): string {
  if (image === '') return '<no image>';
  if (!truncate) return image;
  if (truncateId(imageId) === truncateId(image)) return truncateId(imageId);
  try {
    const reference = parseReference(image);
    return reference.tag === undefined ? familiarName(reference) : familiarString({ ...reference, digest: undefined });
  } catch {
    return image;
  }
}

/** `0.0.0.0:80->9090/tcp, 9988/tcp`; neighbouring ports published as themselves become a range. */
export function displayPorts(ports: readonly Port[]): string {
  const sorted = [...ports].sort(
    (a, b) =>
      a.PrivatePort - b.PrivatePort ||
      compare(a.IP ?? '', b.IP ?? '') ||
      (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
      compare(a.Type, b.Type),
  );
  const ranges: string[] = [];
  const mapped: string[] = [];
  const open = new Map<string, { ip: string; type: string; first: number; last: number }>();
  for (const { IP: ip = '', PrivatePort: port, PublicPort: publicPort = 0, Type: type } of sorted) {
    if (ip !== '' && publicPort !== port) {
      mapped.push(`${joinHostPort(ip, String(publicPort))}->${port}/${type}`);
      continue;
    }
    const key = ip === '' ? type : `${ip}/${type}`;
    const group = open.get(key);
    if (group?.last === port - 1) group.last = port;
    else {
      if (group !== undefined) ranges.push(displayRange(group));
      // The key keeps the place where it was first seen.
      open.set(key, { ip, type, first: port, last: port });
    }
  }
  return [...ranges, ...[...open.values()].map(displayRange), ...mapped].join(', ');
}

function displayRange({ ip, type, first, last }: { ip: string; type: string; first: number; last: number }): string {
  const ports = first === last ? String(first) : `${first}-${last}`;
  return `${ip === '' ? '' : `${joinHostPort(ip, ports)}->`}${ports}/${type}`;
}

const joinHostPort = (host: string, port: string): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
