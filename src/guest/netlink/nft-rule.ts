// A small language for nftables rules, reading as `nft` prints them:
//   addRule('docker', 'postrouting', ip.saddr.is('172.17.0.0/16'), meta.oifname.isNot('docker0'), masquerade)
// A statement is a list of the kernel's expressions (nft's --debug=netlink), which work on registers: a match loads a
// field into register 1 and compares it.

import { ByteWriter, encodeUtf8 } from '../../lib/bytes.ts';
import { maskOf, networkOf, parseCidr, parseIp } from './ip-address.ts';
import { type Attribute, be32Attribute, bytesAttribute, nested, textAttribute } from './message.ts';

/** One statement of a rule, as the expressions that make it. */
export type Statement = readonly Attribute[];

const NFTA_LIST_ELEM = 1;
const NFTA_EXPR = { NAME: 1, DATA: 2 } as const;
const NFTA_DATA = { VALUE: 1, VERDICT: 2 } as const;
const NFTA_VERDICT = { CODE: 1, CHAIN: 2 } as const;
const NFTA_PAYLOAD = { DREG: 1, BASE: 2, OFFSET: 3, LEN: 4 } as const;
const NFTA_META = { DREG: 1, KEY: 2 } as const;
const NFTA_CT = { DREG: 1, KEY: 2 } as const;
const NFTA_FIB = { DREG: 1, RESULT: 2, FLAGS: 3 } as const;
const NFTA_CMP = { SREG: 1, OP: 2, DATA: 3 } as const;
const NFTA_BITWISE = { SREG: 1, DREG: 2, LEN: 3, MASK: 4, XOR: 5 } as const;
const NFTA_IMMEDIATE = { DREG: 1, DATA: 2 } as const;
const NFTA_LOOKUP = { SET: 1, SREG: 2, DREG: 3 } as const;
const NFTA_NAT = { TYPE: 1, FAMILY: 2, REG_ADDR_MIN: 3, REG_PROTO_MIN: 5 } as const;

const NFT_REG_VERDICT = 0;
const NFT_REG_1 = 1;
const NFT_REG_2 = 2;
/** The second and further 32-bit parts of register 1, for keys of several parts: 9, 10, … */
const NFT_REG32_00 = 8;
const NFT_CMP = { EQ: 0, NEQ: 1 } as const;
const NFT_PAYLOAD = { NETWORK_HEADER: 1, TRANSPORT_HEADER: 2 } as const;
const NFT_META = { IIFNAME: 6, OIFNAME: 7, L4PROTO: 16 } as const;
const NFT_CT = { STATE: 0, STATUS: 2 } as const;
const NFT_FIB_RESULT_ADDRTYPE = 3;
const NFTA_FIB_F = { SADDR: 1, DADDR: 2 } as const;
const NFT_NAT = { SNAT: 0, DNAT: 1 } as const;
const NFPROTO_IPV4 = 2;
const RTN_LOCAL = 2;
const IFNAMSIZ = 16;

/** Negative codes are nftables' own; accept and drop are netfilter's. */
const verdicts = { drop: 0, accept: 1, jump: -3, goto: -4, return: -5 } as const;

const expression = (name: string, attributes: readonly Attribute[]): Attribute =>
  nested(NFTA_LIST_ELEM, [textAttribute(NFTA_EXPR.NAME, name), nested(NFTA_EXPR.DATA, attributes)]);

const data = (type: number, value: Uint8Array): Attribute => nested(type, [bytesAttribute(NFTA_DATA.VALUE, value)]);

/** Integers that the kernel keeps in its own byte order in a register: little-endian on every machine we run on. */
const native32 = (value: number): Uint8Array => new ByteWriter(4).u32(value).finish();
const network16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value);

const compare = (operation: number, value: Uint8Array): Attribute =>
  expression('cmp', [
    be32Attribute(NFTA_CMP.SREG, NFT_REG_1),
    be32Attribute(NFTA_CMP.OP, operation),
    data(NFTA_CMP.DATA, value),
  ]);

