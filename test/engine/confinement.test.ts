import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox', 'debian'] });
});

afterAll(() => guest.stop());

/** What a shell script prints in a new busybox container. */
const run = (script: string, ...flags: string[]): Promise<string> =>
  guest.docker('run', '--rm', ...flags, 'busybox', 'sh', '-c', script);

const inDebian = (script: string, ...flags: string[]): Promise<string> =>
  guest.docker('run', '--rm', ...flags, 'debian', 'sh', '-c', script);

/** The fields of /proc/self/status that tell what a process may do. */
async function status(...flags: string[]): Promise<Record<string, string>> {
  const lines = await run('grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status', ...flags);
  return Object.fromEntries(lines.split('\n').map((line) => line.split(/:\s*/) as [string, string]));
}

describe('namespaces', () => {
  const kinds = ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'];
  const links = (names: readonly string[]) => `cd /proc/self/ns; for n in ${names.join(' ')}; do readlink $n; done`;

  it('are the container’s own, but for user and time', async () => {
    const inside = (await run(links([...kinds, 'user', 'time']))).split('\n');
    const outside = (await guest.host(links([...kinds, 'user', 'time']))).split('\n');
    expect(inside.map((link, index) => link === outside[index])).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('are the host’s where that is asked for', async () => {
    const asked = ['--pid', 'host', '--network', 'host', '--ipc', 'host', '--uts', 'host', '--cgroupns', 'host'];
    expect(await run(links(kinds.slice(1)), ...asked)).toBe(await guest.host(links(kinds.slice(1))));
  });

  it('are another container’s where that is asked for', async () => {
    await guest.docker('run', '-d', '--name', 'owner', '--ipc', 'shareable', 'busybox', 'sleep', '1000');
    const shared = links(['pid', 'net', 'ipc']);
    const asked = ['--pid', 'container:owner', '--network', 'container:owner', '--ipc', 'container:owner'];
    expect(await run(shared, ...asked)).toBe(await guest.docker('exec', 'owner', 'sh', '-c', shared));
    expect(await run('cat /proc/1/comm', '--pid', 'container:owner')).toBe('sleep');
    await guest.docker('rm', '-f', 'owner');
  });

  it('show a container its own processes alone, and the host all of them', async () => {
    await guest.docker('run', '-d', '--name', 'quiet', 'busybox', 'sleep', '31415');
    expect(await run('echo $$; ps | grep "[s]leep 31415"; true')).toBe('1');
    expect(await run('ps | grep "[s]leep 31415"', '--pid', 'host')).toContain('sleep 31415');
    expect(await guest.host('ps | grep -c "[s]leep 31415"')).toBe('1');
    await guest.docker('rm', '-f', 'quiet');
  });

  it('keep files apart', async () => {
    await guest.docker('run', '-d', '--name', 'writer', 'busybox', 'sh', '-c', 'echo secret >/secret; sleep 1000');
    expect(await run('ls /secret 2>&1; ls /var/lib/docker 2>&1; true')).toBe(
      'ls: /secret: No such file or directory\nls: /var/lib/docker: No such file or directory',
    );
    await guest.docker('rm', '-f', 'writer');
  });
});

describe('privileges', () => {
  it('are Docker’s by default', async () => {
    expect(await status()).toEqual({
      CapInh: '0000000000000000',
      CapPrm: '00000000a80425fb',
      CapEff: '00000000a80425fb',
      CapBnd: '00000000a80425fb',
      CapAmb: '0000000000000000',
      NoNewPrivs: '0',
      Seccomp: '2',
    });
  });

  it('are those asked for', async () => {
    expect(await status('--cap-drop', 'ALL')).toMatchObject({
      CapEff: '0000000000000000',
      CapBnd: '0000000000000000',
      Seccomp: '2',
    });
    expect(await status('--cap-drop', 'ALL', '--cap-add', 'NET_BIND_SERVICE')).toMatchObject({
      CapEff: '0000000000000400',
    });
    expect(await status('--cap-add', 'SYS_ADMIN')).toMatchObject({ CapEff: '00000000a82425fb' });
    expect(await status('--security-opt', 'no-new-privileges')).toMatchObject({ NoNewPrivs: '1', Seccomp: '2' });
    expect(await status('--security-opt', 'seccomp=unconfined')).toMatchObject({
      CapEff: '00000000a80425fb',
      Seccomp: '0',
    });
  });

  it('are all with --privileged', async () => {
    const all = await guest.host('sed -n "s/^CapEff:\\t//p" /proc/self/status');
    expect(await status('--privileged')).toMatchObject({ CapEff: all, CapBnd: all, Seccomp: '0', NoNewPrivs: '0' });
  });

  it('refuse an unknown capability', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '--cap-add', 'FLY', 'busybox', 'true');
    expect(stderr).toContain('docker: Error response from daemon: invalid CapAdd: unknown capability: "CAP_FLY"');
    expect(exitCode).toBe(125);
  });

  it('keep the kernel’s dangerous system calls away', async () => {
    const attempts = 'mount -t tmpfs x /tmp; unshare -U true; hostname other; true';
    expect(await run(`{ ${attempts}; } 2>&1`)).toBe(
      'mount: permission denied (are you root?)\nunshare: unshare(0x10000000): Operation not permitted\nhostname: sethostname: Operation not permitted',
    );
    expect(await run('mount -t tmpfs x /tmp && echo mounted', '--privileged')).toBe('mounted');
  });
});

