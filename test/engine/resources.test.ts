import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

/** What a shell script prints in a new busybox container. */
const run = (script: string, ...flags: string[]): Promise<string> =>
  guest.docker('run', '--rm', ...flags, 'busybox', 'sh', '-c', script);

describe('memory', () => {
  it('runs out: the kernel kills, Docker tells', async () => {
    const { exitCode } = await guest.tryDocker(
      'run',
      '--name',
      'hungry',
      '-m',
      '32m',
      'busybox',
      'sh',
      '-c',
      'tail /dev/zero',
    );
    expect(exitCode).toBe(137);
    expect(
      await guest.docker('inspect', '-f', '{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}', 'hungry'),
    ).toBe('true 137 exited');
    await guest.docker('rm', 'hungry');
  });

  it('lets one process die and the container live', async () => {
    expect(await run('tail /dev/zero; echo $?', '-m', '32m')).toBe('137');
  });
});

describe('processes', () => {
  it('stop a fork bomb at their limit', async () => {
    const { stderr, exitCode } = await guest.tryDocker(
      'run',
      '--rm',
      '--pids-limit',
      '5',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3 4 5 6; do sleep 1 & done; wait',
    );
    expect(stderr).toContain("sh: can't fork: Resource temporarily unavailable");
    expect(exitCode).toBe(2);
    // Neither the host nor the engine mind one that goes on.
    const id = await guest.docker('run', '-d', '--name', 'bomb', '--pids-limit', '5', 'busybox', 'sleep', '1000');
    await guest.docker('exec', '-d', 'bomb', 'sh', '-c', 'bomb() { bomb | bomb; }; bomb');
    expect(await run('echo alive')).toBe('alive');
    const [refused, current] = (
      await guest.host(`cd /sys/fs/cgroup/docker/${id}; sed -n "s/^max //p" pids.events; cat pids.current`)
    ).split('\n');
    expect(Number(refused)).toBeGreaterThan(0);
    expect(Number(current)).toBeLessThanOrEqual(5);
    await guest.docker('rm', '-f', 'bomb');
  });
});

describe('the control group', () => {
  const show = (...files: string[]) => `cd /sys/fs/cgroup; grep -H . ${files.join(' ')}`;

  it('has the limits asked for, readable inside', async () => {
    const flags = [
      '-m',
      '64m',
      '--memory-swap',
      '128m',
      '--memory-reservation',
      '32m',
      '--cpus',
      '0.5',
      '--pids-limit',
      '7',
      '--cpu-shares',
      '512',
    ];
    expect(await run(show('memory.max', 'memory.low', 'cpu.max', 'pids.max', 'cpu.weight'), ...flags)).toBe(
      'memory.max:67108864\nmemory.low:33554432\ncpu.max:50000 100000\npids.max:7\ncpu.weight:20',
    );
  });

  it('has none where nothing is asked', async () => {
    expect(await run(show('memory.max', 'cpu.max', 'pids.max'))).toBe(
      'memory.max:max\ncpu.max:max 100000\npids.max:max',
    );
  });

  it('is the container’s own root, and a directory below docker in the host', async () => {
    const id = await guest.docker('run', '-d', '--name', 'grouped', 'busybox', 'sleep', '1000');
    expect(await guest.docker('exec', 'grouped', 'cat', '/proc/1/cgroup', '/proc/self/cgroup')).toBe('0::/\n0::/');
    expect(await guest.host(`cat /sys/fs/cgroup/docker/${id}/cgroup.procs`)).toBe(
      await guest.docker('inspect', '-f', '{{.State.Pid}}', 'grouped'),
    );
    await guest.docker('rm', '-f', 'grouped');
  });

  it('limits are checked as Docker checks them', async () => {
    const refusal = async (...flags: string[]) =>
      (await guest.tryDocker('run', '--rm', ...flags, 'busybox', 'true')).stderr.split('\n')[0];
    expect(await refusal('--cpus', '2')).toBe(
      'docker: Error response from daemon: range of CPUs is from 0.01 to 1.00, as there are only 1 CPUs available',
    );
    expect(await refusal('-m', '64m', '--memory-swap', '32m')).toBe(
      'docker: Error response from daemon: Minimum memoryswap limit should be larger than memory limit, see usage',
    );
  });
});

