// A second engine over the same guest: what `systemctl restart docker` does on a host with live restore.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

const inspect = (name: string, format: string): Promise<string> => guest.docker('inspect', '-f', format, name);

/** Restarts the engine; `between` happens while there is none. */
async function restart(between: () => Promise<unknown> = async () => {}): Promise<void> {
  const { engine } = guest.drydock;
  const close = engine.close.bind(engine);
  engine.close = async () => {
    await close();
    await between();
  };
  await guest.drydock.restartEngine();
  expect(guest.drydock.engine).not.toBe(engine);
}

/** Resolves when a container has had an event. */
function event(name: string, action: string): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = guest.drydock.engine.events.subscribe((happened) => {
      if (happened.attributes['name'] !== name || happened.action !== action) return;
      unsubscribe();
      resolve();
    });
  });
}

describe('a running container', () => {
  it('runs on: found again, with its streams, log, address and ports', async () => {
    await guest.docker(
      ...['run', '-d', '-i', '--name', 'cat', '-p', '8080:80', '-l', 'k=v', '--restart', 'on-failure:3'],
      ...['busybox', 'sh', '-c', 'echo begin; printf unfinished; exec cat'],
    );
    const fields =
      '{{.Id}} {{.State.Pid}} {{.State.StartedAt}} {{json .NetworkSettings}} {{json .HostConfig}} {{.LogPath}}';
    const before = await inspect('cat', fields);
    const ps = await guest.docker('ps', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.Ports}} {{.Labels}}');
    const networks = await guest.docker('network', 'ls', '--no-trunc');
    const info = await guest.docker('info', '-f', '{{.ID}}');
    await restart();
    expect(await inspect('cat', fields)).toBe(before);
    expect(await guest.docker('ps', '--no-trunc', '--format', '{{.ID}} {{.Names}} {{.Ports}} {{.Labels}}')).toBe(ps);
    expect(await guest.docker('network', 'ls', '--no-trunc')).toBe(networks);
    expect(await guest.docker('info', '-f', '{{.ID}}')).toBe(info);
    expect(await guest.docker('exec', 'cat', 'echo', 'hello')).toBe('hello');

    const attached = guest.startDocker({}, 'attach', 'cat');
    attached.type('typed\n');
    await attached.stdout.waitFor('typed\n');
    expect(await guest.docker('logs', 'cat')).toBe('begin\nunfinishedtyped');

    // Its address, name and port are taken.
    await guest.docker('run', '-d', '--name', 'other', 'busybox', 'sleep', '1000');
    const address = '{{.NetworkSettings.IPAddress}}';
    expect(await inspect('other', address)).not.toBe(await inspect('cat', address));
    expect((await guest.tryDocker('create', '--name', 'cat', 'busybox')).stderr).toContain('is already in use');
    expect((await guest.tryDocker('run', '--rm', '-p', '8080:80', 'busybox', 'true')).stderr).toContain(
      'port is already allocated',
    );
    await guest.docker('rm', '-f', 'other');
    await guest.docker('stop', '-t', '0', 'cat');
    expect((await attached.result).exitCode).toBe(137);
    expect(await inspect('cat', '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}')).toBe('exited 137 0');
    await guest.docker('start', 'cat');
    await guest.docker('rm', '-f', 'cat');
  });

  it('loses no output of the time between', async () => {
    await guest.docker('run', '-d', '-i', '--name', 'busy', 'busybox', 'sh', '-c', 'read x; seq 20000; read x');
    const attached = guest.startDocker({}, 'attach', 'busy');
    attached.type('go\n');
    await attached.stdout.waitFor('\n1000\n');
    await restart();
    await attached.result;
    const again = guest.startDocker({}, 'attach', 'busy');
    again.type('end\n');
    await again.result;
    await guest.docker('wait', 'busy');
    const lines = (await guest.docker('logs', 'busy')).split('\n');
    expect(lines).toEqual(Array.from({ length: 20000 }, (_, index) => String(index + 1)));
    await guest.docker('rm', 'busy');
  });

  it('has a terminal as before', async () => {
    await guest.docker('run', '-dit', '--name', 'tty', 'busybox', 'sh');
    await restart();
    const attached = guest.startDocker({ tty: true }, 'attach', 'tty');
    attached.type('stty size; echo $((6 * 7)); exit 3\n');
    await attached.stdout.waitFor('42');
    expect((await attached.result).exitCode).toBe(3);
    await guest.docker('rm', 'tty');
  });
});

describe('a container that ended meanwhile', () => {
  it('has its exit code, time and last words', async () => {
    await guest.docker(
      'run',
      '-d',
      '--name',
      'ended',
      'busybox',
      'sh',
      '-c',
      'trap "echo bye; exit 7" TERM; sleep 1000 & wait',
    );
    await guest.docker('run', '-d', '--rm', '--name', 'gone', 'busybox', 'sleep', '1000');
    const pids = [await inspect('ended', '{{.State.Pid}}'), await inspect('gone', '{{.State.Pid}}')];
    let after!: string;
    await restart(async () => {
      // PID 1 of a namespace gets from outside what it handles, and SIGKILL.
      await guest.host(`kill ${pids[0]}; kill -9 ${pids[1]}; while [ -e /proc/${pids[0]}/cwd ]; do sleep 0.1; done`);
      after = new Date().toISOString();
    });
    await guest.docker('wait', 'ended');
    const [state, finished] = (
      await inspect('ended', '{{.State.Status}}={{.State.ExitCode}} {{.State.FinishedAt}}')
    ).split(' ');
    expect(state).toBe('exited=7');
    expect(finished! <= after).toBe(true);
    expect(await guest.docker('logs', 'ended')).toBe('bye');
    expect(await guest.docker('ps', '-aq', '--filter', 'name=gone')).toBe('');
    await guest.docker('rm', 'ended');
    expect(await guest.host('ls /var/lib/docker/containers')).toBe('');
  });
});