describe('the file system', () => {
  it('has the usual mounts', async () => {
    const mounts = (await run('cut -d" " -f2-4 /proc/mounts')).split('\n');
    const options = (target: string) =>
      mounts
        .find((line) => line.startsWith(`${target} `))
        ?.split(' ')
        .slice(1)
        .join(' ');
    expect(options('/')).toMatch(/^overlay rw,/);
    expect(options('/proc')).toBe('proc rw,nosuid,nodev,noexec,relatime');
    expect(options('/dev')).toBe('tmpfs rw,nosuid,size=65536k,mode=755');
    expect(options('/dev/pts')).toBe('devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666');
    expect(options('/dev/mqueue')).toBe('mqueue rw,nosuid,nodev,noexec,relatime');
    expect(options('/dev/shm')).toBe('tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k');
    expect(options('/sys')).toBe('sysfs ro,nosuid,nodev,noexec,relatime');
    expect(options('/sys/fs/cgroup')).toMatch(/^cgroup2 ro,nosuid,nodev,noexec,relatime/);
    for (const path of ['bus', 'fs', 'irq', 'sys'])
      expect(options(`/proc/${path}`)).toBe('proc ro,nosuid,nodev,noexec,relatime');
    for (const name of ['hosts', 'hostname', 'resolv.conf']) expect(options(`/etc/${name}`)).toMatch(/^tmpfs rw/);
  });

  it('has the usual devices', async () => {
    expect(await run('ls /dev | tr "\\n" " "')).toBe(
      'core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero ',
    );
    expect(await run('ls /dev | tr "\\n" " "', '-t')).toContain('console core fd ');
    expect(
      await run(
        'echo x >/dev/null; head -c 3 /dev/zero | wc -c; echo x 2>&1 >/dev/full; readlink /dev/stdin; readlink /dev/ptmx',
      ),
    ).toBe('3\nsh: write error: No space left on device\n/proc/self/fd/0\npts/ptmx');
  });

  it('hides what would show the host', async () => {
    // Of Docker's masked paths, those this kernel has.
    expect(await run('wc -c </proc/keys; wc -c </proc/timer_list; ls -A /sys/firmware | wc -l')).toBe('0\n0\n0');
    expect(await run('wc -c </proc/keys', '--privileged')).not.toBe('0');
    expect(await run('echo x 2>&1 >/proc/sys/kernel/domainname; true')).toBe(
      "sh: can't create /proc/sys/kernel/domainname: Read-only file system",
    );
  });

  it('can be read-only', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '--read-only', 'busybox', 'touch', '/x');
    expect({ stderr, exitCode }).toEqual({ stderr: 'touch: /x: Read-only file system\n', exitCode: 1 });
    expect(await run('echo x 2>&1 >>/etc/hosts; true', '--read-only')).toBe(
      "sh: can't create /etc/hosts: Read-only file system",
    );
    expect(await run('echo y >/t/x && cat /t/x; touch /dev/shm/z && echo ok', '--read-only', '--tmpfs', '/t')).toBe(
      'y\nok',
    );
  });
});

