// What docker-proxy is for: connections to a published port that address translation cannot carry, as those over IPv6 to
// a container that has IPv4 only. The agent accepts them, and the bytes go through the engine.

import type { Channel } from '../../guest/channel.ts';
import { socketType } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { socketAddress } from '../../guest/socket-address.ts';
import type { Duplex } from '../../lib/duplex.ts';

/** Mode of the `stream` op. */
const bothWays = 3;

/** Connects `client` with a port of a container until both have ended. A container that refuses closes it. */
export async function proxyConnection(channel: Channel, client: Duplex, ip: string, port: number): Promise<void> {
  const { family, bytes } = socketAddress(ip, port);
  const id = channel.allocateStream();
  const p = new ProgramBuilder(`connect to ${ip}:${port}`);
  // The agent must not wait for a container that does not answer.
  const socket = p.socket(family, socketType.SOCK_STREAM | socketType.SOCK_NONBLOCK | socketType.SOCK_CLOEXEC);
  p.try.connect(socket, bytes);
  p.stream(socket, id, bothWays, channel.initialCredit);
  try {
    await channel.run(p.build());
    const container = channel.stream(id);
    await Promise.all([client.readable.pipeTo(container.writable), container.readable.pipeTo(client.writable)]);
  } catch {
    // pipeTo has passed the failure of one side on to the other.
    await Promise.allSettled([client.readable.cancel(), client.writable.abort()]);
  }
}
