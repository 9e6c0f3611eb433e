import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventMessage } from '../../src/api/events.ts';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

const state = (name: string, format = '{{.State.Status}} {{.State.ExitCode}}'): Promise<string> =>
  guest.docker('inspect', '-f', format, name);

const detached = (name: string, script: string, ...flags: string[]): Promise<string> =>
  guest.docker('run', '-d', '--name', name, ...flags, 'busybox', 'sh', '-c', script);

const patient = 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done';
const deaf = 'trap "" TERM; echo up; while :; do sleep 0.05; done';

/** Waits until a container has printed its `up`, after which its traps are set. */
async function up(name: string): Promise<void> {
  const logs = guest.startDocker({ stdin: '' }, 'logs', '-f', name);
  await logs.stdout.waitFor('up');
  logs.signal('INT');
  await logs.result;
}

describe('create and start', () => {
  it('make, then run', async () => {
    const id = await guest.docker('create', '--name', 'made', 'busybox', 'echo', 'ran');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await state('made')).toBe('created 0');
    expect(await guest.docker('start', 'made')).toBe('made');
    expect(await guest.docker('wait', 'made')).toBe('0');
    expect(await guest.docker('start', '-a', 'made')).toBe('ran');
    expect(await guest.docker('logs', 'made')).toBe('ran\nran');
    expect(await guest.docker('rm', 'made')).toBe('made');
    expect((await guest.tryDocker('inspect', 'made')).exitCode).toBe(1);
  });

  it('refuse a name that is taken', async () => {
    const id = await guest.docker('create', '--name', 'taken', 'busybox');
    const { stderr, exitCode } = await guest.tryDocker('create', '--name', 'taken', 'busybox');
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `Error response from daemon: Conflict. The container name "/taken" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.\n`,
    );
    await guest.docker('rm', 'taken');
  });

  it('leave a container that cannot start as it was', async () => {
    await guest.docker('create', '--name', 'broken', 'busybox', 'nosuch');
    const { stderr, exitCode } = await guest.tryDocker('start', 'broken');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'exec: "nosuch": executable file not found in $PATH: unknown\nError: failed to start containers: broken\n',
    );
    expect(await state('broken')).toBe('created 127');
    await guest.docker('rm', 'broken');
  });

  it('start again with the same files and a new run', async () => {
    await guest.docker('run', '--name', 'twice', 'busybox', 'sh', '-c', 'cat /n 2>/dev/null; echo line >>/n');
    expect(await guest.docker('start', '-a', 'twice')).toBe('line');
    expect(await guest.docker('start', '-a', 'twice')).toBe('line\nline');
    await guest.docker('rm', 'twice');
  });
});

describe('stop', () => {
  it('asks first', async () => {
    await detached('polite', patient);
    await up('polite');
    expect(await guest.docker('stop', 'polite')).toBe('polite');
    expect(await state('polite')).toBe('exited 7');
    expect(await guest.docker('stop', 'polite')).toBe('polite');
    await guest.docker('rm', 'polite');
  });

  it('kills when its time is over', async () => {
    await detached('stubborn', deaf);
    await up('stubborn');
    await guest.docker('stop', '-t', '1', 'stubborn');
    expect(await state('stubborn')).toBe('exited 137');
    await guest.docker('rm', 'stubborn');
  });

  it('uses the signal asked for', async () => {
    await detached('choosy', 'trap "exit 9" USR2; echo up; while :; do sleep 0.05; done', '--stop-signal', 'USR2');
    await up('choosy');
    await guest.docker('stop', 'choosy');
    expect(await state('choosy')).toBe('exited 9');
    await guest.docker('rm', 'choosy');
  });
});

describe('stop and restart', () => {
  it('refuse a signal that is none', async () => {
    await detached('signals', 'sleep 1000');
    expect((await guest.tryDocker('stop', '-s', 'FOO', 'signals')).stderr).toBe(
      'Error response from daemon: cannot stop container: signals: invalid signal: FOO\n',
    );
    expect((await guest.tryDocker('restart', '-s', 'FOO', 'signals')).stderr).toBe(
      'Error response from daemon: Cannot restart container signals: invalid signal: FOO\n',
    );
    expect(await state('signals')).toBe('running 0');
    expect((await guest.tryDocker('restart', 'nosuch')).stderr).toBe(
      'Error response from daemon: No such container: nosuch\n',
    );
    await guest.docker('rm', '-f', 'signals');
  });
});

