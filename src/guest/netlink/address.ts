// rtnetlink messages about addresses, routes and neighbours (rtnetlink(7), linux/if_addr.h, linux/neighbour.h).

import { ByteReader, ByteWriter } from '../../lib/bytes.ts';
import { AF, broadcastOf, familyOf, formatIp, formatMac, parseCidr, parseIp } from './ip-address.ts';
import {
  type Attribute,
  NLM_F,
  bytesAttribute,
  netlinkMessage,
  readAttributes,
  repliesOfType,
  u32Attribute,
  u32Value,
} from './message.ts';

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
const RTM_NEWNEIGH = 28;
const RTM_GETNEIGH = 30;

const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const IFA_F_NODAD = 0x02;
const RTA = { DST: 1, OIF: 4, GATEWAY: 5, TABLE: 15 } as const;
const NDA = { DST: 1, LLADDR: 2 } as const;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE = { UNIVERSE: 0, LINK: 253 } as const;
const RTN_UNICAST = 1;

function addressMessage(type: number, flags: number, index: number, cidr: string): Uint8Array {
  const address = parseCidr(cidr);
  const { ip, prefix } = address;
  const v4 = ip.length === 4;
  const fixed = new ByteWriter(8)
    .u8(familyOf(ip))
    .u8(prefix)
    // Docker turns duplicate address detection off: it owns the network, and a tentative address cannot be bound yet.
    .u8(v4 ? 0 : IFA_F_NODAD)
    .u8(RT_SCOPE.UNIVERSE)
    .u32(index)
    .finish();
  const attributes: Attribute[] = [bytesAttribute(IFA.LOCAL, ip), bytesAttribute(IFA.ADDRESS, ip)];
  // A network of one or two addresses has no broadcast address (RFC 3021).
  if (v4 && prefix < 31) attributes.push(bytesAttribute(IFA.BROADCAST, broadcastOf(address)));
  return netlinkMessage(type, flags, fixed, attributes);
}

/** `ip addr add CIDR brd + dev …`: IPv4 with its broadcast address, IPv6 with `nodad`, as Docker sets both. */
export const addAddress = (index: number, cidr: string): Uint8Array =>
  addressMessage(RTM_NEWADDR, NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, index, cidr);

/** `ip addr del CIDR dev …`. */
export const deleteAddress = (index: number, cidr: string): Uint8Array =>
  addressMessage(RTM_DELADDR, NLM_F.ACK, index, cidr);

/** A route in the main table. Without `destination` it is the default route; without `gateway` the link reaches it. */
export type Route = {
  readonly destination?: string;
  readonly gateway?: string;
  readonly index?: number;
};

function routeMessage(type: number, flags: number, { destination, gateway, index }: Route): Uint8Array {
  const via = gateway === undefined ? undefined : parseIp(gateway);
  const to = destination === undefined ? undefined : parseCidr(destination);
  if (!via && index === undefined) throw new TypeError('encoding a route: it has neither a gateway nor a link');
  const fixed = new ByteWriter(12)
    .u8(familyOf(via ?? to?.ip ?? new Uint8Array(4)))
    .u8(to?.prefix ?? 0)
    .u8(0)
    .u8(0)
    .u8(RT_TABLE_MAIN)
    .u8(RTPROT_BOOT)
    .u8(via ? RT_SCOPE.UNIVERSE : RT_SCOPE.LINK)
    .u8(RTN_UNICAST)
    .u32(0)
    .finish();
  const attributes: Attribute[] = [];
  if (to && to.prefix > 0) attributes.push(bytesAttribute(RTA.DST, to.ip));
  if (via) attributes.push(bytesAttribute(RTA.GATEWAY, via));
  if (index !== undefined) attributes.push(u32Attribute(RTA.OIF, index));
  return netlinkMessage(type, flags, fixed, attributes);
}