const mask = (value: Uint8Array): Attribute =>
  expression('bitwise', [
    be32Attribute(NFTA_BITWISE.SREG, NFT_REG_1),
    be32Attribute(NFTA_BITWISE.DREG, NFT_REG_1),
    be32Attribute(NFTA_BITWISE.LEN, value.length),
    data(NFTA_BITWISE.MASK, value),
    data(NFTA_BITWISE.XOR, new Uint8Array(value.length)),
  ]);

/** Loads a part of the packet, or what is known of it, into a register. */
type Load = (register: number) => Attribute;

const payload =
  (base: number, offset: number, length: number): Load =>
  (register) =>
    expression('payload', [
      be32Attribute(NFTA_PAYLOAD.DREG, register),
      be32Attribute(NFTA_PAYLOAD.BASE, base),
      be32Attribute(NFTA_PAYLOAD.OFFSET, offset),
      be32Attribute(NFTA_PAYLOAD.LEN, length),
    ]);
const metaLoad =
  (key: number): Load =>
  (register) =>
    expression('meta', [be32Attribute(NFTA_META.DREG, register), be32Attribute(NFTA_META.KEY, key)]);

/** A field that can be part of a map's key. */
export type KeyField = { readonly load: Load };

function address(offset: number) {
  const load = payload(NFT_PAYLOAD.NETWORK_HEADER, offset, 4);
  const match = (operation: number, cidr: string): Statement => {
    const { ip: given, prefix } = parseCidr(cidr);
    if (given.length !== 4) throw new TypeError(`matching an IPv4 address: ${cidr} is none`);
    const network = networkOf({ ip: given, prefix });
    const whole = prefix / 8;
    // A prefix of whole bytes needs no mask: fewer bytes are loaded.
    if (prefix > 0 && Number.isInteger(whole)) {
      const part = payload(NFT_PAYLOAD.NETWORK_HEADER, offset, whole);
      return [part(NFT_REG_1), compare(operation, network.subarray(0, whole))];
    }
    return [load(NFT_REG_1), mask(maskOf(prefix)), compare(operation, network)];
  };
  return {
    load,
    is: (cidr: string) => match(NFT_CMP.EQ, cidr),
    isNot: (cidr: string) => match(NFT_CMP.NEQ, cidr),
  };
}

function interfaceName(key: number) {
  const load = metaLoad(key);
  const match = (operation: number, name: string): Statement => {
    const bytes = encodeUtf8(name);
    if (bytes.length >= IFNAMSIZ) throw new TypeError(`matching an interface: ${name} is longer than 15 bytes`);
    return [load(NFT_REG_1), compare(operation, new ByteWriter(IFNAMSIZ).bytes(bytes).align(IFNAMSIZ).finish())];
  };
  return { load, is: (name: string) => match(NFT_CMP.EQ, name), isNot: (name: string) => match(NFT_CMP.NEQ, name) };
}

/** Transport protocols a port can belong to, by their IP number. */
export const transportProtocols = { tcp: 6, udp: 17, sctp: 132 } as const;
export type TransportProtocol = keyof typeof transportProtocols;

export const ip = { saddr: address(12), daddr: address(16) };

const l4proto = metaLoad(NFT_META.L4PROTO);
export const meta = {
  iifname: interfaceName(NFT_META.IIFNAME),
  oifname: interfaceName(NFT_META.OIFNAME),
  l4proto: {
    load: l4proto,
    is: (protocol: TransportProtocol): Statement => [
      l4proto(NFT_REG_1),
      compare(NFT_CMP.EQ, Uint8Array.of(transportProtocols[protocol])),
    ],
  },
};

/** The transport header, where TCP, UDP and SCTP have their ports alike. */
export const th = { dport: { load: payload(NFT_PAYLOAD.TRANSPORT_HEADER, 2, 2) } };

/** Any of these bits of what connection tracking knows. */
function trackedBits<Name extends string>(key: number, bits: Record<Name, number>) {
  return (...names: Name[]): Statement => [
    expression('ct', [be32Attribute(NFTA_CT.DREG, NFT_REG_1), be32Attribute(NFTA_CT.KEY, key)]),
    mask(native32(names.reduce((joined, name) => joined | bits[name], 0))),
    compare(NFT_CMP.NEQ, native32(0)),
  ];
}

