import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox', 'debian'] });
  await guest.docker(
    'run',
    '-d',
    '--name',
    'box',
    '-e',
    'A=from container',
    '-w',
    '/usr',
    '-m',
    '64m',
    'busybox',
    'sleep',
    '1000',
  );
});

afterAll(() => guest.stop());

const exec = (...args: string[]): Promise<string> => guest.docker('exec', ...args);

describe('docker exec', () => {
  it('runs a command in the container’s namespaces, group and directory', async () => {
    const namespaces = 'cd /proc/$0/ns; for n in mnt pid net ipc uts cgroup user; do readlink $n; done';
    expect(await exec('box', 'sh', '-c', namespaces, 'self')).toBe(await exec('box', 'sh', '-c', namespaces, '1'));
    expect(await exec('box', 'sh', '-c', 'pwd; echo $A; hostname; cat /proc/self/cgroup; cat /proc/1/comm')).toBe(
      `/usr\nfrom container\n${await guest.docker('ps', '-q', '-f', 'name=box')}\n0::/\nsleep`,
    );
    expect(await exec('box', 'sh', '-c', 'grep -E "CapEff|Seccomp:" /proc/self/status')).toBe(
      'CapEff:\t00000000a80425fb\nSeccomp:\t2',
    );
  });

  it('takes user, directory and environment', async () => {
    expect(
      await exec('-u', '33:44', '-w', '/tmp', '-e', 'B=2', 'box', 'sh', '-c', 'id -u; id -g; pwd; echo $A $B'),
    ).toBe('33\n44\n/tmp\nfrom container 2');
    await guest.docker('run', '-d', '--name', 'other', 'debian', 'sleep', '1000');
    expect(await exec('-u', 'www-data', 'other', 'sh', '-c', 'id; echo $HOME')).toBe(
      'uid=33(www-data) gid=33(www-data) groups=33(www-data)\n/var/www',
    );
    await guest.docker('rm', '-f', 'other');
  });

  it('separates the streams and tells the exit code', async () => {
    expect(await guest.tryDocker('exec', 'box', 'sh', '-c', 'echo o; echo e >&2; exit 9')).toEqual({
      stdout: 'o\n',
      stderr: 'e\n',
      exitCode: 9,
    });
    expect((await guest.tryDocker('exec', 'box', 'sh', '-c', 'kill -9 $$')).exitCode).toBe(137);
  });

  it('pipes input in with -i', async () => {
    const { result } = guest.startDocker({ stdin: 'a\nb\n' }, 'exec', '-i', 'box', 'wc', '-l');
    expect(await result).toEqual({ stdout: '2\n', stderr: '', exitCode: 0 });
  });

  it('gives a terminal with -it', async () => {
    const terminal = guest.startDocker({ tty: true, size: { columns: 77, rows: 22 } }, 'exec', '-it', 'box', 'sh');
    await terminal.stdout.waitFor('# ');
    terminal.type('tty; stty size; echo $TERM\r');
    await terminal.stdout.waitFor(/\/dev\/pts\/\d+\r\n22 77\r\nxterm\r\n/);
    terminal.type('sleep 2718\r');
    await guest.running('sleep 2718');
    terminal.type('\x03');
    await terminal.stdout.waitFor('# ');
    terminal.type('exit 5\r');
    expect((await terminal.result).exitCode).toBe(5);
  });

  it('goes on without its client with -d', async () => {
    expect(await exec('-d', 'box', 'sh', '-c', 'sleep 0.3; echo done >/done')).toBe('');
    expect(
      await exec('box', 'sh', '-c', 'for i in $(seq 50); do [ -e /done ] && cat /done && exit; sleep 0.1; done'),
    ).toBe('done');
  });

  it('exits 127 and 126 as run does', async () => {
    const missing = await guest.tryDocker('exec', 'box', 'nosuch');
    expect(missing.exitCode).toBe(127);
    expect(missing.stdout + missing.stderr).toContain(
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown',
    );
    expect((await guest.tryDocker('exec', 'box', '/etc')).exitCode).toBe(126);
  });

  it('needs a running container', async () => {
    await guest.docker('create', '--name', 'idle', 'busybox');
    const { stderr, exitCode } = await guest.tryDocker('exec', 'idle', 'true');
    expect(stderr).toMatch(/^Error response from daemon: container [0-9a-f]{64} is not running\n$/);
    expect(exitCode).toBe(1);
    expect((await guest.tryDocker('exec', 'nobody', 'true')).stderr).toBe(
      'Error response from daemon: No such container: nobody\n',
    );
    await guest.docker('rm', 'idle');
  });

  it('--privileged has all capabilities', async () => {
    expect(await exec('--privileged', 'box', 'sh', '-c', 'sed -n "s/^CapEff:.//p" /proc/self/status')).toBe(
      await guest.host('sed -n "s/^CapEff:.//p" /proc/self/status'),
    );
  });

  it('ends with its container', async () => {
    await guest.docker('run', '-d', '--name', 'short', 'busybox', 'sleep', '1000');
    const session = guest.startDocker({}, 'exec', 'short', 'sh', '-c', 'echo up; sleep 1000');
    await session.stdout.waitFor('up');
    await guest.docker('rm', '-f', 'short');
    expect((await session.result).exitCode).toBe(137);
  });

  it('does not wait for what it leaves in the background', async () => {
    const left = await exec('box', 'sh', '-c', 'sleep 31415 & echo $!');
    await exec('box', 'kill', left);
  });

  it('leaves nothing of itself', async () => {
    const count = async () =>
      (await guest.host('ls /proc/1/fd | wc -l; wc -l </proc/mounts')).split('\n').map(Number) as [number, number];
    const [descriptors, mounts] = await count();
    for (let i = 0; i < 10; i++) await exec('box', 'true');
    for (let i = 0; i < 5; i++) await guest.startDocker({ tty: true }, 'exec', '-it', 'box', 'true').result;
    for (let i = 0; i < 5; i++) await guest.tryDocker('exec', 'box', 'nosuch');
    const [descriptorsNow, mountsNow] = await count();
    // Fewer, if streams of what ran before were still closing.
    expect(descriptorsNow).toBeLessThanOrEqual(descriptors);
    expect(mountsNow).toBe(mounts);
    const { Id, State } = await guest.api.containers.inspect('box');
    expect(await guest.host(`cat /sys/fs/cgroup/docker/${Id}/cgroup.procs`)).toBe(String(State.Pid));
  });

  it('is found by its ID until it has ended, and by the container while it runs', async () => {
    const { Id } = await guest.api.containers.createExec('box', { Cmd: ['sleep', '0.2'], AttachStdout: true });
    expect(await guest.docker('inspect', '-f', '{{.ExecIDs}}', 'box')).toContain(Id);
    expect(await guest.api.execs.inspect(Id)).toMatchObject({
      ID: Id,
      Running: false,
      ExitCode: null,
      ProcessConfig: { entrypoint: 'sleep', arguments: ['0.2'] },
    });
  });

  it('is forgotten at the end of the run if it never started, with its container in any case', async () => {
    await guest.docker('run', '-d', '--name', 'brief', 'busybox', 'sleep', '1000');
    const create = (): Promise<{ Id: string }> => guest.api.containers.createExec('brief', { Cmd: ['true'] });
    const [ran, unstarted] = [(await create()).Id, (await create()).Id];
    await guest.api.execs.start(ran, {});
    await guest.docker('kill', 'brief');
    await guest.docker('wait', 'brief');
    expect(await guest.api.execs.inspect(ran)).toMatchObject({ Running: false });
    const gone = (id: string): string => `Error response from daemon: No such exec instance: ${id}`;
    await expect(guest.api.execs.inspect(unstarted)).rejects.toThrow(gone(unstarted));
    await guest.docker('rm', 'brief');
    await expect(guest.api.execs.inspect(ran)).rejects.toThrow(gone(ran));
  });
});