describe('users', () => {
  it('come from the image’s passwd and group', async () => {
    expect(await inDebian('id; echo $HOME')).toBe('uid=0(root) gid=0(root) groups=0(root)\n/root');
    expect(await inDebian('id; echo $HOME', '-u', 'www-data')).toBe(
      'uid=33(www-data) gid=33(www-data) groups=33(www-data)\n/var/www',
    );
    expect(await inDebian('id', '-u', '33')).toBe('uid=33(www-data) gid=33(www-data) groups=33(www-data)');
    expect(await inDebian('id; echo $HOME', '-u', '1234')).toBe('uid=1234 gid=0(root) groups=0(root)\n/');
    expect(await inDebian('id', '-u', '1234:5678')).toBe('uid=1234 gid=5678 groups=5678');
    expect(await inDebian('id', '-u', 'daemon:mail')).toBe('uid=1(daemon) gid=8(mail) groups=8(mail)');
    expect(await inDebian('id', '--group-add', 'audio', '--group-add', '4321')).toBe(
      'uid=0(root) gid=0(root) groups=0(root),29(audio),4321',
    );
  });

  it('who are not root have no capabilities in effect', async () => {
    expect(await status('-u', '1000')).toMatchObject({
      CapEff: '0000000000000000',
      CapPrm: '0000000000000000',
      CapBnd: '00000000a80425fb',
    });
  });

  it('who are unknown are refused', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '-u', 'nobody-here', 'debian', 'true');
    expect(stderr).toContain('unable to find user nobody-here: no matching entries in passwd file');
    expect(exitCode).toBe(125);
    const group = await guest.tryDocker('run', '--rm', '-u', 'daemon:nogroup-here', 'debian', 'true');
    expect(group.stderr).toContain('unable to find group nogroup-here: no matching entries in group file');
  });

  it('own their terminal', async () => {
    expect(
      await guest.docker(
        'run',
        '--rm',
        '-t',
        '-u',
        '1000',
        'busybox',
        'sh',
        '-c',
        'stat -c "%u %g" $(tty); echo x >$(tty)',
      ),
    ).toBe('1000 5\r\nx\r');
  });
});

describe('working directory and entrypoint', () => {
  it('is as asked, made when missing', async () => {
    expect(await run('pwd', '-w', '/usr')).toBe('/usr');
    expect(await run('pwd', '-w', '/made/for/me')).toBe('/made/for/me');
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '-w', 'relative', 'busybox', 'true');
    expect(stderr).toContain("the working directory 'relative' is invalid, it needs to be an absolute path");
    expect(exitCode).toBe(125);
  });

  it('is never made outside of the container', async () => {
    await guest.host('mkdir -p /srv');
    await guest.docker(
      'run',
      '--name',
      'astray',
      '-w',
      '/away/from/here',
      'busybox',
      'sh',
      '-c',
      'rm -r /away; mkdir /srv; ln -s /srv /away',
    );
    await guest.docker('start', '-a', 'astray');
    expect(await guest.host('ls -A /srv')).toBe('');
    await guest.docker('rm', 'astray');
  });

  it('replaces the image’s entrypoint and command', async () => {
    expect(await guest.docker('run', '--rm', '--entrypoint', 'echo', 'busybox', 'a', 'b c')).toBe('a b c');
    expect(await guest.docker('run', '--rm', '--entrypoint', '/bin/pwd', '-w', '/tmp', 'busybox')).toBe('/tmp');
  });
});

