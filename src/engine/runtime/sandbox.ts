// A container's network namespace with its end of the default bridge: libnetwork's sandbox, made without a process in
// it. The agent itself steps into the new namespace for a moment; the file under /var/run/docker/netns keeps it alive.

import { addressFamily, clone, mount, netlinkProtocol, open, socketType, umount } from '../../guest/linux.ts';
import { addAddress, addRoute } from '../../guest/netlink/address.ts';
import { createVeth, deleteLink, setLink } from '../../guest/netlink/link.ts';
import { batch } from '../../guest/netlink/message.ts';
import type { ProgramBuilder } from '../../guest/program-builder.ts';
import type { Endpoint } from '../network/endpoint.ts';
import { sandboxKey } from './paths.ts';

/** Interface indices are per namespace, so ours can be the same in every one. */
const loopbackIndex = 1;
const containerInterface = { name: 'eth0', index: 2 } as const;

/** The descriptor number under which the new namespace is known in a netlink message, which has no registers. */
const namespaceFd = 1000;

const netlinkReplies = 4096;

/** Opens an rtnetlink socket; it stays with the namespace it was opened in. */
const routeSocket = (p: ProgramBuilder) =>
  p.socket(addressFamily.AF_NETLINK, socketType.SOCK_RAW | socketType.SOCK_CLOEXEC, netlinkProtocol.NETLINK_ROUTE);

/**
 * Makes the namespace `sandboxId` with loopback up and, given an endpoint, eth0 on the bridge with index
 * `bridgeIndex`: address, default route, all in place before anything runs in it. `hairpin` lets the bridge send a frame
 * back to where it came from, as when a container uses a port that it publishes itself.
 */
export function createSandbox(
  p: ProgramBuilder,
  sandboxId: string,
  endpoint?: Endpoint & { readonly bridgeIndex: number; readonly hairpin: boolean },
): void {
  const key = sandboxKey(sandboxId);
  p.step('network namespace');
  p.mkdirAll('/var/run/docker/netns', 0o755);
  p.writeFile(key, '', open.O_WRONLY | open.O_CREAT, 0o444);
  const host = routeSocket(p);
  const own = p.open('/proc/self/ns/net', open.O_RDONLY);
  p.unshare(clone.CLONE_NEWNET);
  p.mount('/proc/self/ns/net', key, null, mount.MS_BIND);
  const inside = routeSocket(p);
  if (!endpoint) {
    p.netlink(inside, batch([setLink(loopbackIndex, { up: true })]), netlinkReplies);
    p.setns(own, clone.CLONE_NEWNET);
    return;
  }
  const created = p.open('/proc/self/ns/net', open.O_RDONLY);
  p.dup3(created, namespaceFd, open.O_CLOEXEC);

  p.step('veth pair');
  p.netlink(
    host,
    batch([
      createVeth(
        { name: endpoint.hostInterface, master: endpoint.bridgeIndex, up: true },
        { ...containerInterface, mac: endpoint.mac, namespace: { fd: namespaceFd } },
      ),
    ]),
    netlinkReplies,
  );
  if (endpoint.hairpin) {
    p.writeFile(`/sys/class/net/${endpoint.hostInterface}/brport/hairpin_mode`, '1', open.O_WRONLY, 0);
  }
  // The default bridge has no IPv6; without this the kernel would give eth0 a link-local address all the same.
  p.try.writeFile(`/proc/sys/net/ipv6/conf/${containerInterface.name}/disable_ipv6`, '1', open.O_WRONLY, 0);
  p.netlink(
    inside,
    batch([
      setLink(loopbackIndex, { up: true }),
      setLink(containerInterface.index, { up: true }),
      addAddress(containerInterface.index, `${endpoint.address}/${endpoint.prefixLength}`),
      addRoute({ gateway: endpoint.gateway }),
    ]),
    netlinkReplies,
  );
  p.setns(own, clone.CLONE_NEWNET);
}

/**
 * Takes down what `createSandbox` made; what is already gone is no error. The veth pair goes with its namespace, a
 * moment later and without anyone waiting; only a namespace that others keep alive must lose it by name.
 */
export function removeSandbox(p: ProgramBuilder, sandboxId: string, sharedEndpoint?: Endpoint): void {
  p.step('remove network');
  if (sharedEndpoint) {
    const socket = routeSocket(p);
    p.try.netlink(socket, batch([deleteLink(sharedEndpoint.hostInterface)]), netlinkReplies);
  }
  p.try.umount2(sandboxKey(sandboxId), umount.MNT_DETACH);
  p.try.unlink(sandboxKey(sandboxId));
}