describe('kill', () => {
  it('sends any signal', async () => {
    await detached('target', 'trap "echo got hup" HUP; echo up; while :; do sleep 0.05; done');
    await up('target');
    expect(await guest.docker('kill', '-s', 'HUP', 'target')).toBe('target');
    const logs = guest.startDocker({ stdin: '' }, 'logs', '-f', 'target');
    await logs.stdout.waitFor('got hup');
    await guest.docker('kill', 'target');
    expect((await logs.result).exitCode).toBe(0);
    expect(await state('target')).toBe('exited 137');
    const again = await guest.tryDocker('kill', 'target');
    expect(again.stderr).toMatch(
      /^Error response from daemon: cannot kill container: target: container [0-9a-f]{64} is not running\n$/,
    );
    expect((await guest.tryDocker('kill', '-s', 'NOSUCH', 'target')).stderr).toContain(
      'Error response from daemon: cannot kill container: target: invalid signal: NOSUCH',
    );
    await guest.docker('rm', 'target');
  });
});

describe('pause', () => {
  it('freezes, and thaws', async () => {
    await detached('frozen', 'echo up; while :; do echo x >>/ticks; sleep 0.02; done');
    await up('frozen');
    expect(await guest.docker('pause', 'frozen')).toBe('frozen');
    expect(await state('frozen')).toBe('paused 0');
    const id = await guest.docker('inspect', '-f', '{{.Id}}', 'frozen');
    expect(await guest.host(`grep frozen /sys/fs/cgroup/docker/${id}/cgroup.events`)).toBe('frozen 1');
    const file = await guest.docker('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}/ticks', 'frozen');
    expect(await guest.host(`a=$(wc -l <${file}); sleep 0.5; b=$(wc -l <${file}); echo $((b - a))`)).toBe('0');
    expect(await guest.docker('ps', '--filter', 'name=frozen', '--format', '{{.Status}}')).toMatch(
      /^Up .* \(Paused\)$/,
    );
    expect((await guest.tryDocker('pause', 'frozen')).stderr).toBe(
      `Error response from daemon: Container ${id} is already paused\n`,
    );
    expect((await guest.tryDocker('exec', 'frozen', 'true')).stderr).toContain(
      'Container frozen is paused, unpause the container before exec',
    );
    expect(await guest.docker('unpause', 'frozen')).toBe('frozen');
    expect(await state('frozen')).toBe('running 0');
    expect(
      await guest.host(
        `a=$(wc -l <${file}); for i in 1 2 3 4 5 6 7 8 9 10; do [ $(wc -l <${file}) -gt $a ] && exec echo ticks; sleep 0.3; done`,
      ),
    ).toBe('ticks');
    await guest.docker('pause', 'frozen');
    expect(await guest.docker('rm', '-f', 'frozen')).toBe('frozen');
  });
});

describe('restart', () => {
  it('stops and starts', async () => {
    await detached('again', patient);
    await up('again');
    const before = await state('again', '{{.State.StartedAt}} {{.State.Pid}}');
    expect(await guest.docker('restart', 'again')).toBe('again');
    expect(await state('again')).toBe('running 0');
    expect(await state('again', '{{.State.StartedAt}} {{.State.Pid}}')).not.toBe(before);
    // The end of the run before stays on record.
    expect(await state('again', '{{.State.FinishedAt}}')).not.toMatch(/^0001/);
    await guest.docker('rm', '-f', 'again');
  });
});

describe('rename', () => {
  it('changes the name, when it is free', async () => {
    await guest.docker('create', '--name', 'old', 'busybox');
    await guest.docker('create', '--name', 'other', 'busybox');
    await guest.api.containers.rename('old', 'new');
    expect(await state('new')).toBe('created 0');
    expect((await guest.tryDocker('inspect', 'old')).exitCode).toBe(1);
    await expect(guest.api.containers.rename('new', 'other')).rejects.toThrow(
      'Conflict. The container name "/other" is already in use',
    );
    await expect(guest.api.containers.rename('new', 'b@d')).rejects.toThrow(
      'Error when allocating new name: Invalid container name (/b@d)',
    );
    await guest.docker('rm', 'new', 'other');
  });
});

