// All that a container, a connection or an engine could leave behind.

import { queryObjects } from 'node:v8';
import { Container } from '../../src/engine/container/container.ts';
import { FrameQueue } from '../../src/engine/container/frame-queue.ts';
import { Stdio } from '../../src/engine/container/stdio.ts';
import { ContainerLog } from '../../src/engine/logs/container-log.ts';
import { ChannelStream } from '../../src/guest/channel-stream.ts';
import { ByteSource } from '../../src/server/http/byte-source.ts';
import type { TestGuest } from '../engine/support/guest.ts';

/** In the guest: mounts, namespaces, interfaces, control groups, files, the agent's descriptors, processes. */
export const remainsInGuest = (guest: TestGuest): Promise<string> =>
  // Veths go after their namespace, in the kernel's own time. Kernel threads, which come and go, have no command line.
  guest.host(`
    for i in $(seq 200); do ls /sys/class/net | grep -q veth || break; sleep 0.1; done
    cat /proc/mounts
    ls /run/docker/netns
    ls /sys/class/net
    nft list ruleset
    find /sys/fs/cgroup -type d
    mkdir -p /var/lib/docker/tmp
    find /var/lib/docker/overlay2 /var/lib/docker/containers /var/lib/docker/volumes /var/lib/docker/tmp -mindepth 1
    find /tmp /run -mindepth 1
    ls /proc/1/fd | wc -l
    for process in /proc/[0-9]*; do
      [ $process = /proc/$$ ] && continue
      grep -q "^State:.Z" $process/status && echo a zombie: $(cat $process/status)
      tr "\\0" " " <$process/cmdline
    done
  `);

/** Kilobytes of the guest's memory in use for good: caches, which the kernel gives back when asked, do not count. */
export async function memoryInUse(guest: TestGuest): Promise<number> {
  const text = await guest.host('sync; echo 3 >/proc/sys/vm/drop_caches; sleep 0.2; cat /proc/meminfo');
  const value = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)![1]);
  return value('MemTotal') - value('MemFree');
}

const kinds = { Container, Stdio, ContainerLog, FrameQueue, ChannelStream, ByteSource };

/** What of an engine, its server and its channel is alive still, collected garbage apart: how many of each kind. */
export const liveObjects = (): Record<string, number> =>
  Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, queryObjects(kind, { format: 'count' })]));