describe('devices', () => {
  /** What `docker run` says when it is refused, with its exit code. */
  const refusal = async (...args: string[]): Promise<string> => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', ...args, 'busybox', 'true');
    return `${stderr.split('\n')[0]} (${exitCode})`;
  };

  /** A script that makes nodes for the agent's port, the kernel's log and a disk, and names those it can open. */
  const attempts = async (): Promise<string> => {
    const port = await guest.host('stat -c "%t %T" /dev/vport2p0');
    const [major, minor] = port.split(' ').map((digits) => parseInt(digits, 16));
    return `cd /tmp; mknod port c ${major} ${minor} && mknod log c 1 11 && mknod disk b 7 0
      for f in port log disk; do dd if=$f count=0 2>&1 | grep -q permitted || echo $f; done; rm port log disk`;
  };

  it('of the host cannot be opened, by whomever in the container', async () => {
    const script = await attempts();
    expect(await run(script)).toBe('');
    expect(await run(script, '--cap-add', 'ALL', '--security-opt', 'seccomp=unconfined')).toBe('');
    expect(await run(script, '--cgroup-parent', '/elsewhere')).toBe('');
    await guest.docker('run', '-d', '--name', 'held', 'busybox', 'sleep', '1000');
    expect(await guest.docker('exec', '--privileged', 'held', 'sh', '-c', script)).toBe('');
    await guest.docker('update', '-m', '64m', '--memory-swap', '64m', 'held');
    expect(await guest.docker('exec', 'held', 'sh', '-c', script)).toBe('');
    await guest.docker('rm', '-f', 'held');
    await guest.host('rmdir /sys/fs/cgroup/elsewhere');
  });

  it('are given with --device, no further than said', async () => {
    await guest.host(
      'rm -rf /srv/disks; mkdir -p /srv/disks/a; mknod /srv/disks/zero c 1 5; mknod /srv/disks/a/log c 1 11',
    );
    expect(
      await run(
        'stat -c "%t:%T %a" /dev/log; head -c 0 /dev/log && echo read; echo x 2>&1 >/dev/log; true',
        '--device',
        '/dev/kmsg:/dev/log:r',
      ),
    ).toBe("1:b 644\nread\nsh: can't create /dev/log: Operation not permitted");
    expect(await run('ls /opt/deep; head -c 0 /opt/deep/log && echo read', '--device', '/dev/kmsg:/opt/deep/log')).toBe(
      'log\nread',
    );
    expect(await run('cd /d; find . -type c | sort; head -c 0 a/log && echo read', '--device', '/srv/disks:/d')).toBe(
      './a/log\n./zero\nread',
    );
    expect(await refusal('--device', '/dev/nope')).toBe(
      'docker: Error response from daemon: error gathering device information while adding custom device "/dev/nope": no such file or directory (127)',
    );
    expect(await refusal('--device', '/etc/passwd')).toBe(
      'docker: Error response from daemon: error gathering device information while adding custom device "/etc/passwd": not a device node (125)',
    );
  });

  it('may be used once a rule says so', async () => {
    const make = 'mknod /log c 1 11; head -c 0 /log 2>&1 && echo read; echo x 2>&1 >/log; true';
    expect(await run(make, '--device-cgroup-rule', 'c 1:11 r')).toBe(
      "read\nsh: can't create /log: Operation not permitted",
    );
    expect(await run(make, '--device-cgroup-rule', 'c 1:* rw', '--device-cgroup-rule', 'b 7:0 r')).toBe('read');
  });

  it('are all the host’s with --privileged', async () => {
    const own = 'cd /dev; find . -type c -o -type b | grep -vE "^./(pts|console)" | sort';
    expect(await run(own, '--privileged')).toBe(await guest.host(own.replace('(pts|console)', '(pts|console|ptmx)')));
    expect(await run(await attempts(), '--privileged')).toBe('port\nlog\ndisk');
  });

  it('that this host does not have are refused as Docker does', async () => {
    expect(await refusal('--gpus', 'all')).toBe(
      'docker: Error response from daemon: could not select device driver "" with capabilities: [[gpu]] (125)',
    );
    expect(await refusal('--device', 'vendor.com/class=x')).toBe(
      'docker: Error response from daemon: CDI device injection failed: unresolvable CDI devices vendor.com/class=x (125)',
    );
  });
});

