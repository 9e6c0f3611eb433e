/** Commands of `docker network` that change anything: flags and help. */
import { exactArgs, minArgs, noArgs } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { networkAndContainer, networkNames } from '../../completion/names.ts';
import { bool, filter, int, list, map, strings, text } from '../../flag/flag.ts';
import { absent } from './absent.ts';

const reason = 'networks cannot be changed yet';

export const networkCommands = [
  absent(reason, {
    use: 'connect [OPTIONS] NETWORK CONTAINER',
    short: 'Connect a container to a network',
    args: exactArgs(2),
    complete: networkAndContainer(false),
    flags: {
      alias: strings('Add network-scoped alias for the container'),
      'driver-opt': strings('driver options for the network'),
      'gw-priority': int('Highest gw-priority provides the default gateway. Accepts positive and negative values.'),
      ip: text('IPv4 address (e.g., "172.30.100.104")'),
      ip6: text('IPv6 address (e.g., "2001:db8::33")'),
      link: list('Add link to another container'),
      'link-local-ip': strings('Add a link-local address for the container'),
    },
  }),
  absent(reason, {
    use: 'create [OPTIONS] NETWORK',
    short: 'Create a network',
    args: exactArgs(1),
    complete: nothing,
    flags: {
      attachable: bool('Enable manual container attachment'),
      'aux-address': map('Auxiliary IPv4 or IPv6 addresses used by Network driver'),
      'config-from': text('The network from which to copy the configuration'),
      'config-only': bool('Create a configuration only network'),
      driver: text('Driver to manage the Network', { shorthand: 'd', initial: 'bridge' }),
      gateway: strings('IPv4 or IPv6 Gateway for the master subnet'),
      ingress: bool('Create swarm routing-mesh network'),
      internal: bool('Restrict external access to the network'),
      'ip-range': strings('Allocate container ip from a sub-range'),
      'ipam-driver': text('IP Address Management Driver', { initial: 'default' }),
      'ipam-opt': map('Set IPAM driver specific options'),
      ipv4: bool('Enable or disable IPv4 address assignment', { initial: true }),
      ipv6: bool('Enable or disable IPv6 address assignment'),
      label: list('Set metadata on a network'),
      opt: map('Set driver specific options', { shorthand: 'o' }),
      scope: text("Control the network's scope"),
      subnet: strings('Subnet in CIDR format that represents a network segment'),
    },
  }),
  absent(reason, {
    use: 'disconnect [OPTIONS] NETWORK CONTAINER',
    short: 'Disconnect a container from a network',
    args: exactArgs(2),
    complete: networkAndContainer(true),
    flags: {
      force: bool('Force the container to disconnect from a network', { shorthand: 'f' }),
    },
  }),
  absent(reason, {
    use: 'prune [OPTIONS]',
    short: 'Remove all unused networks',
    args: noArgs,
    flags: {
      filter: filter('Provide filter values (e.g. "until=<timestamp>")'),
      force: bool('Do not prompt for confirmation', { shorthand: 'f' }),
    },
  }),
  absent(reason, {
    use: 'rm NETWORK [NETWORK...]',
    short: 'Remove one or more networks',
    aliases: ['remove'],
    aliasLine: 'docker network rm, docker network remove',
    args: minArgs(1),
    complete: networkNames,
    flags: {
      force: bool('Do not error if the network does not exist', { shorthand: 'f' }),
    },
  }),
];
