// Publishing a container's ports on the guest's host: address translation carries the connections; a socket of the
// agent's holds each port, so that a host's program cannot take it, nor a container one that a program has.

import { DockerError } from '../../api/error.ts';
import type { Channel } from '../../guest/channel.ts';
import { errnoText } from '../../guest/errno.ts';
import {
  addressFamily,
  ipv6Option,
  netlinkProtocol,
  socketLevel,
  socketOption,
  socketType,
} from '../../guest/linux.ts';
import { publishPort, unpublishPort } from '../../guest/netlink/bridge-rules.ts';
import { transaction } from '../../guest/netlink/nftables.ts';
import { transportProtocols } from '../../guest/netlink/nft-rule.ts';
import { type OpRef, ProgramBuilder } from '../../guest/program-builder.ts';
import { GuestError } from '../../guest/results.ts';
import { socketAddress } from '../../guest/socket-address.ts';
import { ByteWriter } from '../../lib/bytes.ts';
import type { Endpoint } from './endpoint.ts';
import { PortAllocator } from './port-allocator.ts';
import { proxyConnection } from './port-proxy.ts';
import type { PortRequest, PublishedPort } from './port-requests.ts';

/** A published port and the ID of the listener (TCP) or watch (others) that holds its socket. */
export type HeldPort = PublishedPort & { readonly holder: number };

/** Ports for one program: each of its sockets takes one of the program's registers. */
const socketsAtOnce = 48;

/** As often a port out of a range is tried when a program of the host has it (libnetwork's maxAllocatePortAttempts). */
const mostAttempts = 10;

const backlog = 4096;
const netlinkReplies = 16 * 1024;
const on = new ByteWriter(4).u32(1).finish();

const isIpv4 = (address: string): boolean => !address.includes(':');

export class PortPublisher {
  readonly #channel: Channel;
  readonly #ports = new PortAllocator();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Publishes all of `requests` for the container `name`, or throws the daemon's error and publishes none. */
  async publish(name: string, endpoint: Endpoint, requests: readonly PortRequest[]): Promise<HeldPort[]> {
    const held: HeldPort[] = [];
    try {
      for (const some of portions(requests)) held.push(...(await this.#publish(endpoint, some)));
      return held;
    } catch (error) {
      if (held.length > 0) {
        const p = new ProgramBuilder(`unpublish ports of ${name}`);
        this.unpublish(p, held);
        await this.#channel.run(p.build());
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new DockerError(
        'system',
        `failed to set up container networking: driver failed programming external connectivity on endpoint ${name} (${endpoint.id}): ${reason}`,
        { cause: error },
      );
    }
  }

  /** Goes on with ports that another engine has published. */
  adopt(endpoint: Endpoint, held: readonly HeldPort[]): void {
    for (const { hostIp, protocol, hostPort } of held) {
      this.#ports.take([hostIp], protocol, { first: hostPort, last: hostPort });
    }
    this.#serve(endpoint, held);
  }

  /** Adds to a program, which is to be sent at once, what takes published ports down again. */
  unpublish(p: ProgramBuilder, held: readonly HeldPort[]): void {
    p.step('unpublish ports');
    for (const { protocol, holder } of held) {
      if (protocol === 'tcp') p.try.unlisten(holder);
      else p.try.unwatch(holder);
    }
    const translated = held.filter(({ hostIp }) => isIpv4(hostIp));
    if (translated.length > 0)
      p.try.netlink(nftablesSocket(p), transaction(translated.flatMap(unpublishPort)), netlinkReplies);
    this.#release(held);
  }

  #release(ports: readonly PublishedPort[]): void {
    for (const { hostIp, protocol, hostPort } of ports) this.#ports.release(hostIp, protocol, hostPort);
  }

  async #publish(endpoint: Endpoint, requests: readonly PortRequest[]): Promise<HeldPort[]> {
    for (let attempt = 1; ; attempt++) {
      const chosen: HeldPort[] = [];
      try {
        for (const request of requests) chosen.push(...this.#choose(request));
        await this.#hold(endpoint, chosen, requests);
        return chosen;
      } catch (error) {
        this.#release(chosen);
        if (!(error instanceof PortInUse && error.isChoice && attempt < mostAttempts)) throw error;
      }
    }
  }

  #choose({ protocol, containerPort, addresses, range }: PortRequest): HeldPort[] {
    const hostPort = this.#ports.take(addresses, protocol, range);
    return addresses.map((hostIp) => ({
      protocol,
      containerPort,
      hostIp,
      hostPort,
      holder: this.#channel.allocateListener(),
    }));
  }

  async #hold(endpoint: Endpoint, ports: readonly HeldPort[], requests: readonly PortRequest[]): Promise<void> {
    const p = new ProgramBuilder(`publish ports on ${endpoint.address}`);
    const sockets = ports.map((port, index) => bindSocket(p.step(`port ${index}`), port));
    const translated = ports.filter(({ hostIp }) => isIpv4(hostIp));
    if (translated.length > 0) {
      p.step('nftables');
      const rules = translated.flatMap((port) => publishPort({ ...port, containerIp: endpoint.address }));
      p.netlink(nftablesSocket(p), transaction(rules), netlinkReplies);
    }
    // Only now: a connection accepted before the rules are there would take the way through the engine.
    ports.forEach(({ protocol, holder }, index) => {
      p.step(`port ${index}`);
      if (protocol !== 'tcp') return void p.watch(sockets[index]!, holder, 0);
      p.listen(sockets[index]!, backlog);
      p.listener(sockets[index]!, holder, this.#channel.initialCredit);
    });
    try {
      await this.#channel.run(p.build());
    } catch (error) {
      const index = error instanceof GuestError ? /^port (\d+)$/.exec(error.step)?.[1] : undefined;
      if (index === undefined) throw error;
      throw bindFailure(error as GuestError, ports[Number(index)]!, endpoint, requests);
    }
    this.#serve(endpoint, ports);
  }

  #serve(endpoint: Endpoint, ports: readonly HeldPort[]): void {
    for (const { protocol, holder, containerPort } of ports) {
      if (protocol !== 'tcp') continue;
      this.#channel.onAccept(holder, (client) => {
        void proxyConnection(this.#channel, client, endpoint.address, containerPort);
      });
    }
  }
}