describe('limits of a process', () => {
  it('are as asked', async () => {
    expect(await run('ulimit -n; ulimit -Hn; ulimit -c', '--ulimit', 'nofile=33:44', '--ulimit', 'core=0')).toBe(
      '33\n44\n0',
    );
    expect(await run('cat /proc/self/oom_score_adj', '--oom-score-adj', '500')).toBe('500');
  });

  it('are checked', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '--ulimit', 'nofile=44:33', 'busybox', 'true');
    expect(stderr).toContain('ulimit soft limit must be less than or equal to hard limit: 44 > 33');
    expect(exitCode).toBe(125);
  });
});

describe('kernel settings', () => {
  it('of the container’s namespaces are as asked', async () => {
    expect(
      await run(
        'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax',
        '--sysctl',
        'net.ipv4.ip_forward=0',
        '--sysctl',
        'kernel.msgmax=4096',
      ),
    ).toBe('0\n4096');
    expect(await guest.host('cat /proc/sys/kernel/msgmax')).toBe('8192');
  });

  it('of the host are refused', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '--sysctl', 'kernel.panic=1', 'busybox', 'true');
    expect(stderr).toContain("sysctl 'kernel.panic=1' is not allowed");
    expect(exitCode).toBe(125);
  });
});

describe('mounts', () => {
  it('of tmpfs have their size and mode', async () => {
    expect(await run('grep " /t " /proc/mounts; df -k /t | tail -1', '--tmpfs', '/t:size=1m,mode=700')).toMatch(
      /^tmpfs \/t tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k,mode=700 0 0\ntmpfs +1024 +0 +1024 +0% \/t$/,
    );
    expect(await run('grep " /dev/shm " /proc/mounts', '--shm-size', '2m')).toContain('size=2048k');
    expect(await run('dd if=/dev/zero of=/t/x bs=1k count=2000 2>&1; true', '--tmpfs', '/t:size=1m')).toContain(
      'No space left on device',
    );
  });

  it('bind a directory of the host, both ways', async () => {
    await guest.host('mkdir -p /srv/data; echo from host >/srv/data/in');
    expect(await run('cat /d/in; echo from container >/d/out', '-v', '/srv/data:/d')).toBe('from host');
    expect(await guest.host('cat /srv/data/out')).toBe('from container');
  });

  it('bind a file', async () => {
    await guest.host('echo one file >/srv/file');
    expect(await run('cat /etc/one; wc -l </etc/passwd', '-v', '/srv/file:/etc/one')).toMatch(/^one file\n\d/);
    expect(await run('cat /new/dir/one', '-v', '/srv/file:/new/dir/one')).toBe('one file');
  });

  it('may be read-only', async () => {
    await guest.host('mkdir -p /srv/data');
    const { stderr, exitCode } = await guest.tryDocker(
      'run',
      '--rm',
      '-v',
      '/srv/data:/d:ro',
      'busybox',
      'touch',
      '/d/x',
    );
    expect({ stderr, exitCode }).toEqual({ stderr: 'touch: /d/x: Read-only file system\n', exitCode: 1 });
    expect(await guest.host('touch /srv/data/x && echo writable')).toBe('writable');
  });

  it('make a missing source with -v, and refuse it with --mount', async () => {
    expect(await run('ls -A /d', '-v', '/srv/made/by/docker:/d')).toBe('');
    expect(await guest.host('ls -d /srv/made/by/docker')).toBe('/srv/made/by/docker');
    const { stderr, exitCode } = await guest.tryDocker(
      'run',
      '--rm',
      '--mount',
      'type=bind,src=/srv/none,dst=/d',
      'busybox',
      'true',
    );
    expect(stderr).toContain(
      'docker: Error response from daemon: invalid mount config for type "bind": bind source path does not exist: /srv/none',
    );
    expect(exitCode).toBe(125);
  });

  it('do not follow an image’s links out of the container', async () => {
    await guest.host('mkdir -p /srv/data');
    await guest.docker('run', '--name', 'linked', '-v', '/srv/data:/link/target', 'busybox', 'true');
    await guest.docker('rm', 'linked');
    expect(await guest.host('ls /link 2>&1; true')).toBe('ls: /link: No such file or directory');
  });

  it('are listed by inspect', async () => {
    await guest.docker(
      'create',
      '--name',
      'mounted',
      '-v',
      '/srv/data:/d:ro',
      '--mount',
      'type=tmpfs,dst=/t',
      'busybox',
    );
    const { Mounts } = await guest.api.containers.inspect('mounted');
    expect(Mounts).toContainEqual({
      Type: 'bind',
      Source: '/srv/data',
      Destination: '/d',
      Mode: 'ro',
      RW: false,
      Propagation: 'rprivate',
    });
    expect(Mounts).toContainEqual({
      Type: 'tmpfs',
      Source: '',
      Destination: '/t',
      Mode: '',
      RW: true,
      Propagation: '',
    });
    await guest.docker('rm', 'mounted');
  });
});

