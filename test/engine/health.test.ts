import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

const start = (name: string, command: string, ...flags: string[]): Promise<string> =>
  guest.docker('run', '-d', '--name', name, '--health-cmd', command, ...flags, 'busybox', 'sleep', '1000');

const status = (name: string): Promise<string> =>
  guest.docker('ps', '--filter', `name=${name}`, '--format', '{{.Status}}');

const health = async (name: string) => (await guest.api.containers.inspect(name)).State.Health;

/** Waits for the next event of a container whose action begins so; subscribe before what causes it. */
function next(name: string, beginning: string): Promise<string> {
  return new Promise((resolve) => {
    const stop = guest.drydock.engine.events.subscribe(({ action, attributes }) => {
      if (attributes.name !== name || !action.startsWith(beginning)) return;
      stop();
      resolve(action);
    });
  });
}

describe('a health check', () => {
  it('says how the container is', async () => {
    const first = next('hc', 'health_status');
    await start('hc', 'echo ok; test ! -e /sick', '--health-interval', '300ms', '--health-retries', '2');
    expect(await first).toBe('health_status: healthy');
    expect(await status('hc')).toMatch(/^Up .* \(healthy\)$/);
    expect((await health('hc'))?.Log?.[0]).toMatchObject({ ExitCode: 0, Output: 'ok\n' });

    const second = next('hc', 'health_status');
    await guest.docker('exec', 'hc', 'touch', '/sick');
    expect(await second).toBe('health_status: unhealthy');
    expect(await status('hc')).toMatch(/ \(unhealthy\)$/);
    expect(await health('hc')).toMatchObject({ Status: 'unhealthy', FailingStreak: 2 });
    expect(await guest.docker('ps', '--filter', 'health=unhealthy', '--format', '{{.Names}}')).toBe('hc');
    expect(await guest.docker('ps', '--filter', 'health=healthy', '--filter', 'health=none', '-q')).toBe('');

    const third = next('hc', 'health_status');
    await guest.docker('exec', 'hc', 'rm', '/sick');
    expect(await third).toBe('health_status: healthy');
  });

  it('keeps the last five results', async () => {
    for (let probe = 0; probe < 6; probe++) await next('hc', 'exec_die');
    await next('hc', 'exec_create');
    expect((await health('hc'))?.Log).toHaveLength(5);
  });

  it('rests while the container is paused or stopped', async () => {
    await guest.docker('pause', 'hc');
    expect((await health('hc'))?.Status).toBe('unhealthy');
    expect(await status('hc')).toMatch(/ \(Paused\)$/);
    const again = next('hc', 'health_status');
    await guest.docker('unpause', 'hc');
    expect(await again).toBe('health_status: healthy');
    await guest.docker('stop', '-t', '0', 'hc');
    expect((await health('hc'))?.Status).toBe('unhealthy');
    const restarted = next('hc', 'health_status');
    await guest.docker('start', 'hc');
    expect((await health('hc'))?.Status).toBe('starting');
    expect(await restarted).toBe('health_status: healthy');
    await guest.docker('rm', '-f', 'hc');
  });

  it('that takes too long fails, and is killed', async () => {
    const unhealthy = next('slow', 'health_status');
    await start(
      'slow',
      'echo part; exec sleep 1234',
      ...['--health-interval', '100ms', '--health-timeout', '500ms', '--health-retries', '1'],
    );
    expect(await status('slow')).toMatch(/ \(health: starting\)$/);
    expect(await unhealthy).toBe('health_status: unhealthy');
    expect((await health('slow'))?.Log?.[0]).toMatchObject({
      ExitCode: -1,
      Output: 'Health check exceeded timeout (500ms): part\n',
    });
    await guest.docker('rm', '-f', 'slow');
  });

  it('does not count failures while the container may still be starting', async () => {
    const died = next('late', 'exec_die');
    await start(
      'late',
      'false',
      ...['--health-start-period', '1h', '--health-start-interval', '100ms', '--health-retries', '1'],
    );
    await died;
    await next('late', 'exec_create');
    expect(await health('late')).toMatchObject({ Status: 'starting', FailingStreak: 0 });
    await guest.docker('rm', '-f', 'late');
  });

  it('is absent without one, or with --no-healthcheck', async () => {
    await guest.docker('run', '-d', '--name', 'plain', '--no-healthcheck', 'busybox', 'sleep', '1000');
    expect(await health('plain')).toBeUndefined();
    expect(await status('plain')).not.toContain('(');
    expect(await guest.docker('ps', '--filter', 'health=none', '--format', '{{.Names}}')).toBe('plain');
    await guest.docker('rm', '-f', 'plain');
  });

  it('is refused when it makes no sense', async () => {
    expect(
      (await guest.tryDocker('create', '--health-cmd', 'true', '--health-interval', '0.5ms', 'busybox')).stderr,
    ).toBe('Error response from daemon: Interval in Healthcheck cannot be less than 1ms\n');
    expect((await guest.tryDocker('ps', '--filter', 'health=foo')).stderr).toBe(
      "Error response from daemon: invalid filter 'health=foo': invalid value for health (foo): must be one of none, starting, healthy, unhealthy\n",
    );
  });
});
