import type { Network } from '../../../api/network.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, filter, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import type { GoStruct } from '../../../lib/go-template/go-value.ts';
import { renderRows, tableRow } from '../../format/table.ts';
import { truncateId } from '../../truncate-id.ts';

const flags = {
  filter: filter('Provide filter values (e.g. "driver=bridge")', { shorthand: 'f' }),
  format: text(listFormatUsage),
  'no-trunc': bool('Do not truncate the output'),
  quiet: bool('Only display network IDs', { shorthand: 'q' }),
};

const headers = {
  ID: 'NETWORK ID',
  Name: 'NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  IPv4: 'IPV4',
  IPv6: 'IPV6',
  Internal: 'INTERNAL',
  Labels: 'LABELS',
  CreatedAt: 'CREATED AT',
};

export const ls: CommandSpec<typeof flags> = {
  use: 'ls [OPTIONS]',
  short: 'List networks',
  aliases: ['list'],
  aliasLine: 'docker network ls, docker network list',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { filter: filters, format, 'no-trunc': noTrunc, quiet } }) {
    const asked = format || (quiet ? '' : ((await cli.settings()).networksFormat ?? ''));
    const networks = await cli.client.networks.list(filters);
    networks.sort((a, b) => a.Name.localeCompare(b.Name, 'en', { numeric: true }));
    const rows = networks.map((network) => networkRow(network, !noTrunc));
    await cli.print(renderRows(networkFormat(asked, quiet), headers, rows));
  },
};

function networkFormat(format: string, quiet: boolean): string {
  if (format === 'raw') {
    if (quiet) return 'network_id: {{.ID}}';
    return 'network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n';
  }
  if (format !== '' && format !== 'table') return format;
  return quiet ? '{{.ID}}' : 'table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}';
}

function networkRow(network: Network, truncate: boolean): GoStruct {
  const labels = network.Labels ?? {};
  return tableRow('*network.networkContext', {
    ID: () => (truncate ? truncateId(network.Id) : network.Id),
    Name: () => network.Name,
    Driver: () => network.Driver,
    Scope: () => network.Scope,
    IPv4: () => String(network.EnableIPv4 ?? false),
    IPv6: () => String(network.EnableIPv6),
    Internal: () => String(network.Internal),
    Labels: () =>
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(','),
    Label: (name: string) => labels[name] ?? '',
    CreatedAt: () => network.Created.replace('T', ' ').replace(/Z$/, ' +0000 UTC'),
  });
}
