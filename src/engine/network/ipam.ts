import { DockerError } from '../../api/error.ts';

/** An IPv4 address as an unsigned 32-bit number. */
export function parseIpv4(text: string): number {
  const parts = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  if (parts.length !== 4 || parts.some((part) => part > 255)) {
    throw new DockerError('invalid-parameter', `invalid IP address: ${text}`);
  }
  return parts.reduce((value, part) => value * 256 + part, 0);
}

export const formatIpv4 = (address: number): string =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** The bytes of an address in network order. */
export const ipv4Bytes = (text: string): Uint8Array => {
  const address = parseIpv4(text);
  return Uint8Array.of(address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255);
};

/**
 * Hands out the addresses of one IPv4 subnet, the lowest free one first as libnetwork does: a container that restarts
 * gets its address again unless another has taken it.
 */
export class AddressPool {
  readonly subnet: string;
  readonly gateway: string;
  readonly prefixLength: number;
  readonly #first: number;
  readonly #last: number;
  readonly #used = new Set<number>();

  constructor(subnet: string, gateway?: string) {
    const [base, length] = subnet.split('/');
    this.subnet = subnet;
    this.prefixLength = Number(length);
    const network = parseIpv4(base!);
    this.#first = network + 1;
    this.#last = network + 2 ** (32 - this.prefixLength) - 2;
    this.gateway = gateway ?? formatIpv4(this.#first);
    this.#used.add(parseIpv4(this.gateway));
  }

  get broadcast(): string {
    return formatIpv4(this.#last + 1);
  }

  /** Reserves `wanted`, or the lowest free address. */
  allocate(wanted?: string): string {
    if (wanted !== undefined) {
      const address = parseIpv4(wanted);
      if (address < this.#first || address > this.#last) {
        throw new DockerError('invalid-parameter', `no configured subnet contains IP address ${wanted}`);
      }
      if (this.#used.has(address)) throw new DockerError('conflict', 'Address already in use');
      this.#used.add(address);
      return wanted;
    }
    for (let address = this.#first; address <= this.#last; address++) {
      if (this.#used.has(address)) continue;
      this.#used.add(address);
      return formatIpv4(address);
    }
    throw new DockerError('system', "no available IPv4 addresses on this network's address pools");
  }

  release(address: string): void {
    this.#used.delete(parseIpv4(address));
  }
}

/** The MAC address Docker derives from an IPv4 address: 02:42 and the address. */
export const macForIpv4 = (address: string): string =>
  ['02', '42', ...[...ipv4Bytes(address)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
