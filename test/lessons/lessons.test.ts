// Every step of every lesson, in the real guest: its check fails before its solution and passes after.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LessonSession } from '../../src/host/lesson-session.ts';
import { HostWorld } from '../../src/host/lesson-world.ts';
import { readLessons } from '../../src/web-build/read-lessons.ts';
import { TestGuest } from '../engine/support/guest.ts';

const parts = readLessons(fileURLToPath(new URL('../../lessons', import.meta.url)));

describe('what checks may see', () => {
  let guest: TestGuest;
  let world: HostWorld;

  beforeAll(async () => {
    guest = await TestGuest.start({ images: ['busybox'] });
    world = new HostWorld(guest.drydock);
    await guest.docker('run', '-d', '--name', 'seen', '-h', 'inside', 'busybox', 'sh', '-c', 'echo hi >/f; sleep 1000');
  });
  afterAll(() => guest.stop());

  it('is the host’s and containers’ processes and files', async () => {
    expect(await world.run('echo out; hostname; exit 3', undefined)).toEqual({ output: 'out\ndrydock\n', exitCode: 3 });
    expect(await world.run('hostname; cat /f', 'seen')).toEqual({ output: 'inside\nhi\n', exitCode: 0 });
    expect(await world.run('true', 'nobody')).toBeUndefined();
    expect(await world.readFile('/etc/hostname', undefined)).toBe('drydock\n');
    expect(await world.readFile('/f', 'seen')).toBe('hi\n');
    expect(await world.readFile('/nowhere', undefined)).toBeUndefined();
    expect(await world.readFile('/nowhere', 'seen')).toBeUndefined();
  });

  it('is what happened, without the checks’ own doing', async () => {
    const { body } = await world.get('/containers/seen/json');
    expect(body).toMatchObject({ Name: '/seen' });
    expect((await world.events(0)).map(({ Action }) => Action)).toContain('start');
    const shell = await guest.shell();
    const since = Date.now();
    await shell.run('docker ps -q; curl -s --unix-socket /var/run/docker.sock http://d/v1.44/info >/dev/null');
    expect(world.commands(since)).toMatchObject([{ argv: ['docker', 'ps', '-q'], exitCode: 0 }]);
    expect(world.requests(since).map(({ path, userAgent }) => `${path} ${userAgent.split('/')[0]}`)).toEqual([
      '/_ping Docker-Client',
      '/containers/json Docker-Client',
      '/info curl',
    ]);
    expect(world.requests(Date.now())).toEqual([]);
  });
});

for (const { lesson } of parts.flatMap(({ lessons }) => lessons)) {
  describe(lesson.id, () => {
    let guest: TestGuest;
    let session: LessonSession;

    beforeAll(async () => {
      guest = await TestGuest.start();
      session = new LessonSession(guest.drydock, lesson);
    });
    afterAll(async () => {
      session.close();
      await guest.stop();
    });

    for (const step of lesson.steps) {
      it(step.id, async () => {
        await session.open(step.id);
        if (step.check.length > 0) expect(await session.missing()).not.toEqual([]);
        await session.solve();
        // What a solution started in the background may come to its state a little later.
        await expect.poll(() => session.missing(), { timeout: 20_000, interval: 250 }).toEqual([]);
      });
    }
  });
}
