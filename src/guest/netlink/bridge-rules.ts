// The packet filter of Docker's bridge driver in one nftables table, `ip docker`. Each network has base chains of its
// own and each published port a chain of its own, so either goes as a unit, by name, without asking the kernel for rule
// handles. `accept` ends one base chain only: every network's chain sees every forwarded packet and drops what may not
// reach its containers, which isolates networks from each other.
//
// Docker by default runs docker-proxy for connections that DNAT alone cannot serve. There is none here; these rules do
// what Docker's do with `userland-proxy: false`. For published ports on 127.0.0.1 the bridge also needs
// /proc/sys/net/ipv4/conf/BRIDGE/route_localnet = 1, and for anything /proc/sys/net/ipv4/ip_forward = 1.

import { parseIp } from './ip-address.ts';
import {
  type TransportProtocol,
  accept,
  counter,
  ct,
  dnat,
  drop,
  fib,
  ip,
  jump,
  masquerade,
  meta,
  th,
  transportProtocols,
  verdictMap,
} from './nft-rule.ts';
import {
  addChain,
  addElement,
  addRule,
  addTable,
  addVerdictMap,
  deleteChain,
  deleteElement,
  priority,
} from './nftables.ts';

const table = 'docker';
const portsChain = 'ports';
/** Published on every address of the host: protocol . port → chain. */
const portsMap = 'published';
/** Published on one address: address . protocol . port → chain. */
const addressPortsMap = 'published-on-address';

/** The table and what all networks share; sent once, before all else here. */
export const dockerTable = (): Uint8Array[] => [
  addTable(table),
  addVerdictMap(table, addressPortsMap, ['ipv4_addr', 'inet_proto', 'inet_service'], 1),
  addVerdictMap(table, portsMap, ['inet_proto', 'inet_service'], 2),
  addChain(table, portsChain),
  addRule(table, portsChain, verdictMap([ip.daddr, meta.l4proto, th.dport], addressPortsMap)),
  addRule(table, portsChain, verdictMap([meta.l4proto, th.dport], portsMap)),
  addChain(table, 'prerouting', { type: 'nat', hook: 'prerouting', priority: priority.dstnat }),
  addRule(table, 'prerouting', fib.daddrLocal, jump(portsChain)),
  addChain(table, 'output', { type: 'nat', hook: 'output', priority: priority.dstnat }),
  addRule(table, 'output', fib.daddrLocal, jump(portsChain)),
];

export type BridgeRules = {
  /** Name of the bridge interface. */
  readonly bridge: string;
  /** `172.17.0.0/16` */
  readonly subnet: string;
  /** Whether its containers may talk to each other (com.docker.network.bridge.enable_icc). Default true. */
  readonly icc?: boolean;
  /** Whether their traffic leaves under the host's address (…enable_ip_masquerade). Default true. */
  readonly masquerade?: boolean;
  /** `docker network create --internal`: nothing in, nothing out. */
  readonly internal?: boolean;
};

const forwardChain = (bridge: string) => `${bridge}-forward`;
const postroutingChain = (bridge: string) => `${bridge}-postrouting`;
const inputChain = (bridge: string) => `${bridge}-input`;

/**
 * What one network needs: outside its containers may reach anything, inside comes what answers them and what was sent to
 * a published port. `icc: false` holds for bridged frames only with net.bridge.bridge-nf-call-iptables = 1.
 */
export function bridgeRules({ bridge, subnet, icc = true, internal = false, ...options }: BridgeRules): Uint8Array[] {
  const forward = forwardChain(bridge);
  const postrouting = postroutingChain(bridge);
  const into = meta.oifname.is(bridge);
  const published = ct.status('dnat');
  const messages = [
    addChain(table, forward, { type: 'filter', hook: 'forward', priority: priority.filter }),
    addRule(table, forward, into, ct.state('established', 'related'), accept),
    addRule(table, forward, meta.iifname.is(bridge), into, icc ? accept : drop),
  ];
  if (internal) messages.push(addRule(table, forward, meta.iifname.is(bridge), drop));
  else messages.push(addRule(table, forward, into, published, accept));
  messages.push(addRule(table, forward, into, drop));
  // With route_localnet the kernel would take what a container sends to the host's loopback address. Answers to what the
  // host sent to a published port from there come in with that address, translated back.
  const input = inputChain(bridge);
  messages.push(
    addChain(table, input, { type: 'filter', hook: 'input', priority: priority.filter }),
    addRule(table, input, ct.state('established', 'related'), accept),
    addRule(table, input, meta.iifname.is(bridge), ip.daddr.is('127.0.0.0/8'), drop),
  );
  if (internal) return messages;

  messages.push(addChain(table, postrouting, { type: 'nat', hook: 'postrouting', priority: priority.srcnat }));
  if (options.masquerade ?? true) {
    messages.push(addRule(table, postrouting, ip.saddr.is(subnet), meta.oifname.isNot(bridge), masquerade));
  }
  return [
    ...messages,
    // A neighbour or the host itself that uses a published port: the answer has to come back through the host, and a
    // source of 127.0.0.1 cannot leave it.
    addRule(table, postrouting, ip.saddr.is(subnet), into, published, masquerade),
    addRule(table, postrouting, into, fib.saddrLocal, published, masquerade),
  ];
}

/** Undoes `bridgeRules`; `internal` as it was given there. */
export const removeBridgeRules = ({ bridge, internal }: Pick<BridgeRules, 'bridge' | 'internal'>): Uint8Array[] => [
  deleteChain(table, forwardChain(bridge)),
  deleteChain(table, inputChain(bridge)),
  ...(internal ? [] : [deleteChain(table, postroutingChain(bridge))]),
];

export type PublishedPort = {
  readonly protocol: TransportProtocol;
  /** The host's address it is published on; empty or 0.0.0.0 for all. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerIp: string;
  readonly containerPort: number;
};
type PortKey = Pick<PublishedPort, 'protocol' | 'hostIp' | 'hostPort'>;

function place({ protocol, hostIp, hostPort }: PortKey): { chain: string; map: string; key: Uint8Array[] } {
  const port = [Uint8Array.of(transportProtocols[protocol]), Uint8Array.of(hostPort >> 8, hostPort)];
  if (hostIp === '' || hostIp === '0.0.0.0') {
    return { chain: `port-${hostPort}-${protocol}`, map: portsMap, key: port };
  }
  const address = parseIp(hostIp);
  if (address.length !== 4) throw new TypeError(`publishing a port on ${hostIp}: the table holds IPv4 only`);
  return { chain: `port-${hostIp}-${hostPort}-${protocol}`, map: addressPortsMap, key: [address, ...port] };
}

/** `docker run -p`: connections to the host's port go to the container's. EEXIST when the port is published already. */
export function publishPort(port: PublishedPort): Uint8Array[] {
  const { chain, map, key } = place(port);
  return [
    addChain(table, chain),
    addRule(table, chain, meta.l4proto.is(port.protocol), counter, dnat(port.containerIp, port.containerPort)),
    addElement(table, map, key, chain),
  ];
}

/** Undoes `publishPort`; connections already made go on. */
export function unpublishPort(port: PortKey): Uint8Array[] {
  const { chain, map, key } = place(port);
  return [deleteElement(table, map, key), deleteChain(table, chain)];
}
