import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

/** All that a container could leave behind on the host, but for memory. */
const remains = (): Promise<string> =>
  guest.host(`
    cat /proc/mounts
    ls /run/docker/netns
    ls /sys/class/net
    find /sys/fs/cgroup -type d
    find /var/lib/docker/overlay2 /var/lib/docker/containers -mindepth 1
    ls /proc/1/fd | wc -l
    ps -o stat,comm | grep "^Z"
  `);

/** Waits until the kernel has taken down what it takes down in its own time: veths go after their namespace. */
async function settled(): Promise<string> {
  await guest.host('for i in $(seq 100); do ls /sys/class/net | grep -q veth || exit; sleep 0.1; done');
  return remains();
}

/** Kilobytes in use for good: caches, which the kernel gives back when asked, do not count. */
async function memoryInUse(): Promise<number> {
  const text = await guest.host('sync; echo 3 >/proc/sys/vm/drop_caches; sleep 0.2; cat /proc/meminfo');
  const value = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)![1]);
  return value('MemTotal') - value('MemFree');
}

/** One container's whole life, and a bit of everything that may leave something. */
async function cycle(): Promise<void> {
  const { Id } = await guest.api.containers.create({
    Image: 'busybox',
    Cmd: ['true'],
    HostConfig: { Tmpfs: { '/t': '' }, Binds: ['/tmp:/d'], Memory: 64 * 1024 * 1024 },
  });
  const { result } = await guest.api.containers.wait(Id, 'next-exit');
  await guest.api.containers.start(Id);
  await result;
  await guest.api.containers.remove(Id);
}

describe('the guest', () => {
  it('is what it was after 200 containers', async () => {
    // The first few fill what grows once: slabs, dentries, the engine's directories.
    for (let i = 0; i < 20; i++) await cycle();
    const before = { remains: await settled(), memory: await memoryInUse() };
    for (let i = 0; i < 200; i++) await cycle();
    expect(await settled()).toBe(before.remains);
    // A leak of 10 KiB a container would be 2 MB. Slabs wobble by a few hundred.
    expect((await memoryInUse()) - before.memory).toBeLessThan(1024);
  }, 300_000);

  it('is what it was after starts that failed in all ways', async () => {
    await guest.tryDocker('run', '--rm', 'busybox', 'nosuch');
    const before = await settled();
    const failing: readonly (readonly string[])[] = [
      ['busybox', 'nosuch'],
      ['busybox', '/etc'],
      ['-it', 'busybox', 'nosuch'],
      ['-u', 'nobody-here', 'busybox', 'true'],
      ['-w', '/etc/passwd', 'busybox', 'true'],
      ['--ulimit', 'nofile=99999999999', 'busybox', 'true'],
      ['--sysctl', 'net.ipv4.no_such_thing=1', 'busybox', 'true'],
      ['--tmpfs', '/t:size=nonsense', 'busybox', 'true'],
      ['-v', '/etc/passwd:/etc', 'busybox', 'true'],
      ['--mount', 'type=bind,src=/none,dst=/d', 'busybox', 'true'],
      ['--network', 'container:none', 'busybox', 'true'],
      ['--pid', 'container:none', 'busybox', 'true'],
      ['-m', '1m', 'busybox', 'true'],
      ['no-such-image', 'true'],
    ];
    for (const args of failing) {
      const { exitCode } = await guest.startDocker({ tty: args[0] === '-it' }, 'run', '--rm', ...args).result;
      expect({ args, exitCode }).toEqual({
        args,
        exitCode: expect.toSatisfy((code: number) => [125, 126, 127].includes(code)),
      });
    }
    expect(await guest.docker('ps', '-aq')).toBe('');
    expect(await settled()).toBe(before);
  });

  it('is what it was when many were killed at once', async () => {
    const before = await settled();
    const ids = await Promise.all(
      Array.from({ length: 12 }, () => guest.docker('run', '-d', 'busybox', 'sh', '-c', 'sleep 1000 & sleep 1000')),
    );
    expect(
      new Set(await Promise.all(ids.map((id) => guest.docker('inspect', '-f', '{{.NetworkSettings.IPAddress}}', id))))
        .size,
    ).toBe(12);
    await guest.docker('rm', '-f', ...ids);
    expect(await settled()).toBe(before);
  });

  it('is what it was when clients vanish', async () => {
    const before = await settled();
    const abandoned = guest.startDocker({ tty: true }, 'run', '-it', '--rm', '--name', 'left', 'busybox', 'sh');
    await abandoned.stdout.waitFor('/ # ');
    const stop = new AbortController();
    await guest.api.containers.attach('left', { stdin: true, stdout: true }, stop.signal);
    await guest.api.containers.logs('left', { follow: true }, stop.signal);
    await guest.api.containers.wait('left', 'removed', stop.signal);
    stop.abort();
    await guest.docker('rm', '-f', 'left');
    await abandoned.result;
    expect(await settled()).toBe(before);
  });
});
