import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;
beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});
afterAll(async () => guest.stop());

const script = [
  'mkdir -p /a/b; echo x >/a/b/c; ln -s /q /a/l',
  'rm /bin/env',
  'chmod 700 /tmp',
  'echo y >>/etc/passwd',
  'rm -r /var/spool; mkdir /var/spool; touch /var/spool/z',
  'mv /etc/group /etc/grp',
];

describe('diff', () => {
  it('lists what was added, changed and deleted', async () => {
    await guest.docker('run', '--name', 'changed', 'busybox', 'sh', '-c', script.join('; '));
    expect((await guest.docker('diff', 'changed')).split('\n')).toEqual([
      'A /a',
      'A /a/b',
      'A /a/b/c',
      'A /a/l',
      'C /bin',
      'D /bin/env',
      'C /etc',
      'D /etc/group',
      'A /etc/grp',
      'C /etc/passwd',
      'C /tmp',
      'C /var',
      'C /var/spool',
      'A /var/spool/z',
      'D /var/spool/mail',
    ]);
    await guest.docker('rm', 'changed');
  });

  it('of a container that changed nothing is empty', async () => {
    await guest.docker('run', '--name', 'same', 'busybox', 'true');
    expect(await guest.docker('diff', 'same')).toBe('');
    expect(await guest.host('ls /var/lib/docker/tmp; grep -c docker/tmp /proc/mounts')).toBe('0');
    await guest.docker('rm', 'same');
  });

  it('of nothing says so', async () => {
    expect((await guest.tryDocker('diff', 'nosuch')).stderr).toBe(
      'Error response from daemon: No such container: nosuch\n',
    );
  });
});