/** Cut so that each program has registers enough; a single request has few addresses. */
function* portions(requests: readonly PortRequest[]): Generator<PortRequest[]> {
  let portion: PortRequest[] = [];
  let sockets = 0;
  for (const request of requests) {
    if (sockets + request.addresses.length > socketsAtOnce) {
      yield portion;
      [portion, sockets] = [[], 0];
    }
    portion.push(request);
    sockets += request.addresses.length;
  }
  if (portion.length > 0) yield portion;
}

function nftablesSocket(p: ProgramBuilder): OpRef {
  return p.socket(
    addressFamily.AF_NETLINK,
    socketType.SOCK_RAW | socketType.SOCK_CLOEXEC,
    netlinkProtocol.NETLINK_NETFILTER,
  );
}

function bindSocket(p: ProgramBuilder, { protocol, hostIp, hostPort }: PublishedPort): OpRef {
  const { family, bytes } = socketAddress(hostIp, hostPort);
  const type = protocol === 'udp' ? socketType.SOCK_DGRAM : socketType.SOCK_STREAM;
  const socket = p.socket(
    family,
    type | socketType.SOCK_NONBLOCK | socketType.SOCK_CLOEXEC,
    transportProtocols[protocol],
  );
  p.setsockopt(socket, socketLevel.SOL_SOCKET, socketOption.SO_REUSEADDR, on);
  if (!isIpv4(hostIp)) p.setsockopt(socket, socketLevel.IPPROTO_IPV6, ipv6Option.IPV6_V6ONLY, on);
  p.bind(socket, bytes);
  return socket;
}

/** A port that a program of the host has. */
class PortInUse extends Error {
  /** Whether another port would do as well. */
  readonly isChoice: boolean;

  constructor(message: string, isChoice: boolean) {
    super(message);
    this.isChoice = isChoice;
  }
}

function bindFailure(
  error: GuestError,
  port: PublishedPort,
  { address }: Endpoint,
  requests: readonly PortRequest[],
): PortInUse {
  const { protocol, containerPort, hostIp, hostPort } = port;
  const range = requests.find((one) => one.protocol === protocol && one.containerPort === containerPort)?.range;
  const isRange = range !== undefined && range.first !== range.last;
  const asked = range === undefined ? '' : isRange ? `${range.first}-${range.last}` : String(range.first);
  const host = isIpv4(hostIp) ? hostIp : `[${hostIp}]`;
  const binding = `${host}:${asked}:${address}:${containerPort}/${protocol}`;
  const reason = errnoText(error.errno).toLowerCase();
  const attempt = error.description.startsWith('socket(')
    ? `failed to create socket for userland proxy for ${binding}`
    : error.description.startsWith('listen(')
      ? 'failed to listen on TCP socket'
      : `failed to bind host port ${isRange ? `${hostPort} ` : ''}for ${binding}`;
  return new PortInUse(`${attempt}: ${reason}`, range === undefined || isRange);
}
