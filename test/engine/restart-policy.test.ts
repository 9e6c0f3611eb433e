import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventMessage } from '../../src/api/events.ts';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

const inspect = (name: string, format: string): Promise<string> => guest.docker('inspect', '-f', format, name);

const detached = (name: string, policy: string, script: string): Promise<string> =>
  guest.docker('run', '-d', '--name', name, '--restart', policy, 'busybox', 'sh', '-c', script);

/** Resolves with the actions of a container's events, from now until `enough` of them have come. */
async function actionsUntil(
  name: string,
  enough: (actions: readonly string[]) => boolean,
  during: () => Promise<unknown>,
): Promise<string[]> {
  const actions: string[] = [];
  const { events } = guest.drydock.engine;
  let unsubscribe!: () => void;
  const seen = new Promise<void>((resolve) => {
    unsubscribe = events.subscribe(({ type, action, attributes }) => {
      if (type !== ('container' satisfies EventMessage['Type']) || attributes.name !== name) return;
      actions.push(action);
      if (enough(actions)) resolve();
    });
  });
  await during();
  await seen;
  unsubscribe();
  return actions;
}

const times = (action: string, number: number) => (actions: readonly string[]) =>
  actions.filter((each) => each === action).length >= number;

describe('on-failure', () => {
  it('tries so many times more', async () => {
    const actions = await actionsUntil('failing', times('die', 3), () =>
      detached('failing', 'on-failure:2', 'echo try; exit 3'),
    );
    expect(actions).toEqual(['create', 'start', 'die', 'start', 'die', 'start', 'die']);
    expect(await inspect('failing', '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}')).toBe('2 exited 3');
    expect(await guest.docker('logs', 'failing')).toBe('try\ntry\ntry');
    expect(await guest.docker('ps', '-a', '--filter', 'name=failing', '--format', '{{.Status}}')).toMatch(
      /^Exited \(3\) /,
    );
    // A person's start counts anew.
    await actionsUntil('failing', times('die', 3), () => guest.docker('start', 'failing'));
    expect(await inspect('failing', '{{.RestartCount}}')).toBe('2');
    await guest.docker('rm', 'failing');
  });

  it('leaves success alone', async () => {
    await actionsUntil('fine', times('die', 1), () => detached('fine', 'on-failure', 'true'));
    expect(await inspect('fine', '{{.RestartCount}} {{.State.Status}}')).toBe('0 exited');
    await guest.docker('rm', 'fine');
  });

  it('does not bind a client in the foreground', async () => {
    const { stdout, exitCode } = await guest.tryDocker(
      ...['run', '--name', 'front', '--restart', 'on-failure:1', 'busybox', 'sh', '-c', 'echo hi; exit 5'],
    );
    expect(stdout).toBe('hi\n');
    expect(exitCode).toBe(5);
    await guest.docker('rm', '-f', 'front');
  });
});

describe('while it waits to be restarted', () => {
  /** Some restarts on, the wait is long enough to be seen. */
  const waiting = (name: string): Promise<string[]> =>
    actionsUntil(name, times('die', 5), () => detached(name, 'always', 'exit 4'));

  it('a container is restarting, and refuses what takes a process', async () => {
    await waiting('again');
    const { Id: id, State: state } = await guest.api.containers.inspect('again');
    expect(state).toMatchObject({ Status: 'restarting', Running: true, Restarting: true, Pid: 0, ExitCode: 4 });
    expect(await guest.docker('ps', '--format', '{{.Status}}')).toMatch(/^Restarting \(4\) .* ago$/);
    const restarting = `Error response from daemon: Container ${id} is restarting, wait until the container is running\n`;
    for (const args of [
      ['exec', 'again', 'true'],
      ['pause', 'again'],
    ]) {
      expect(await guest.tryDocker(...args)).toMatchObject({ stderr: restarting, exitCode: 1 });
    }
    expect((await guest.tryDocker('attach', 'again')).stderr).toBe(
      'You cannot attach to a restarting container, wait until it is running\n',
    );
    expect((await guest.tryDocker('rm', 'again')).stderr).toContain(
      'container is restarting: stop the container before removing or force remove',
    );
    expect(await actionsUntil('again', times('stop', 1), () => guest.docker('stop', 'again'))).toEqual(['stop']);
    expect(await inspect('again', '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}')).toBe('exited 4 5');
    await guest.docker('rm', 'again');
  });

  it('kill and rm --force end it', async () => {
    await waiting('killed');
    await guest.docker('kill', 'killed');
    expect(await inspect('killed', '{{.State.Status}}')).toBe('exited');
    await guest.docker('rm', 'killed');
    await waiting('removed');
    await guest.docker('rm', '-f', 'removed');
    expect(await guest.docker('ps', '-aq')).toBe('');
  });
});

describe('a container with a policy', () => {
  it.each(['always', 'unless-stopped', 'on-failure'])('%s stays down when stopped by hand', async (policy) => {
    await detached('down', policy, 'sleep 1000');
    await guest.docker('stop', '-t', '0', 'down');
    expect(await inspect('down', '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}')).toBe('exited 137 0');
    // And comes back when restarted by hand.
    await guest.docker('restart', 'down');
    expect(await inspect('down', '{{.State.Status}}')).toBe('running');
    await guest.docker('rm', '-f', 'down');
  });

  it('is restarted when its process dies by itself', async () => {
    await detached('mortal', 'always', 'sleep 1000');
    const pid = await inspect('mortal', '{{.State.Pid}}');
    await actionsUntil('mortal', times('start', 1), () => guest.host(`kill -9 ${pid}`));
    expect(await inspect('mortal', '{{.State.Status}} {{.RestartCount}}')).toBe('running 1');
    await guest.docker('rm', '-f', 'mortal');
  });

  it('is refused when the policy makes no sense', async () => {
    const refusal = async (...flags: string[]): Promise<string> =>
      (await guest.tryDocker('create', ...flags, 'busybox')).stderr;
    expect(await refusal('--restart', 'foo')).toBe(
      "Error response from daemon: invalid restart policy: unknown policy 'foo'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'\n",
    );
    expect(await refusal('--restart', 'always:3')).toBe(
      "Error response from daemon: invalid restart policy: maximum retry count can only be used with 'on-failure'\n",
    );
    expect(await refusal('--restart', 'always', '--rm')).toContain(
      'conflicting options: cannot specify both --restart and --rm',
    );
  });
});