describe('--init', () => {
  it('makes docker-init the first process, which reaps and passes signals on', async () => {
    await guest.docker('run', '-d', '--init', '--name', 'initiated', 'busybox', 'sleep', '27182');
    // docker-init has forked at once; its child may not yet have become sleep.
    await guest.running('sleep 27182');
    expect(
      (await guest.docker('top', 'initiated', '-o', 'pid,args')).replace(/^ *(PID|\d+) +/gm, '').split('\n'),
    ).toEqual(['COMMAND', '/sbin/docker-init -- sleep 27182', 'sleep 27182']);
    expect(await guest.docker('inspect', '-f', '{{.Path}} {{.Args}} {{.HostConfig.Init}}', 'initiated')).toBe(
      'sleep [27182] true',
    );
    const orphan =
      'sh -c "sh -c \'exit 3\' & exit 0"; until ! grep -qs "^State:.Z" /proc/[0-9]*/status; do :; done; echo reaped';
    expect(await guest.docker('exec', 'initiated', 'sh', '-c', orphan)).toBe('reaped');
    expect(await guest.docker('exec', 'initiated', 'grep', '-c', ' /sbin/docker-init .* ro,', '/proc/mounts')).toBe(
      '1',
    );
    await guest.docker('stop', 'initiated');
    expect(await guest.docker('inspect', '-f', '{{.State.ExitCode}}', 'initiated')).toBe('143');
    await guest.docker('rm', 'initiated');
  });

  it('tells why a command does not run', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '--init', 'debian', 'nope');
    expect(stderr).toMatch(/^\[FATAL tini \(\d+\)\] exec nope failed: No such file or directory\n$/);
    expect(exitCode).toBe(127);
    expect(await run('cat /proc/1/comm', '--init', '--read-only')).toBe('docker-init');
    expect(await run('cat /proc/1/comm', '--init', '--pid', 'host')).toBe('init');
  });

  it('leaves the terminal to the command', async () => {
    expect(
      await guest.docker(
        'run',
        '--rm',
        '-t',
        '--init',
        'busybox',
        'sh',
        '-c',
        'cut -d" " -f5,8 /proc/self/stat; echo $$',
      ),
    ).toMatch(/^(\d+) \1\r\n\1\r$/);
  });
});

describe('shared memory', () => {
  it('is shared with the IPC namespace', async () => {
    await guest.docker(
      'run',
      '-d',
      '--name',
      'giver',
      '--ipc',
      'shareable',
      'busybox',
      'sh',
      '-c',
      'echo hi >/dev/shm/x; sleep 1000',
    );
    expect(await run('cat /dev/shm/x', '--ipc', 'container:giver')).toBe('hi');
    expect(await run('ls -A /dev/shm')).toBe('');
    await guest.host('echo host >/dev/shm/y');
    expect(await run('cat /dev/shm/y', '--ipc', 'host')).toBe('host');
    expect(await run('ls /dev | grep shm; true', '--ipc', 'none')).toBe('');
    await guest.docker('run', '-d', '--name', 'keeper', 'busybox', 'sleep', '1000');
    const { stderr } = await guest.tryDocker('run', '--rm', '--ipc', 'container:keeper', 'busybox', 'true');
    expect(stderr).toMatch(
      /failed to join IPC namespace: container \w{64}: non-shareable IPC \(hint: use IpcMode:shareable for the donor container\)/,
    );
    await guest.docker('rm', '-f', 'giver', 'keeper');
  });

  it('and a tmpfs have the options asked for', async () => {
    const options = (flags: string) =>
      run('grep " /t " /proc/mounts | cut -d" " -f4; stat -c "%a %u" /t', '--tmpfs', `/t:${flags}`);
    expect(await options('size=1m,mode=0700,uid=5,exec')).toBe(
      'rw,nosuid,nodev,relatime,size=1024k,mode=700,uid=5\n700 5',
    );
    expect(await options('ro,suid,dev')).toBe('ro,noexec,relatime\n1777 0');
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '--tmpfs', '/t:nope', 'busybox', 'true');
    expect(stderr).toContain('docker: Error response from daemon: invalid tmpfs option "nope"');
    expect(exitCode).toBe(125);
  });
});
