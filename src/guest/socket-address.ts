import { ByteWriter } from '../lib/bytes.ts';
import { addressFamily } from './linux.ts';
import { parseIp } from './netlink/ip-address.ts';

/** `struct sockaddr_in` or `sockaddr_in6` for `bind` and `connect`. */
export function socketAddress(ip: string, port: number): { family: number; bytes: Uint8Array } {
  const address = parseIp(ip);
  const isIpv4 = address.length === 4;
  const family = isIpv4 ? addressFamily.AF_INET : addressFamily.AF_INET6;
  const head = new ByteWriter(28)
    .u16(family)
    .u8(port >> 8)
    .u8(port & 255);
  const bytes = isIpv4 ? head.bytes(address).u64(0) : head.u32(0).bytes(address).u32(0);
  return { family, bytes: bytes.finish() };
}