export const ct = {
  /** `ct state established,related` */
  state: trackedBits(NFT_CT.STATE, { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 }),
  /** `ct status dnat` */
  status: trackedBits(NFT_CT.STATUS, { snat: 0x10, dnat: 0x20 }),
};

const isLocal = (flags: number): Statement => [
  expression('fib', [
    be32Attribute(NFTA_FIB.DREG, NFT_REG_1),
    be32Attribute(NFTA_FIB.RESULT, NFT_FIB_RESULT_ADDRTYPE),
    be32Attribute(NFTA_FIB.FLAGS, flags),
  ]),
  compare(NFT_CMP.EQ, native32(RTN_LOCAL)),
];

export const fib = {
  /** `fib saddr type local` */
  saddrLocal: isLocal(NFTA_FIB_F.SADDR),
  /** `fib daddr type local` */
  daddrLocal: isLocal(NFTA_FIB_F.DADDR),
};

/** A verdict as rules and maps hold it; jumps name a chain. */
export function verdictData(verdict: keyof typeof verdicts, chain?: string): Attribute {
  const attributes = [be32Attribute(NFTA_VERDICT.CODE, verdicts[verdict])];
  if (chain !== undefined) attributes.push(textAttribute(NFTA_VERDICT.CHAIN, chain));
  return nested(NFTA_DATA.VERDICT, attributes);
}

const verdict = (name: keyof typeof verdicts, chain?: string): Statement => [
  expression('immediate', [
    be32Attribute(NFTA_IMMEDIATE.DREG, NFT_REG_VERDICT),
    nested(NFTA_IMMEDIATE.DATA, [verdictData(name, chain)]),
  ]),
];

export const accept = verdict('accept');
export const drop = verdict('drop');
export const jump = (chain: string): Statement => verdict('jump', chain);

/** Counts the packets and bytes that come this far. */
export const counter: Statement = [expression('counter', [])];

/** `FIELD . FIELD vmap @MAP`: does what the map says for these fields; goes on with the next rule when it says nothing. */
export const verdictMap = (fields: readonly KeyField[], map: string): Statement => [
  ...fields.map(({ load }, index) => load(index === 0 ? NFT_REG_1 : NFT_REG32_00 + index)),
  expression('lookup', [
    textAttribute(NFTA_LOOKUP.SET, map),
    be32Attribute(NFTA_LOOKUP.SREG, NFT_REG_1),
    be32Attribute(NFTA_LOOKUP.DREG, NFT_REG_VERDICT),
  ]),
];

const immediate = (register: number, value: Uint8Array): Attribute =>
  expression('immediate', [be32Attribute(NFTA_IMMEDIATE.DREG, register), data(NFTA_IMMEDIATE.DATA, value)]);

/** `dnat to ADDRESS:PORT`, in a nat chain at prerouting or output, for a rule that matched a transport protocol. */
export const dnat = (to: string, port: number): Statement => [
  immediate(NFT_REG_1, parseIp(to)),
  immediate(NFT_REG_2, network16(port)),
  expression('nat', [
    be32Attribute(NFTA_NAT.TYPE, NFT_NAT.DNAT),
    be32Attribute(NFTA_NAT.FAMILY, NFPROTO_IPV4),
    be32Attribute(NFTA_NAT.REG_ADDR_MIN, NFT_REG_1),
    be32Attribute(NFTA_NAT.REG_PROTO_MIN, NFT_REG_2),
  ]),
];

/** `snat to ADDRESS`, in a nat chain at postrouting. */
export const snat = (to: string): Statement => [
  immediate(NFT_REG_1, parseIp(to)),
  expression('nat', [
    be32Attribute(NFTA_NAT.TYPE, NFT_NAT.SNAT),
    be32Attribute(NFTA_NAT.FAMILY, NFPROTO_IPV4),
    be32Attribute(NFTA_NAT.REG_ADDR_MIN, NFT_REG_1),
  ]),
];

/** Replaces the source address by that of the interface the packet leaves through. */
export const masquerade: Statement = [expression('masq', [])];
