// rtnetlink messages about network interfaces (rtnetlink(7), linux/if_link.h): bridges, veth pairs, their settings.
//
// An interface is named by its index or its name, except as a master or as the owner of an address or a route: there the
// kernel wants an index. So that a whole network can be set up in one send, without a round trip to learn an index, the
// creating messages take an index of the caller's choice; the kernel honours ifi_index in RTM_NEWLINK and answers EBUSY
// when it is taken. A veth peer's index is honoured only when its other end's is given too (drivers/net/veth.c).

import { ByteReader, ByteWriter } from '../../lib/bytes.ts';
import { AF, formatMac, parseMac } from './ip-address.ts';
import {
  type Attribute,
  NLM_F,
  bytesAttribute,
  nested,
  netlinkMessage,
  readAttributes,
  repliesOfType,
  textAttribute,
  textValue,
  u32Attribute,
  u32Value,
  u8Attribute,
} from './message.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  OPERSTATE: 16,
  LINKINFO: 18,
  NET_NS_PID: 19,
  STATS64: 23,
  NET_NS_FD: 28,
  EXT_MASK: 29,
  LINK_NETNSID: 37,
} as const;
const IFLA_INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
const VETH_INFO_PEER = 1;
const IFLA_BRPORT_MODE = 4;
const IFF_UP = 0x1;
/** Leaves IPv6's own counters out of a dump (not the link's): they are most of its bytes. */
const RTEXT_FILTER_SKIP_STATS = 8;

/** An interface by index or by name (at most 15 bytes). */
export type LinkRef = number | string;

/**
 * Where an interface goes: the network namespace of a process, or one open as a descriptor. Both are numbers of the
 * process that sends the message (the agent, or a child of it), in its own PID namespace.
 */
export type NetworkNamespace = { readonly pid: number } | { readonly fd: number };

export type LinkSettings = {
  readonly up?: boolean;
  /** A new name; a link that is up may be renamed since Linux 6.2. */
  readonly name?: string;
  readonly mac?: string;
  /** Bytes. */
  readonly mtu?: number;
  /** Index of the bridge to join; null leaves the present one. */
  readonly master?: number | null;
  readonly namespace?: NetworkNamespace;
  /**
   * For a port of a bridge: whether a frame may go back where it came from. A container needs it to reach itself through
   * a port it publishes (Docker's `userland-proxy: false`). Takes a message of its own, after the one that sets `master`.
   */
  readonly hairpin?: boolean;
};

export type NewLink = Omit<LinkSettings, 'name' | 'hairpin'> & {
  readonly name: string;
  /** The index it shall have; the kernel chooses when it is missing. */
  readonly index?: number;
};

/** The other end of a veth pair. Bring it up with a message of its own: it cannot be before the pair is whole. */
export type VethPeer = Pick<NewLink, 'name' | 'index' | 'mac' | 'mtu' | 'namespace'>;

function ifinfomsg(index: number, up?: boolean): Uint8Array {
  const flags = up ? IFF_UP : 0;
  const change = up === undefined ? 0 : IFF_UP;
  return new ByteWriter(16).u8(AF.UNSPEC).u8(0).u16(0).i32(index).u32(flags).u32(change).finish();
}

function checkName(name: string): string {
  if (!/^[^\s/:]{1,15}$/.test(name) || name === '.' || name === '..') {
    throw new TypeError(
      `naming a network interface: ${JSON.stringify(name)} is not 1 to 15 characters without space, / or :`,
    );
  }
  return name;
}

function settingsAttributes({ name, mac, mtu, master, namespace, hairpin }: LinkSettings): Attribute[] {
  const attributes: Attribute[] = [];
  if (name !== undefined) attributes.push(textAttribute(IFLA.IFNAME, checkName(name)));
  if (mac !== undefined) attributes.push(bytesAttribute(IFLA.ADDRESS, parseMac(mac)));
  if (mtu !== undefined) attributes.push(u32Attribute(IFLA.MTU, mtu));
  if (master !== undefined) attributes.push(u32Attribute(IFLA.MASTER, master ?? 0));
  if (namespace && 'pid' in namespace) attributes.push(u32Attribute(IFLA.NET_NS_PID, namespace.pid));
  if (namespace && 'fd' in namespace) attributes.push(u32Attribute(IFLA.NET_NS_FD, namespace.fd));
  if (hairpin !== undefined) {
    const port = [u8Attribute(IFLA_BRPORT_MODE, hairpin ? 1 : 0)];
    const ofBridge = textAttribute(IFLA_INFO.SLAVE_KIND, 'bridge');
    attributes.push(nested(IFLA.LINKINFO, [ofBridge, nested(IFLA_INFO.SLAVE_DATA, port)]));
  }
  return attributes;
}

