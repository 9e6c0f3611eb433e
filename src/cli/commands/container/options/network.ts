/** `--network name` or `--network name=net,alias=a,ip=…`, and the older flags that say the same of the first one. */
import type { EndpointSettings } from '../../../../api/network.ts';
import { cut } from '../../../flag/flag.ts';
import { parseInteger } from '../../../../lib/go-parse.ts';
import { isMac } from './address.ts';
import { parseCsvLine } from './csv.ts';

/** One network a container is to join. */
export interface NetworkAttachment {
  target: string;
  aliases: string[];
  driverOpts: Record<string, string>;
  links: string[];
  ip: string;
  ip6: string;
  linkLocalIps: string[];
  macAddress: string;
  gwPriority: number;
}

/** `--link`, `--ip` and so on, which belong to the first network. */
export interface EndpointFlags {
  readonly aliases: readonly string[];
  readonly links: readonly string[];
  readonly ip: string;
  readonly ip6: string;
  readonly linkLocalIps: readonly string[];
  readonly macAddress: string;
}

const attachment = (target: string): NetworkAttachment => ({
  target,
  aliases: [],
  driverOpts: {},
  links: [],
  ip: '',
  ip6: '',
  linkLocalIps: [],
  macAddress: '',
  gwPriority: 0,
});

export function parseNetwork(text: string): NetworkAttachment {
  // docker/cli's own test for the long notation.
  if (!/\w+=\w+(,\w+=\w+)*/.test(text)) return attachment(text);
  const network = attachment('');
  for (const field of parseCsvLine(text)) {
    const [rawKey, rawValue] = cut(field.toLowerCase(), '=');
    if (rawValue === undefined || rawKey === '') throw new Error(`invalid field ${field}`);
    const key = rawKey.trim();
    const value = rawValue.trim();
    switch (key) {
      case 'name':
        network.target = value;
        break;
      case 'alias':
        network.aliases.push(value);
        break;
      case 'ip':
        network.ip = value;
        break;
      case 'ip6':
        network.ip6 = value;
        break;
      case 'mac-address':
        network.macAddress = value;
        break;
      case 'link-local-ip':
        network.linkLocalIps.push(value);
        break;
      case 'driver-opt': {
        const [option, setting] = cut(value, '=');
        if (setting === undefined || option === '') throw new Error('invalid key value pair format in driver options');
        network.driverOpts[option.trim()] = setting.trim();
        break;
      }
      case 'gw-priority':
        network.gwPriority = parsePriority(value);
        break;
      default:
        throw new Error(`invalid field key ${key}`);
    }
  }
  if (network.target === '') throw new Error('network name/id is not specified');
  return network;
}

function parsePriority(value: string): number {
  try {
    return parseInteger(value, true);
  } catch (error) {
    throw new Error(`invalid gw-priority (${value}): ${(error as Error).message.split(': ').at(-1)}`);
  }
}

const isUserDefined = (name: string): boolean =>
  !['default', 'bridge', 'host', 'none', 'nat'].includes(name) && cut(name, ':')[0] !== 'container';

/** The endpoints of a create request, by network. */
export function endpointsOf(
  networks: readonly NetworkAttachment[],
  flags: EndpointFlags,
): Record<string, EndpointSettings> {
  const endpoints: Record<string, EndpointSettings> = {};
  const wanted = networks.length === 0 ? [attachment('default')] : networks;
  for (const [at, network] of wanted.entries()) {
    const endpoint = toEndpoint(at === 0 ? withFlags(network, flags) : network);
    if (Object.hasOwn(endpoints, network.target))
      throw new Error(`network "${network.target}" is specified multiple times`);
    // A single named network without options needs no entry: the engine makes the same.
    if (networks.length === 1 && isPlain(endpoint)) continue;
    endpoints[network.target] = endpoint;
  }
  const userDefined = networks.filter(({ target }) => isUserDefined(target)).length;
  if (userDefined > 0 && userDefined < networks.length) {
    throw new Error('conflicting options: cannot attach both user-defined and non-user-defined network-modes');
  }
  return endpoints;
}

function withFlags(network: NetworkAttachment, flags: EndpointFlags): NetworkAttachment {
  const conflict = (what: string): Error => new Error(`conflicting options: cannot specify both ${what}`);
  if (network.aliases.length > 0 && flags.aliases.length > 0) throw conflict('--network-alias and per-network alias');
  if (network.links.length > 0 && flags.links.length > 0) throw conflict('--link and per-network links');
  if (network.ip !== '' && flags.ip !== '') throw conflict('--ip and per-network IPv4 address');
  if (network.ip6 !== '' && flags.ip6 !== '') throw conflict('--ip6 and per-network IPv6 address');
  if (network.macAddress !== '' && flags.macAddress !== '') throw conflict('--mac-address and per-network MAC address');
  if (network.linkLocalIps.length > 0 && flags.linkLocalIps.length > 0)
    throw conflict('--link-local-ip and per-network link-local IP addresses');
  return {
    ...network,
    aliases: flags.aliases.length > 0 ? [...flags.aliases] : network.aliases,
    // On the default bridge a link is not the endpoint's but the container's.
    links: isUserDefined(network.target) && flags.links.length > 0 ? [...flags.links] : network.links,
    ip: flags.ip || network.ip,
    ip6: flags.ip6 || network.ip6,
    macAddress: flags.macAddress || network.macAddress,
    linkLocalIps: flags.linkLocalIps.length > 0 ? [...flags.linkLocalIps] : network.linkLocalIps,
  };
}

function toEndpoint(network: NetworkAttachment): EndpointSettings {
  if (network.target.trim() === '') throw new Error('no name set for network');
  if (!isUserDefined(network.target)) {
    if (network.aliases.length > 0)
      throw new Error('network-scoped aliases are only supported for user-defined networks');
    if (network.links.length > 0) throw new Error('links are only supported for user-defined networks');
  }
  if (network.macAddress !== '' && !isMac(network.macAddress.trim()))
    throw new Error(`${network.macAddress} is not a valid mac address`);
  const hasAddress = network.ip !== '' || network.ip6 !== '' || network.linkLocalIps.length > 0;
  return {
    IPAMConfig: !hasAddress
      ? null
      : {
          ...(network.ip !== '' && { IPv4Address: network.ip }),
          ...(network.ip6 !== '' && { IPv6Address: network.ip6 }),
          ...(network.linkLocalIps.length > 0 && { LinkLocalIPs: network.linkLocalIps }),
        },
    Links: network.links.length > 0 ? network.links : null,
    Aliases: network.aliases.length > 0 ? network.aliases : null,
    MacAddress: network.macAddress,
    DriverOpts: Object.keys(network.driverOpts).length > 0 ? network.driverOpts : null,
    GwPriority: network.gwPriority,
    NetworkID: '',
    EndpointID: '',
    Gateway: '',
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    DNSNames: null,
  };
}

const isPlain = (endpoint: EndpointSettings): boolean => Object.values(endpoint).every((value) => !value);