describe('rm', () => {
  it('refuses what runs, unless forced', async () => {
    await detached('running', 'sleep 1000');
    expect((await guest.tryDocker('rm', 'running')).stderr).toBe(
      'Error response from daemon: cannot remove container "running": container is running: stop the container before removing or force remove\n',
    );
    expect(await guest.docker('rm', '-f', 'running')).toBe('running');
    expect((await guest.tryDocker('rm', 'running')).stderr).toBe(
      'Error response from daemon: No such container: running\n',
    );
    expect((await guest.tryDocker('rm', '-f', 'running')).exitCode).toBe(0);
  });
});

describe('wait', () => {
  it('tells how a container ended', async () => {
    await detached('waited', 'sleep 0.3; exit 6');
    expect(await guest.docker('wait', 'waited')).toBe('6');
    expect(await guest.docker('wait', 'waited')).toBe('6');
    await guest.docker('rm', 'waited');
  });
});

describe('logs', () => {
  it('keep both streams, and show any part', async () => {
    await guest.docker(
      'run',
      '-d',
      '--name',
      'lg',
      'busybox',
      'sh',
      '-c',
      'echo o1; sleep 0.2; echo e1 >&2; sleep 0.2; echo o2',
    );
    await guest.docker('wait', 'lg');
    expect(await guest.tryDocker('logs', 'lg')).toEqual({ stdout: 'o1\no2\n', stderr: 'e1\n', exitCode: 0 });
    expect(await guest.docker('logs', '--tail', '1', 'lg')).toBe('o2');
    expect(await guest.docker('logs', '--tail', '0', 'lg')).toBe('');
    const stamped = (await guest.docker('logs', '-t', 'lg')).split('\n');
    expect(stamped).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z o1$/),
      expect.stringMatching(/Z o2$/),
    ]);
    const second = stamped[1]!.split(' ')[0]!;
    expect(await guest.docker('logs', '--since', second, 'lg')).toBe('o2');
    // The client counts such times in whole seconds.
    await guest.host('sleep 1');
    expect(await guest.docker('logs', '--since', '1h', '--until', '0s', 'lg')).toBe('o1\no2');
    expect(await guest.docker('logs', '--until', '1h', 'lg')).toBe('');
    await guest.docker('rm', 'lg');
  });

  it('follow until the container ends', async () => {
    await detached('followed', 'i=0; while [ $i -lt 5 ]; do echo $i; i=$((i+1)); sleep 0.1; done');
    expect(await guest.docker('logs', '-f', 'followed')).toBe('0\n1\n2\n3\n4');
    await guest.docker('rm', 'followed');
  });

  it('keep no more than --log-opt max-size', async () => {
    await guest.docker('run', '--name', 'short', '--log-opt', 'max-size=1k', 'busybox', 'seq', '1000');
    const logs = await guest.docker('logs', 'short');
    expect(logs.length).toBeLessThanOrEqual(1000);
    expect(logs.endsWith('\n999\n1000')).toBe(true);
    expect((await guest.tryDocker('create', '--log-opt', 'size=1k', 'busybox')).stderr).toContain(
      "unknown log opt 'size' for json-file log driver",
    );
    await guest.docker('rm', 'short');
  });

  it('are not kept with --log-driver none', async () => {
    await guest.docker('run', '--name', 'ln', '--log-driver', 'none', 'busybox', 'echo', 'x');
    const { stderr, exitCode } = await guest.tryDocker('logs', 'ln');
    expect({ stderr, exitCode }).toEqual({
      stderr: 'Error response from daemon: configured logging driver does not support reading\n',
      exitCode: 1,
    });
    await guest.docker('rm', 'ln');
  });
});

