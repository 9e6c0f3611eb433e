import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';
import type { HostShell } from './support/host-shell.ts';

let guest: TestGuest;
let shell: HostShell;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox', 'ubuntu', 'nginx'] });
  shell = await guest.shell();
});

afterAll(() => guest.stop());

/** What a command typed at the host's prompt shows. */
const typed = async (command: string): Promise<string> => (await shell.run(command)).output;

describe('docker, typed in the guest', () => {
  it('works with pipes, redirection and substitution', async () => {
    expect(await typed('docker run --rm busybox echo hi')).toBe('hi\n');
    expect(await typed('echo piped | docker run --rm -i busybox tr a-z A-Z | cat')).toBe('PIPED\n');
    expect(
      await typed('docker run --rm busybox sh -c "echo out; echo err >&2" 2>/dev/null >/tmp/out; cat /tmp/out'),
    ).toBe('out\n');
    expect(await shell.run('docker run --rm busybox sh -c "exit 42"')).toEqual({ output: '', exitCode: 42 });
    expect(
      await typed(
        'for i in 1 2 3; do docker run -d --name s$i busybox sleep 1000 >/dev/null; done; docker ps -q | wc -l',
      ),
    ).toBe('3\n');
    expect(await typed('docker inspect -f "{{.Name}}" $(docker ps -q)')).toBe('/s3\n/s2\n/s1\n');
    const removed = await shell.run('docker ps -q | xargs docker rm -f');
    expect(removed).toEqual({ output: expect.stringMatching(/^([0-9a-f]{12}\n){3}$/), exitCode: 0 });
    expect(await typed('docker ps -aq | wc -l')).toBe('0\n');
  });

  it('reads the client’s files and environment from the guest', async () => {
    expect(
      await typed(
        "printf 'A=from file\\n' >/tmp/env; B=exported docker run --rm --env-file /tmp/env -e B busybox sh -c 'echo $A $B'",
      ),
    ).toBe('from file exported\n');
    expect(
      await typed(
        'cd /tmp && docker run -d --cidfile cid busybox true >/dev/null; docker rm -f $(cat cid) | wc -c; cd',
      ),
    ).toBe('65\n');
  });

  it('gives a container the shell’s own terminal', async () => {
    await shell.type('docker run -it --rm --name inner ubuntu bash\r');
    await shell.screen.waitFor(/root@[0-9a-f]{12}:\/# /);
    await shell.type('stty size; hostname >/proc/1/fd/1\r');
    await shell.screen.waitFor(/50 400\r\n[0-9a-f]{12}\r\n/);
    await shell.type('sleep 2718\r');
    await guest.running('sleep 2718');
    await shell.type('\x03');
    await shell.screen.waitFor(/root@[0-9a-f]{12}:\/# /);
    await shell.type('exit 3\r');
    await shell.prompt();
    expect(await typed('docker ps -aq -f name=inner')).toBe('');
    expect((await shell.run('stty -a | grep -c " icanon.* echo \\| echo .* icanon"')).exitCode).toBe(0);
  });

  it('is completed by Tab: commands, containers, images and options', async () => {
    await typed('docker create --name completable busybox true; docker create --name with-dash busybox true');
    await shell.type('docker ru\t');
    await shell.screen.waitFor('docker run ');
    await shell.type('--rm --net=ho\tbusy\techo completed\r');
    await shell.screen.waitFor(/--net=host busybox\S* echo completed\r\n[^\n]*completed\r\n/);
    await shell.prompt();
    await shell.type('docker container rm compl\twith\t\r');
    await shell.screen.waitFor(/rm completable with-dash \r\n[^\n]*completable\r\nwith-dash\r\n/);
    await shell.prompt();
    await shell.type('docker image ins\tub\t -f ok\r');
    await shell.screen.waitFor(/inspect ubuntu\S* +-f ok\r\n[^\n]*ok\r\n/);
    await shell.prompt();
  });

  it('ends by Ctrl-C as on any host', async () => {
    await shell.type(
      'docker run --rm --name loop busybox sh -c "trap \'exit 0\' INT; echo looping; while :; do sleep 0.05; done"\r',
    );
    await shell.screen.waitFor(/[\r\n]looping\r\n/);
    await shell.type('\x03');
    await shell.prompt();
    expect(await typed('docker ps -aq')).toBe('');
  });

  it('serves the API on /var/run/docker.sock', async () => {
    expect(await typed('curl -s --unix-socket /var/run/docker.sock http://d/_ping')).toContain('OK');
  });
});

describe('the host', () => {
  it('reaches containers by their address', async () => {
    expect(await typed('docker run -d --name web nginx | wc -c')).toBe('65\n');
    const fetchPage =
      'for i in $(seq 30); do wget -qO- http://$(docker inspect -f "{{.NetworkSettings.IPAddress}}" web)/ 2>/dev/null && break; sleep 0.3; done';
    expect(await typed(fetchPage)).toContain('<title>Welcome to nginx!</title>');
    await typed('docker rm -f web');
  });

  it('sees a container’s processes, mounts and groups as they are', async () => {
    await typed('docker run -d --name seen busybox sleep 31415');
    expect(
      await typed(
        'ps | grep -c "[s]leep 31415"; mount | grep -c "^overlay on /var/lib/docker/overlay2/"; ls -d /sys/fs/cgroup/docker/*/ | wc -l',
      ),
    ).toBe('1\n1\n1\n');
    expect(
      await typed(
        'nsenter -t $(docker inspect -f "{{.State.Pid}}" seen) -n ip -o -4 addr show dev eth0 | grep -c 172.17',
      ),
    ).toBe('1\n');
    await typed('docker rm -f seen');
  });

  it('tells what the last command asked of the engine, and that of the kernel', async () => {
    await typed('docker run --rm busybox true');
    const trace = await typed('xray last');
    for (const call of ['clone', 'pivot_root', 'setns', 'mount', 'execve']) expect(trace).toContain(call);
    expect(trace).toMatch(/ {2}POST \/v1\.\d+\/containers\/create = 201/);
  });
});
