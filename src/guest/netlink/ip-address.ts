// Text forms of IP and hardware addresses to and from the bytes that netlink carries.

import ipaddr from 'ipaddr.js';

/** Address families (linux/socket.h). */
export const AF = { UNSPEC: 0, UNIX: 1, INET: 2, BRIDGE: 7, INET6: 10 } as const;

/** 4 or 16 bytes, network order. Throws when the text is no IPv4 (four decimal parts) or IPv6 address. */
export function parseIp(text: string): Uint8Array {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) {
    throw new TypeError(`parsing an IP address: ${JSON.stringify(text)} is none`);
  }
  return Uint8Array.from(ipaddr.parse(text).toByteArray());
}

/** The usual text form; RFC 5952 for IPv6. */
export function formatIp(bytes: Uint8Array): string {
  const address = ipaddr.fromByteArray([...bytes]);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

export const familyOf = (ip: Uint8Array): number => (ip.length === 4 ? AF.INET : AF.INET6);

/** An address and the length of its network's prefix in bits. */
export type Cidr = { readonly ip: Uint8Array; readonly prefix: number };

/** `172.17.0.1/16` or `fd00::1/64`; without a prefix the whole address counts. Throws on anything else. */
export function parseCidr(text: string): Cidr {
  const [address = '', length, ...rest] = text.split('/');
  const ip = parseIp(address);
  const prefix = length === undefined ? ip.length * 8 : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (rest.length > 0 || prefix < 0 || prefix > ip.length * 8) {
    throw new TypeError(`parsing a network address: ${JSON.stringify(text)} has no valid prefix length`);
  }
  return { ip, prefix };
}

/** The mask of a prefix: `prefix` ones in `length` bytes. */
export const maskOf = (prefix: number, length = 4): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => 0xff00 >> Math.min(8, Math.max(0, prefix - index * 8)));

/** The network an address lies in: its host bits cleared. */
export const networkOf = ({ ip, prefix }: Cidr): Uint8Array => {
  const mask = maskOf(prefix, ip.length);
  return ip.map((byte, index) => byte & mask[index]!);
};

/** The directed broadcast address of an IPv4 network: its host bits set. */
export const broadcastOf = ({ ip, prefix }: Cidr): Uint8Array => {
  const mask = maskOf(prefix, ip.length);
  return ip.map((byte, index) => byte | (~mask[index]! & 0xff));
};

/** Six bytes of `02:42:ac:11:00:02`. Throws when it is not of that form. */
export function parseMac(text: string): Uint8Array {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) {
    throw new TypeError(`parsing a MAC address: ${JSON.stringify(text)} is not six hexadecimal bytes`);
  }
  return Uint8Array.from(text.split(':'), (byte) => parseInt(byte, 16));
}

export const formatMac = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