/** `ip route add DESTINATION|default via GATEWAY dev …`. The link must be up and the gateway within reach. */
export const addRoute = (route: Route): Uint8Array =>
  routeMessage(RTM_NEWROUTE, NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, route);

/** `ip route del …`. */
export const deleteRoute = (route: Route): Uint8Array => routeMessage(RTM_DELROUTE, NLM_F.ACK, route);

const familyOnly = (family: number, length: number) =>
  new ByteWriter(length)
    .u8(family)
    .zeros(length - 1)
    .finish();

/** Asks for all addresses of the namespace. */
export const dumpAddresses = (): Uint8Array => netlinkMessage(RTM_GETADDR, NLM_F.DUMP, familyOnly(AF.UNSPEC, 8));
/** Asks for all routes of one family. */
export const dumpRoutes = (family: number = AF.INET): Uint8Array =>
  netlinkMessage(RTM_GETROUTE, NLM_F.DUMP, familyOnly(family, 12));
/** Asks for the neighbour (ARP, NDP) tables. */
export const dumpNeighbours = (): Uint8Array => netlinkMessage(RTM_GETNEIGH, NLM_F.DUMP, familyOnly(AF.UNSPEC, 12));

export type InterfaceAddress = {
  readonly index: number;
  readonly address: string;
  readonly prefix: number;
  readonly broadcast?: string;
  /** 0 global, 253 link, 254 host. */
  readonly scope: number;
};

/** The addresses in the replies to `dumpAddresses`. */
export const decodeAddresses = (replies: Uint8Array): InterfaceAddress[] =>
  repliesOfType(replies, RTM_NEWADDR).map((body) => {
    const reader = new ByteReader(body).skip(1);
    const prefix = reader.u8();
    const scope = reader.skip(1).u8();
    const index = reader.u32();
    const attributes = readAttributes(body.subarray(8));
    const broadcast = attributes.get(IFA.BROADCAST);
    // On a point-to-point link ADDRESS is the other side's; IPv6 has no LOCAL elsewhere.
    const address = (attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS))!;
    return { index, address: formatIp(address), prefix, scope, broadcast: broadcast && formatIp(broadcast) };
  });

export type RouteEntry = {
  /** CIDR, or `default`. */
  readonly destination: string;
  readonly gateway?: string;
  readonly index?: number;
  readonly table: number;
  /** 1 unicast, 2 local, 3 broadcast, … */
  readonly type: number;
};

/** The routes in the replies to `dumpRoutes`, those of the kernel's `local` table (255) included. */
export const decodeRoutes = (replies: Uint8Array): RouteEntry[] =>
  repliesOfType(replies, RTM_NEWROUTE).map((body) => {
    const attributes = readAttributes(body.subarray(12));
    const destination = attributes.get(RTA.DST);
    const gateway = attributes.get(RTA.GATEWAY);
    const index = attributes.get(RTA.OIF);
    const table = attributes.get(RTA.TABLE);
    return {
      destination: destination ? `${formatIp(destination)}/${body[1]!}` : 'default',
      gateway: gateway && formatIp(gateway),
      index: index && u32Value(index),
      table: table ? u32Value(table) : body[4]!,
      type: body[7]!,
    };
  });

export type Neighbour = {
  readonly index: number;
  readonly address: string;
  readonly mac?: string;
  /** NUD_*: 2 reachable, 4 stale, 0x20 failed, 0x80 permanent. */
  readonly state: number;
};

/** The neighbours in the replies to `dumpNeighbours`. */
export const decodeNeighbours = (replies: Uint8Array): Neighbour[] =>
  repliesOfType(replies, RTM_NEWNEIGH).flatMap((body) => {
    const reader = new ByteReader(body).skip(4);
    const index = reader.i32();
    const state = reader.u16();
    const attributes = readAttributes(body.subarray(12));
    const address = attributes.get(NDA.DST);
    const mac = attributes.get(NDA.LLADDR);
    return address ? [{ index, address: formatIp(address), mac: mac && formatMac(mac), state }] : [];
  });
