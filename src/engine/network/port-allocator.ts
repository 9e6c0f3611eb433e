import { DockerError } from '../../api/error.ts';
import type { TransportProtocol } from '../../guest/netlink/nft-rule.ts';

/** Where ports come from that nobody chose: the kernel's own default of ip_local_port_range. */
const ephemeral: PortRange = { first: 32768, last: 60999 };

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The host's published ports by address and protocol, handed out as libnetwork's portallocator does. */
export class PortAllocator {
  readonly #taken = new Map<string, Set<number>>();
  /** The port last given of each range asked for, whose next one is tried first. */
  readonly #last = new Map<string, number>();

  /**
   * Takes one port on all of `addresses`: the one wanted, or the next free one of a range (of the ephemeral ports without
   * any). Throws the daemon's error when there is none.
   */
  take(addresses: readonly string[], protocol: TransportProtocol, wanted?: PortRange): number {
    const sets = addresses.map((address) => this.#set(address, protocol));
    if (wanted && wanted.first === wanted.last) {
      const taken = sets.findIndex((set) => set.has(wanted.first));
      if (taken >= 0) {
        throw new DockerError(
          'system',
          `Bind for ${addresses[taken]}:${wanted.first} failed: port is already allocated`,
        );
      }
      for (const set of sets) set.add(wanted.first);
      return wanted.first;
    }
    const { first, last } = wanted ?? ephemeral;
    const keys = addresses.map((address) => `${address} ${protocol} ${first}-${last}`);
    let port = this.#last.get(keys[0]!) ?? last;
    for (let tried = first; tried <= last; tried++) {
      port = port >= last ? first : port + 1;
      if (sets.some((set) => set.has(port))) continue;
      for (const set of sets) set.add(port);
      for (const key of keys) this.#last.set(key, port);
      return port;
    }
    throw new DockerError('system', 'all ports are allocated');
  }

  release(address: string, protocol: TransportProtocol, port: number): void {
    this.#set(address, protocol).delete(port);
  }

  #set(address: string, protocol: TransportProtocol): Set<number> {
    const key = `${address} ${protocol}`;
    let set = this.#taken.get(key);
    if (!set) this.#taken.set(key, (set = new Set()));
    return set;
  }
}
