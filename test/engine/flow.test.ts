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
    const stalled = guest.startDocker({ stdin: '' }, 'run', '--name', 'noisy', '--log-driver', 'none', 'busybox', 'yes');
    await stalled.stdout.waitFor('y\ny\n');
    const reading = deferred();
    stalled.stalled = reading.promise;

    // Bytes `yes` has written: it comes to rest when all buffers on the way are full.
    const pid = await guest.docker('inspect', '-f', '{{.State.Pid}}', 'noisy');
    const written = async () => Number(/^wchar: (\d+)/m.exec(await guest.host(`cat /proc/${pid}/io 2>/dev/null || echo wchar: 0`))![1]);
    const cpuTime = async () => (await guest.host(`cut -d' ' -f14,15 /proc/${pid}/stat`)).split(' ').reduce((sum, ticks) => sum + Number(ticks), 0);
    void written;
    for (let before = -1, now = await cpuTime(); now !== before; ) {
      before = now;
      await guest.host('sleep 0.5');
      now = await cpuTime();
    }
    const used = process.memoryUsage();
    for (let i = 0; i < 3; i++) expect(await guest.docker('run', '--rm', 'busybox', 'echo', 'served')).toBe('served');
    expect(await cpuTime()).toBeLessThanOrEqual((await cpuTime()) + 1);
    expect(process.memoryUsage().arrayBuffers - used.arrayBuffers).toBeLessThan(32 * 1024 * 1024);
    expect(stalled.stdout.text.length).toBeLessThan(4 * 1024 * 1024);

    reading.resolve();
    await guest.docker('kill', 'noisy');
    expect((await stalled.result).exitCode).toBe(137);
    await guest.docker('rm', 'noisy');
  });

  it('does not fill memory with logs', async () => {
    await guest.docker('run', '-d', '--name', 'chatty', 'busybox', 'yes', 'a rather long line that is said again and again and again');
    const heap = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const before = heap();
    for (let i = 0; i < 3; i++) {
      expect(await guest.docker('run', '--rm', 'busybox', 'echo', 'served')).toBe('served');
      await guest.host('sleep 0.5');
    }
    expect(heap() - before).toBeLessThan(256 * 1024 * 1024);
    await guest.docker('rm', '-f', 'chatty');
  });
});
