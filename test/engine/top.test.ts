import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
  await guest.docker('run', '-d', '--name', 'c1', 'busybox', 'sleep', '1000');
});
afterAll(() => guest.stop());

it('shows the processes of a container as ps on the host would', async () => {
  const pid = await guest.docker('inspect', '-f', '{{.State.Pid}}', 'c1');
  const lines = (text: string): string[] => text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
  expect(lines(await guest.docker('top', 'c1'))).toEqual([
    'UID PID PPID C STIME TTY TIME CMD',
    expect.stringMatching(new RegExp(`^root ${pid} 1 \\d+ \\d\\d:\\d\\d \\? 00:00:00 sleep 1000$`)),
  ]);
  expect(lines(await guest.docker('top', 'c1', 'aux'))).toEqual([
    'USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND',
    expect.stringMatching(
      new RegExp(`^root ${pid} \\d+\\.\\d \\d\\.\\d \\d+ \\d+ \\? [RSD]s \\d\\d:\\d\\d 0:00 sleep 1000$`),
    ),
  ]);
  expect(lines(await guest.docker('top', 'c1', '-eo', 'pid,user,group,comm,args'))).toEqual([
    'PID USER GROUP COMMAND COMMAND',
    `${pid} root root sleep sleep 1000`,
  ]);
  expect((await guest.tryDocker('top', 'c1', '-o', 'user')).stderr).toBe(
    "Error response from daemon: Couldn't find PID field in ps output\n",
  );
});