describe('attach', () => {
  it('shares the terminal, and leaves it with Ctrl-P Ctrl-Q', async () => {
    const first = guest.startDocker({ tty: true }, 'run', '-it', '--name', 'shared', 'busybox', 'sh');
    await first.stdout.waitFor('/ # ');
    const second = guest.startDocker({ tty: true }, 'attach', 'shared');
    first.type('echo "from" "first"\r');
    await first.stdout.waitFor('from first');
    await second.stdout.waitFor('from first');
    second.type('echo "from" "second"\r');
    await first.stdout.waitFor('from second');
    second.type('\x10\x11');
    expect((await second.result).stderr).toBe('read escape sequence\n');
    expect(second.rawMode).toBe(false);
    expect(await state('shared')).toBe('running 0');
    first.type('\x10\x11');
    await first.result;
    const third = guest.startDocker({ tty: true }, 'attach', '--detach-keys', 'ctrl-a,x', 'shared');
    third.type('\r');
    await third.stdout.waitFor('/ # ');
    third.type('\x01x');
    expect((await third.result).stderr).toBe('read escape sequence\n');
    const fourth = guest.startDocker({ tty: true }, 'attach', 'shared');
    fourth.type('exit 12\r');
    expect((await fourth.result).exitCode).toBe(12);
    await guest.docker('rm', 'shared');
  });

  it('without a terminal ends with the container, and its exit code', async () => {
    await detached('plain', 'while [ ! -e /go ]; do sleep 0.05; done; echo went; exit 3');
    const attached = guest.startDocker({ stdin: '' }, 'attach', 'plain');
    await guest.docker('exec', 'plain', 'touch', '/go');
    expect(await attached.result).toEqual({ stdout: 'went\n', stderr: '', exitCode: 3 });
    expect((await guest.tryDocker('attach', 'plain')).stderr).toBe(
      'You cannot attach to a stopped container, start it first\n',
    );
    await guest.docker('rm', 'plain');
  });
});

describe('inspect and ps', () => {
  it('show what a container is', async () => {
    const id = await detached(
      'shown',
      'sleep 1000',
      '-e',
      'A=b',
      '-l',
      'team=blue',
      '-m',
      '64m',
      '-h',
      'host1',
      '--domainname',
      'example.org',
    );
    const found = await guest.api.containers.inspect('shown');
    expect(found).toMatchObject({
      Id: id,
      Name: '/shown',
      Path: 'sh',
      Args: ['-c', 'sleep 1000'],
      Driver: 'overlay2',
      Platform: 'linux',
      RestartCount: 0,
      State: {
        Status: 'running',
        Running: true,
        Paused: false,
        Restarting: false,
        OOMKilled: false,
        Dead: false,
        ExitCode: 0,
        Error: '',
        FinishedAt: '0001-01-01T00:00:00Z',
      },
      Config: { Hostname: 'host1', Domainname: 'example.org', Image: 'busybox', Tty: false, Labels: { team: 'blue' } },
      HostConfig: { Memory: 64 * 1024 * 1024, NetworkMode: 'bridge', LogConfig: { Type: 'json-file' } },
      NetworkSettings: { Networks: { bridge: { Gateway: '172.17.0.1', IPPrefixLen: 16 } } },
    });
    expect(found.Config.Env).toContain('A=b');
    expect(Date.parse(found.Created)).toBeLessThanOrEqual(Date.parse(found.State.StartedAt));
    // What inspect says is what the host has.
    expect(
      await guest.host(
        `cat ${found.HostnamePath}; grep -c "overlay ${found.GraphDriver.Data!['MergedDir']!} " /proc/mounts; ls ${found.NetworkSettings.SandboxKey}`,
      ),
    ).toBe(`host1\n1\n${found.NetworkSettings.SandboxKey}`);
    expect(await guest.host(`readlink /proc/${found.State.Pid}/exe`)).toMatch(/busybox|sh$/);

    const row = await guest.docker(
      'ps',
      '--no-trunc',
      '--filter',
      'name=shown',
      '--format',
      '{{.ID}} {{.Image}} {{.Command}} {{.Names}} {{.State}} {{.Label "team"}} {{.Networks}}',
    );
    expect(row).toBe(`${id} busybox "sh -c 'sleep 1000'" shown running blue bridge`);
    await guest.docker('rm', '-f', 'shown');
  });

  it('list by filter', async () => {
    await guest.tryDocker('run', '--name', 'f1', '-l', 'k=1', 'busybox', 'sh', '-c', 'exit 3');
    await guest.docker('create', '--name', 'f2', '-l', 'k=2', 'busybox');
    await detached('f3', 'sleep 1000');
    const names = (...flags: string[]) => guest.docker('ps', '--format', '{{.Names}}', ...flags);
    expect(await names()).toBe('f3');
    expect(await names('-a')).toBe('f3\nf2\nf1');
    expect(await names('-l')).toBe('f3');
    expect(await names('-n', '2')).toBe('f3\nf2');
    expect(await names('-f', 'exited=3')).toBe('');
    expect(await names('-a', '-f', 'exited=3')).toBe('f1');
    expect(await names('-f', 'status=created')).toBe('f2');
    expect(await names('-a', '-f', 'label=k')).toBe('f2\nf1');
    expect(await names('-a', '-f', 'label=k=1')).toBe('f1');
    expect(await names('-a', '-f', 'ancestor=busybox', '-f', 'name=f[12]')).toBe('f2\nf1');
    expect(await names('-f', 'before=f3', '-a')).toBe('f2\nf1');
    expect(await names('-f', 'since=f2')).toBe('f3');
    expect(await guest.docker('ps', '-aq')).toMatch(/^[0-9a-f]{12}\n[0-9a-f]{12}\n[0-9a-f]{12}$/);
    expect(await guest.docker('ps')).toMatch(
      /^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES\n[0-9a-f]{12} +busybox +"sh -c 'sleep 1000'" +\S[^\n]* ago +Up [^\n]* +f3$/,
    );
    expect((await guest.tryDocker('ps', '-f', 'nosuch=1')).stderr).toBe(
      "Error response from daemon: invalid filter 'nosuch'\n",
    );
    await guest.docker('rm', '-f', 'f1', 'f2', 'f3');
  });

  it('find by prefix, and say when it is not unique', async () => {
    const ids = [await guest.docker('create', 'busybox')];
    while (!ids.some((id, index) => ids.findIndex((other) => other[0] === id[0]) < index))
      ids.push(await guest.docker('create', 'busybox'));
    const shared = ids.at(-1)![0]!;
    expect((await guest.tryDocker('inspect', shared)).stderr).toContain(
      `multiple IDs found with provided prefix: ${shared}`,
    );
    expect(await guest.docker('inspect', '-f', '{{.Id}}', ids[0]!.slice(0, 20))).toBe(ids[0]);
    await guest.docker('rm', ...ids);
  });
});

