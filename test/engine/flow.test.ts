import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deferred } from '../../src/lib/deferred.ts';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

describe('a reader who does not read', () => {
  it('stops the writer, and nobody else', async () => {
    const buffersBefore = process.memoryUsage().arrayBuffers;
    const stalled = guest.startDocker(
      { stdin: '' },
      'run',
      '--name',
      'noisy',
      '--log-driver',
      'none',
      'busybox',
      'yes',
    );
    await stalled.stdout.waitFor('y\ny\n');
    const reading = deferred();
    stalled.stalled = reading.promise;

    // It comes to rest when all buffers on the way are full.
    const pid = await guest.docker('inspect', '-f', '{{.State.Pid}}', 'noisy');
    const cpuTime = () => guest.host(`cut -d' ' -f14,15 /proc/${pid}/stat; sleep 0.5`);
    for (let before = '', now = await cpuTime(); now !== before; [before, now] = [now, await cpuTime()]);

    const atRest = await cpuTime();
    const received = stalled.stdout.text.length;
    for (let i = 0; i < 3; i++) expect(await guest.docker('run', '--rm', 'busybox', 'echo', 'served')).toBe('served');
    expect(await cpuTime()).toBe(atRest);
    expect(stalled.stdout.text.length).toBe(received);
    // Pipes, credits and queues on the way hold a few hundred kilobytes each at most.
    expect(process.memoryUsage().arrayBuffers - buffersBefore).toBeLessThan(8 * 1024 * 1024);

    reading.resolve();
    await guest.docker('kill', 'noisy');
    expect((await stalled.result).exitCode).toBe(137);
    await guest.docker('rm', 'noisy');
  });
});

describe('a log', () => {
  it('loses its oldest lines before it fills memory, and the writer starves nobody', async () => {
    const line = 'again and '.repeat(100);
    await guest.docker(
      'run',
      '-d',
      '--name',
      'chatty',
      'busybox',
      'sh',
      '-c',
      `echo first; yes "${line}" | head -c 20000000; echo; echo last`,
    );
    expect(await guest.docker('run', '--rm', 'busybox', 'echo', 'served')).toBe('served');
    expect(await guest.docker('wait', 'chatty')).toBe('0');
    const logs = await guest.docker('logs', 'chatty');
    expect(logs.length).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(logs.startsWith('first')).toBe(false);
    expect(logs.endsWith('\nlast')).toBe(true);
    await guest.docker('rm', '-f', 'chatty');
  });
});