describe('--cgroup-parent', () => {
  it('is where the group lies, with its limits', async () => {
    const id = await guest.docker(
      'run',
      '-d',
      '--name',
      'child',
      '--cgroup-parent',
      'made/for',
      '--cgroupns',
      'host',
      '-m',
      '64m',
      'busybox',
      'sleep',
      '1000',
    );
    expect(await guest.docker('exec', 'child', 'cat', '/proc/self/cgroup')).toBe(`0::/made/for/${id}`);
    expect(await guest.host(`cat /sys/fs/cgroup/made/for/${id}/memory.max`)).toBe('67108864');
    expect(await guest.docker('inspect', '-f', '{{.HostConfig.CgroupParent}}', 'child')).toBe('made/for');
    expect(await guest.docker('stats', '--no-stream', '--format', '{{.PIDs}} {{.MemUsage}}', 'child')).toMatch(
      /^1 .* \/ 64MiB$/,
    );
    await guest.docker('rm', '-f', 'child');
    expect(
      await guest.host(
        'ls -d /sys/fs/cgroup/made/for/*/ 2>/dev/null; rmdir /sys/fs/cgroup/made/for /sys/fs/cgroup/made',
      ),
    ).toBe('');
  });

  it('leads nowhere else', async () => {
    expect(
      await run('sed "s/[0-9a-f]\\{64\\}/ID/" /proc/self/cgroup', '--cgroup-parent', '../../up', '--cgroupns', 'host'),
    ).toBe('0::/up/ID');
    await guest.host('rmdir /sys/fs/cgroup/up');
  });
});

describe('limits of block devices', () => {
  const limits = (id: string) => guest.host(`cd /sys/fs/cgroup/docker/${id}; cat io.max io.bfq.weight`);

  it('are the kernel’s', async () => {
    await guest.host('truncate -s 1M /tmp/disk; losetup /dev/loop0 /tmp/disk');
    const id = await guest.docker(
      'run',
      '-d',
      '--name',
      'slow',
      '--blkio-weight',
      '300',
      '--device-read-bps',
      '/dev/loop0:1mb',
      '--device-write-iops',
      '/dev/loop0:50',
      'busybox',
      'sleep',
      '1000',
    );
    expect(await limits(id)).toMatch(/^7:0 rbps=1048576 wbps=max riops=max wiops=50\n(default )?300/);
    await guest.docker('update', '--blkio-weight', '500', 'slow');
    expect(await limits(id)).toMatch(/\n(default )?500/);
    await guest.docker('rm', '-f', 'slow');
    await guest.host('losetup -d /dev/loop0; rm /tmp/disk');
  });

  it('are refused for what is none, in the words of the daemon and runc', async () => {
    const refusal = async (...args: string[]): Promise<string> =>
      (await guest.tryDocker('run', '--rm', ...args, 'busybox', 'true')).stderr.split('\n')[0]!;
    expect(await refusal('--device-read-bps', '/dev/nope:1mb')).toBe(
      'docker: Error response from daemon: stat /dev/nope: no such file or directory',
    );
    expect(await refusal('--device-write-bps', '/dev/null:1mb')).toMatch(
      /runc create failed: unable to start container process: error during container init: error setting cgroup config for procHooks process: failed to write "1:3 wbps=1048576": write \/sys\/fs\/cgroup\/docker\/\w{64}\/io.max: no such device: unknown$/,
    );
    expect(await refusal('--blkio-weight', '5')).toBe(
      'docker: Error response from daemon: Range of blkio weight is from 10 to 1000',
    );
  });
});
