// The default bridge network: docker0 with 172.17.0.0/16, as dockerd makes it at its start.

import type { Network } from '../../api/network.ts';
import { addressFamily, netlinkProtocol, open, socketType } from '../../guest/linux.ts';
import { addAddress } from '../../guest/netlink/address.ts';
import { createBridge } from '../../guest/netlink/link.ts';
import { batch } from '../../guest/netlink/message.ts';
import type { ProgramBuilder } from '../../guest/program-builder.ts';
import { randomHex } from '../../lib/hex.ts';
import type { EngineIdentity } from '../state/identity.ts';
import type { Endpoint } from './endpoint.ts';
import { AddressPool, macForIpv4 } from './ipam.ts';

const bridgeName = 'docker0';

/** Fixed, so that veths can name their master without asking for it first. */
const bridgeIndex = 3;

const subnet = '172.17.0.0/16';

export class BridgeNetwork {
  readonly id: string;
  readonly index = bridgeIndex;
  readonly #pool = new AddressPool(subnet);
  readonly #created: string;
  readonly #endpoints = new Map<string, Endpoint>();

  constructor({ networks, created }: EngineIdentity) {
    this.id = networks.bridge;
    this.#created = created;
  }

  get gateway(): string {
    return this.#pool.gateway;
  }

  /** Adds the making of docker0 to a program that runs once in a fresh guest. */
  create(p: ProgramBuilder): void {
    p.step('docker0');
    const socket = p.socket(
      addressFamily.AF_NETLINK,
      socketType.SOCK_RAW | socketType.SOCK_CLOEXEC,
      netlinkProtocol.NETLINK_ROUTE,
    );
    p.netlink(
      socket,
      batch([
        createBridge({ name: bridgeName, index: bridgeIndex, mac: macForIpv4(this.#pool.gateway), up: true }),
        addAddress(bridgeIndex, `${this.#pool.gateway}/${this.#pool.prefixLength}`),
      ]),
      4096,
    );
    p.writeFile('/proc/sys/net/ipv4/ip_forward', '1', open.O_WRONLY, 0);
    // Without it what the host sends to a published port of 127.0.0.1 could not leave through the bridge.
    p.writeFile(`/proc/sys/net/ipv4/conf/${bridgeName}/route_localnet`, '1', open.O_WRONLY, 0);
  }

  /** Reserves an address for a container; nothing happens in the guest. */
  connect(sandboxId: string, mac?: string): Endpoint {
    const address = this.#pool.allocate();
    const id = randomHex();
    const endpoint: Endpoint = {
      id,
      networkId: this.id,
      networkName: 'bridge',
      sandboxId,
      address,
      prefixLength: this.#pool.prefixLength,
      gateway: this.#pool.gateway,
      mac: mac || macForIpv4(address),
      hostInterface: `veth${id.slice(0, 7)}`,
    };
    this.#endpoints.set(id, endpoint);
    return endpoint;
  }

  /** Goes on with an endpoint that another engine has connected. */
  adopt(endpoint: Endpoint): void {
    this.#pool.allocate(endpoint.address);
    this.#endpoints.set(endpoint.id, endpoint);
  }

  disconnect(endpoint: Endpoint): void {
    this.#endpoints.delete(endpoint.id);
    this.#pool.release(endpoint.address);
  }

  /** As `docker network inspect bridge` shows it. */
  inspect(containers: Network['Containers']): Network {
    return {
      Name: 'bridge',
      Id: this.id,
      Created: this.#created,
      Scope: 'local',
      Driver: 'bridge',
      EnableIPv4: true,
      EnableIPv6: false,
      IPAM: { Driver: 'default', Options: null, Config: [{ Subnet: subnet, Gateway: this.#pool.gateway }] },
      Internal: false,
      Attachable: false,
      Ingress: false,
      ConfigFrom: { Network: '' },
      ConfigOnly: false,
      Containers: containers,
      Options: {
        'com.docker.network.bridge.default_bridge': 'true',
        'com.docker.network.bridge.enable_icc': 'true',
        'com.docker.network.bridge.enable_ip_masquerade': 'true',
        'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
        'com.docker.network.bridge.name': bridgeName,
        'com.docker.network.driver.mtu': '1500',
      },
      Labels: {},
    };
  }
}
