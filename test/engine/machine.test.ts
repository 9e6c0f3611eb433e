import { afterEach, describe, expect, it } from 'vitest';
import { open } from '../../src/guest/linux.ts';
import { ProgramBuilder } from '../../src/guest/program-builder.ts';
import { TestGuest } from './support/guest.ts';

const guests: TestGuest[] = [];

const start = async (): Promise<TestGuest> => {
  const guest = await TestGuest.start({ images: ['busybox'] });
  guests.push(guest);
  return guest;
};

afterEach(async () => {
  for (const guest of guests.splice(0)) await guest.stop();
});

describe('two machines from one snapshot', () => {
  it('are not alike in what must be random, and agree on the time', async () => {
    const both = [await start(), await start()];
    const [random, ids, uuids] = await Promise.all([
      Promise.all(both.map((guest) => guest.host('head -c 16 /dev/urandom | md5sum'))),
      Promise.all(both.map((guest) => guest.docker('create', 'busybox'))),
      Promise.all(both.map((guest) => guest.docker('run', '--rm', 'busybox', 'cat', '/proc/sys/kernel/random/uuid'))),
    ]);
    for (const values of [random, ids, uuids]) expect(values[0]).not.toBe(values[1]);
    for (const guest of both) {
      const before = Math.floor(Date.now() / 1000);
      const inside = Number(await guest.docker('run', '--rm', 'busybox', 'date', '+%s'));
      // A second for the rounding and one for what the emulator's clock wanders.
      expect(inside).toBeGreaterThanOrEqual(before - 2);
      expect(inside).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + 2);
    }
  });
});

describe('a guest that dies', () => {
  const ways = {
    'of a panic': 'echo 2 >/proc/sys/vm/panic_on_oom; tail /dev/zero',
    'by halting': 'halt -f',
    'by rebooting': 'reboot -f',
  };

  it.each(Object.entries(ways))('%s is noticed, and requests under way fail', async (_way, command) => {
    const guest = await start();
    const session = guest.startDocker({}, 'run', '--rm', 'busybox', 'sh', '-c', 'echo up; sleep 1000');
    await session.stdout.waitFor('up');
    const waiting = guest.api.containers.wait((await guest.api.containers.list())[0]!.Id).then(({ result }) => result);
    const end = guest.host(command);
    const { reason, message } = await guest.machine.died;
    expect(['panic', 'halted', 'crashed']).toContain(reason);
    expect(message).not.toBe('');
    await expect(end).rejects.toThrow();
    // Its answer had begun, so the error is part of it, as Docker has it.
    await expect(waiting).resolves.toEqual({ StatusCode: 125, Error: { Message: message } });
    expect((await session.result).exitCode).not.toBe(0);
    await expect(guest.api.containers.create({ Image: 'busybox' })).rejects.toThrow();
    expect((await guest.tryDocker('run', '--rm', 'busybox', 'true')).exitCode).not.toBe(0);
  });
});

describe('a guest with no process to spare', () => {
  it('says so, and goes on when there is room again', async () => {
    const guest = await start();
    const threadsMax = '/proc/sys/kernel/threads-max';
    const before = (await guest.host(`cat ${threadsMax}`)).trim();
    const allow = async (threads: string): Promise<void> => {
      const p = new ProgramBuilder('limit the number of threads');
      p.writeFile(threadsMax, threads, open.O_WRONLY, 0);
      await guest.machine.channel.run(p.build());
    };
    // The least the kernel takes, and fewer than its own threads.
    await allow('20');
    const failed = await guest.tryDocker('run', '--rm', 'busybox', 'true');
    expect(failed.exitCode).toBe(125);
    expect(failed.stderr.toLowerCase()).toContain('resource temporarily unavailable');
    await allow(before);
    expect((await guest.tryDocker('run', '--rm', 'busybox', 'true')).exitCode).toBe(0);
    expect(await guest.docker('ps', '--all', '--quiet')).toBe('');
  });
});