describe('events', () => {
  /** `type action` of all that happened during `action`, as Docker orders it. */
  async function eventsOf(action: () => Promise<unknown>): Promise<string[]> {
    const stop = new AbortController();
    const events = await guest.api.system.events({}, stop.signal);
    await action();
    // Something to end with: what is published before it has been delivered by then.
    await guest.docker('create', '--name', 'last', 'busybox');
    await guest.docker('rm', 'last');
    const seen: string[] = [];
    for await (const line of events) {
      const event = JSON.parse(line) as EventMessage;
      if (event.Actor.Attributes['name'] === 'last') break;
      seen.push(describeEvent(event));
    }
    stop.abort();
    return seen;
  }

  const shownAttributes = ['exitCode', 'signal', 'oldName'];

  function describeEvent({ Type, Action, Actor }: EventMessage): string {
    const attributes = shownAttributes
      .filter((name) => name in Actor.Attributes)
      .map((name) => `${name}=${Actor.Attributes[name]}`);
    return [Type, Action, ...attributes].join(' ');
  }

  it('of a run come in Docker’s order', async () => {
    expect(await eventsOf(() => guest.docker('run', '--rm', '--name', 'ev', 'busybox', 'true'))).toEqual([
      'container create',
      'container attach',
      'network connect',
      'container start',
      'network disconnect',
      'container die exitCode=0',
      'container destroy',
    ]);
  });

  it('of a life come in Docker’s order', async () => {
    const life = async () => {
      await guest.docker('run', '-d', '--name', 'e2', 'busybox', 'sleep', '1000');
      await guest.docker('exec', 'e2', 'true');
      await guest.docker('pause', 'e2');
      await guest.docker('unpause', 'e2');
      await guest.api.containers.rename('e2', 'e3');
      await guest.docker('restart', '-t', '0', 'e3');
      await guest.docker('rm', '-f', 'e3');
    };
    expect(await eventsOf(life)).toEqual([
      'container create',
      'network connect',
      'container start',
      'container exec_create: true',
      'container exec_start: true',
      'container exec_die exitCode=0',
      'container pause',
      'container unpause',
      'container rename oldName=/e2',
      'container kill signal=15',
      'container kill signal=9',
      'network disconnect',
      'container stop',
      'container die exitCode=137',
      'network connect',
      'container start',
      'container restart',
      'container kill signal=9',
      'network disconnect',
      'container die exitCode=137',
      'container destroy',
    ]);
  });

  it('tell of a want of memory', async () => {
    expect(
      await eventsOf(() => guest.tryDocker('run', '--rm', '--name', 'ev', '-m', '16m', 'busybox', 'tail', '/dev/zero')),
    ).toContain('container oom');
  });
});
