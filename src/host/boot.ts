// What a freshly booted guest becomes before anyone uses it: an ordinary small host with its file systems mounted and
// its sockets listening. The snapshot is taken after this.

import { GUEST_TO_HOST_CREDIT } from '../guest/channel-stream.ts';
import { addressFamily, mount, netlinkProtocol, open, socketType } from '../guest/linux.ts';
import { setLink } from '../guest/netlink/link.ts';
import { batch } from '../guest/netlink/message.ts';
import { ProgramBuilder } from '../guest/program-builder.ts';
import type { Channel } from '../guest/channel.ts';
import { ByteWriter, encodeUtf8 } from '../lib/bytes.ts';

/** Listeners of the guest, by the ids their ACCEPT frames carry. */
export const listeners = {
  /** The Engine API: /var/run/docker.sock. */
  engine: 1,
  /** The docker stub. */
  cli: 2,
} as const;

const hostname = 'drydock';

/** Mounts, names and sockets. Runs once, right after the agent's HELLO. */
export async function bootHost(channel: Channel): Promise<void> {
  const p = new ProgramBuilder('boot the host');
  p.step('file systems');
  const pseudo = mount.MS_NOSUID | mount.MS_NODEV | mount.MS_NOEXEC;
  p.mount('tmpfs', '/run', 'tmpfs', mount.MS_NOSUID | mount.MS_NODEV, 'mode=755,size=10%');
  p.mkdirAll('/run/drydock', 0o755);
  p.mount('tmpfs', '/tmp', 'tmpfs', mount.MS_NOSUID | mount.MS_NODEV, 'mode=1777,size=50%');
  p.mkdirAll('/dev/pts', 0o755);
  p.mount('devpts', '/dev/pts', 'devpts', mount.MS_NOSUID | mount.MS_NOEXEC, 'mode=620,gid=5,ptmxmode=666');
  p.mkdirAll('/dev/shm', 0o1777);
  p.mount('tmpfs', '/dev/shm', 'tmpfs', mount.MS_NOSUID | mount.MS_NODEV, 'mode=1777');
  p.mkdirAll('/dev/mqueue', 0o755);
  p.mount('mqueue', '/dev/mqueue', 'mqueue', pseudo);
  p.mount('cgroup2', '/sys/fs/cgroup', 'cgroup2', pseudo, 'nsdelegate');
  for (const [target, name] of [
    ['/proc/self/fd', 'fd'],
    ['fd/0', 'stdin'],
    ['fd/1', 'stdout'],
    ['fd/2', 'stderr'],
  ] as const) {
    p.try.symlink(target, `/dev/${name}`);
  }

  // The stub asks the host outside for these too.
  p.try.symlink('/usr/bin/docker', '/usr/bin/systemctl');
  p.try.symlink('/usr/bin/docker', '/usr/sbin/service');

  p.step('memory');
  // With no memory left, what asked for more dies, not the largest process, which is often the learner's shell.
  p.writeFile('/proc/sys/vm/oom_kill_allocating_task', '1', open.O_WRONLY, 0);

  p.step('network');
  p.sethostname(hostname);
  const route = p.socket(
    addressFamily.AF_NETLINK,
    socketType.SOCK_RAW | socketType.SOCK_CLOEXEC,
    netlinkProtocol.NETLINK_ROUTE,
  );
  p.netlink(route, batch([setLink('lo', { up: true })]), 4096);

  p.step('sockets');
  listen(p, '/var/run/docker.sock', listeners.engine, 0o660);
  listen(p, '/run/drydock/cli.sock', listeners.cli, 0o666);
  await channel.run(p.build());
}

function listen(p: ProgramBuilder, path: string, listener: number, mode: number): void {
  const socket = p.socket(addressFamily.AF_UNIX, socketType.SOCK_STREAM | socketType.SOCK_CLOEXEC, 0);
  p.bind(
    socket,
    new ByteWriter(110)
      .u16(addressFamily.AF_UNIX)
      .bytes(encodeUtf8(`${path}\0`))
      .finish(),
  );
  p.chmod(path, mode);
  p.listen(socket, 128);
  p.listener(socket, listener, GUEST_TO_HOST_CREDIT);
}