function createLink(kind: string, link: NewLink, data: readonly Attribute[]): Uint8Array {
  return netlinkMessage(RTM_NEWLINK, NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, ifinfomsg(link.index ?? 0, link.up), [
    ...settingsAttributes(link),
    nested(IFLA.LINKINFO, [
      textAttribute(IFLA_INFO.KIND, kind),
      ...(data.length > 0 ? [nested(IFLA_INFO.DATA, data)] : []),
    ]),
  ]);
}

/** `ip link add NAME type bridge`. */
export const createBridge = (bridge: NewLink): Uint8Array => createLink('bridge', bridge, []);

/** `ip link add NAME type veth peer name PEER netns …`: the peer comes into being in its namespace, under its final name. */
export function createVeth(link: NewLink, peer: VethPeer): Uint8Array {
  return createLink('veth', link, [nested(VETH_INFO_PEER, settingsAttributes(peer), ifinfomsg(peer.index ?? 0))]);
}

/** The index for the fixed header, and the name as an attribute when that is what is known. */
const refer = (link: LinkRef): [number, Attribute[]] =>
  typeof link === 'number' ? [link, []] : [0, [textAttribute(IFLA.IFNAME, checkName(link))]];

/** `ip link set`. To rename a link, refer to it by index. */
export function setLink(link: LinkRef, settings: LinkSettings): Uint8Array {
  if (typeof link === 'string' && settings.name !== undefined) {
    throw new TypeError(`renaming ${link} to ${settings.name}: refer to it by index`);
  }
  const [index, name] = refer(link);
  // NEWLINK without CREATE changes what exists, master included; SETLINK is its older, narrower twin.
  return netlinkMessage(RTM_NEWLINK, NLM_F.ACK, ifinfomsg(index, settings.up), [
    ...name,
    ...settingsAttributes(settings),
  ]);
}

/** `ip link del`; of a veth pair both ends go. */
export function deleteLink(link: LinkRef): Uint8Array {
  const [index, name] = refer(link);
  return netlinkMessage(RTM_DELLINK, NLM_F.ACK, ifinfomsg(index), name);
}

/** Asks for one link, with its counters. */
export function getLink(link: LinkRef): Uint8Array {
  const [index, name] = refer(link);
  return netlinkMessage(RTM_GETLINK, NLM_F.ACK, ifinfomsg(index), name);
}

/** Asks for all links of the namespace, with their counters. */
export const dumpLinks = (): Uint8Array =>
  netlinkMessage(RTM_GETLINK, NLM_F.DUMP, ifinfomsg(0), [u32Attribute(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS)]);

/** struct rtnl_link_stats64, as far as `docker stats` shows it; counts since the link was created. */
export type LinkStatistics = {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
};

export type Link = {
  readonly index: number;
  readonly name: string;
  /** IFF_* of net/if.h. */
  readonly flags: number;
  readonly up: boolean;
  /** RFC 2863: 6 is up, 2 is down, 0 unknown (lo). */
  readonly operstate: number;
  readonly mtu: number;
  readonly mac: string;
  /** `bridge`, `veth`, …; empty for a plain device. */
  readonly kind: string;
  readonly master?: number;
  /** Index of the veth peer; in which namespace says `linkNamespace` (an id of the kernel's; missing: this one). */
  readonly link?: number;
  readonly linkNamespace?: number;
  readonly statistics: LinkStatistics;
};

function decodeStatistics(bytes: Uint8Array): LinkStatistics {
  const reader = new ByteReader(bytes);
  const next = () => Number(reader.u64());
  return {
    rxPackets: next(),
    txPackets: next(),
    rxBytes: next(),
    txBytes: next(),
    rxErrors: next(),
    txErrors: next(),
    rxDropped: next(),
    txDropped: next(),
  };
}

function decodeLink(body: Uint8Array): Link {
  const reader = new ByteReader(body).skip(4);
  const index = reader.i32();
  const flags = reader.u32();
  const attributes = readAttributes(body.subarray(16));
  const info = readAttributes(attributes.get(IFLA.LINKINFO) ?? new Uint8Array());
  const kind = info.get(IFLA_INFO.KIND);
  const number = (type: number) => {
    const value = attributes.get(type);
    return value && u32Value(value);
  };
  return {
    index,
    name: textValue(attributes.get(IFLA.IFNAME)!),
    flags,
    up: (flags & IFF_UP) !== 0,
    operstate: attributes.get(IFLA.OPERSTATE)?.[0] ?? 0,
    mtu: number(IFLA.MTU) ?? 0,
    mac: formatMac(attributes.get(IFLA.ADDRESS) ?? new Uint8Array()),
    kind: kind ? textValue(kind) : '',
    master: number(IFLA.MASTER),
    link: number(IFLA.LINK),
    linkNamespace: number(IFLA.LINK_NETNSID),
    statistics: decodeStatistics(attributes.get(IFLA.STATS64)!),
  };
}

/** The links in the replies to `getLink` or `dumpLinks`. */
export const decodeLinks = (replies: Uint8Array): Link[] => repliesOfType(replies, RTM_NEWLINK).map(decodeLink);
