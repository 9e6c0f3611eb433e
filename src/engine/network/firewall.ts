import { addressFamily, netlinkProtocol, socketType } from '../../guest/linux.ts';
import { bridgeRules, dockerTable } from '../../guest/netlink/bridge-rules.ts';
import { transaction } from '../../guest/netlink/nftables.ts';
import type { ProgramBuilder } from '../../guest/program-builder.ts';

/** Adds dockerd's rules for the default bridge (masquerading, forwarding) to a program: one nftables transaction. */
export function addBridgeRules(p: ProgramBuilder): void {
  p.step('nftables');
  const socket = p.socket(
    addressFamily.AF_NETLINK,
    socketType.SOCK_RAW | socketType.SOCK_CLOEXEC,
    netlinkProtocol.NETLINK_NETFILTER,
  );
  const rules = [...dockerTable(), ...bridgeRules({ bridge: 'docker0', subnet: '172.17.0.0/16' })];
  p.netlink(socket, transaction(rules), 16 * 1024);
}
