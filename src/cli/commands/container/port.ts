import type { PortMap } from '../../../api/port.ts';
import { rangeArgs, type CommandSpec } from '../../command.ts';
import { runningContainers } from '../../completion/names.ts';
import { messageOf } from '../../exit-error.ts';
import { cut } from '../../flag/flag.ts';
import { parseInteger } from '../../../lib/go-parse.ts';

export const port: CommandSpec<{}> = {
  use: 'port CONTAINER [PRIVATE_PORT[/PROTO]]',
  short: 'List port mappings or a specific mapping for the container',
  aliasLine: 'docker container port, docker port',
  args: rangeArgs(1, 2),
  complete: runningContainers(),
  flags: {},
  async run(cli, { args: [container = '', wanted] }) {
    const { NetworkSettings: settings } = await cli.client.containers.inspect(container);
    const ports = settings.Ports ?? {};
    if (wanted !== undefined)
      return cli.print(
        bindings(ports, wanted, container)
          .map((line) => `${line}\n`)
          .join(''),
      );
    const lines = Object.entries(ports).flatMap(([key, published]) =>
      (published ?? []).map(({ HostIp, HostPort }) => `${key} -> ${joinHostPort(HostIp, HostPort)}`),
    );
    await cli.print(
      lines
        .sort(byNumbers)
        .map((line) => `${line}\n`)
        .join(''),
    );
  },
};

/** Where one port of the container is published. */
function bindings(ports: PortMap, wanted: string, container: string): string[] {
  const [number, protocol = 'tcp'] = cut(wanted, '/');
  try {
    parseInteger(number, false, { base: 10, bits: 16 });
  } catch (error) {
    throw new Error(`Error: invalid port (${number}): ${messageOf(error)}`);
  }
  const published = ports[`${number}/${protocol}`];
  if (!published || published.length === 0)
    throw new Error(`Error: No public port '${wanted}' published for ${container}`);
  return published.map(({ HostIp, HostPort }) => joinHostPort(HostIp, HostPort)).sort(byNumbers);
}

/** Numbers within a text sort by their value, so that 80 comes before 443. */
function byNumbers(a: string, b: string): number {
  const [left, right] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []];
  const at = left.findIndex((part, index) => part !== right[index]);
  if (at < 0) return left.length - right.length;
  const [x = '', y = ''] = [left[at], right[at]];
  return Number(x) - Number(y) || (x < y ? -1 : 1);
}

const joinHostPort = (host: string, hostPort: string): string =>
  host.includes(':') ? `[${host}]:${hostPort}` : `${host}:${hostPort}`;