describe('restart policies', () => {
  it('go on where they were, and bring back what a daemon brings back', async () => {
    const run = (name: string, policy: string, script: string): Promise<string> =>
      guest.docker('run', '-d', '--name', name, '--restart', policy, 'busybox', 'sh', '-c', script);
    await run('always', 'always', 'sleep 1000');
    await run('unless', 'unless-stopped', 'sleep 1000');
    await run('never', 'no', 'exit 1');
    await guest.docker('wait', 'never');
    await guest.docker('create', '--name', 'created', '--restart', 'always', 'busybox', 'true');
    await guest.docker('stop', '-t', '0', 'always', 'unless');
    const deaths = Promise.all([event('failing', 'die')]);
    await run('failing', 'always', 'exit 4');
    await deaths;
    for (let count = 0; count < 4; count++) await event('failing', 'die');
    const count = Number(await inspect('failing', '{{.RestartCount}}'));
    expect(await inspect('failing', '{{.State.Status}}')).toBe('restarting');
    await restart();
    const names = ['always', 'unless', 'never', 'created'];
    expect(await guest.docker('inspect', '-f', '{{.State.Status}}', ...names)).toBe('running\nexited\nexited\ncreated');
    expect(await inspect('failing', '{{.State.Status}} {{.RestartCount}}')).toBe(`restarting ${count}`);
    await event('failing', 'die');
    expect(await inspect('failing', '{{.RestartCount}} {{.State.ExitCode}}')).toBe(`${count + 1} 4`);
    await guest.docker('rm', '-f', 'failing', ...names);
  });
});

it('a paused container stays paused, a health check keeps its count', async () => {
  await guest.docker('run', '-d', '--name', 'paused', 'busybox', 'sleep', '1000');
  await guest.docker('pause', 'paused');
  await guest.docker(
    ...['run', '-d', '--name', 'sick', '--health-cmd', 'echo ill; exit 1', '--health-interval', '300ms'],
    ...['--health-retries', '100', 'busybox', 'sleep', '1000'],
  );
  const streak = async (): Promise<number> => Number(await inspect('sick', '{{.State.Health.FailingStreak}}'));
  while ((await streak()) < 2) await event('sick', 'exec_die');
  await restart();
  const counted = await streak();
  expect(counted).toBeGreaterThanOrEqual(2);
  expect(await inspect('sick', '{{.State.Health.Status}}')).toBe('starting');
  while ((await streak()) === counted) await event('sick', 'exec_die');
  expect(await streak()).toBeGreaterThan(counted);

  expect(await inspect('paused', '{{.State.Status}}')).toBe('paused');
  await guest.docker('unpause', 'paused');
  expect(await guest.docker('exec', 'paused', 'echo', 'awake')).toBe('awake');
  await guest.docker('rm', '-f', 'paused', 'sick');
});

it('records that are damaged are left out, and what a start left behind is removed', async () => {
  await guest.docker('run', '-d', '--name', 'good', 'busybox', 'sleep', '1000');
  const id = await guest.docker('create', '--name', 'bad', 'busybox', 'true');
  await restart(() =>
    guest.host(
      `cd /var/lib/docker/containers/${id} && head -c 100 config.v2.json > cut && mv cut config.v2.json && mkdir ../nonsense`,
    ),
  );
  expect(await guest.docker('ps', '-a', '--format', '{{.Names}}')).toBe('good');
  await guest.docker('rm', '-f', 'good');
  await guest.host('rm -r /var/lib/docker/containers/*');
});

it('an error that nobody caught ends the engine, not what runs', async () => {
  await guest.docker('run', '-d', '--name', 'survivor', 'busybox', 'sleep', '1000');
  const pid = await inspect('survivor', '{{.State.Pid}}');
  const { engine } = guest.drydock;
  const report = vi.spyOn(console, 'error').mockImplementation(() => {});
  await guest.drydock.crashed(new Error('a fault'));
  expect(report).toHaveBeenCalled();
  report.mockRestore();
  expect(guest.drydock.engine).not.toBe(engine);
  expect(await inspect('survivor', '{{.State.Status}} {{.State.Pid}}')).toBe(`running ${pid}`);
  await guest.docker('rm', '-f', 'survivor');
});

it('systemctl and service restart it from within', async () => {
  await guest.docker('run', '-d', '--name', 'seen', 'busybox', 'sleep', '1000');
  const { engine } = guest.drydock;
  const shell = await guest.shell();
  expect(await shell.run('systemctl restart docker')).toEqual({ output: '', exitCode: 0 });
  expect(guest.drydock.engine).not.toBe(engine);
  expect(await shell.run('service docker restart && docker ps --format "{{.Names}}"')).toEqual({
    output: 'seen\n',
    exitCode: 0,
  });
  expect((await shell.run('systemctl restart nginx')).exitCode).toBe(5);
  await guest.docker('rm', '-f', 'seen');
});
