import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TarScanner } from '../../src/lib/tar/tar-scanner.ts';
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

describe('export', () => {
  const listing = (archive: string): Promise<string> => guest.host(`tar tvf ${archive} | grep -v ' bin/'`);

  it('packs the merged root of a stopped container', async () => {
    const make =
      'mkdir -m 700 /d; echo text >/d/file; ln /d/file /d/hard; ln -s file /d/soft; mkfifo /d/fifo; touch -d "2020-02-03 04:05:06" /d/file; chown 12:34 /d/file; chmod 4755 /d/file; rm /bin/env';
    await guest.docker('run', '--name', 'packed', 'busybox', 'sh', '-c', make);
    await guest.docker('export', '-o', 'packed.tar', 'packed');
    expect(await guest.host('ls -l /root/packed.tar | cut -c1-10')).toBe('-rw-------');
    const rows = (await listing('/root/packed.tar')).split('\n');
    expect(rows.filter((row) => / d\//.test(row))).toEqual([
      expect.stringMatching(/^drwx------ 0\/0 .* d\/$/),
      expect.stringMatching(/^prw-r--r-- 0\/0 .* d\/fifo$/),
      '-rwsr-xr-x 12/34         5 2020-02-03 04:05:06 d/file',
      expect.stringMatching(/ d\/hard (->|link to) d\/file$/),
      expect.stringMatching(/^lrwxrwxrwx .* d\/soft -> file$/),
    ]);
    expect(rows.some((row) => row.endsWith(' .dockerenv'))).toBe(true);
    expect(await guest.host('tar tf /root/packed.tar | grep -c ^bin/env')).toBe('0');
    expect(
      await guest.host(
        'mkdir /root/out; cd /root/out; tar xf ../packed.tar; cat d/hard; cmp bin/busybox /bin/busybox >/dev/null; ls -l bin/busybox | wc -l; rm -r /root/out',
      ),
    ).toBe('text\n1');
    await guest.docker('start', 'packed');
    await guest.docker('rm', '-f', 'packed');
  });

  it('packs a running container, and leaves nothing', async () => {
    await guest.docker(
      'run',
      '-d',
      '--name',
      'live',
      'busybox',
      'sh',
      '-c',
      'head -c 3000000 /dev/urandom >/big; sync; touch /done; sleep 1000',
    );
    await guest.docker('exec', 'live', 'sh', '-c', 'while [ ! -e /done ]; do sleep 0.05; done');
    await guest.docker('export', '--output', '/root/live.tar', 'live');
    const sum = (await guest.docker('exec', 'live', 'md5sum', '/big')).split(' ')[0]!;
    expect(await guest.host('tar xOf /root/live.tar big | md5sum')).toContain(sum);
    expect(await guest.host('ls /var/lib/docker/tmp; grep -c docker/tmp /proc/mounts')).toBe('0');
    await guest.docker('rm', '-f', 'live');
  });

  it('refuses what Docker refuses', async () => {
    const stderr = async (...args: string[]) => (await guest.tryDocker('export', ...args)).stderr;
    expect(await stderr('nosuch')).toBe('Error response from daemon: No such container: nosuch\n');
    expect(await stderr('-o', '/nodir/x', 'nosuch')).toBe(
      'failed to export container: invalid output path: directory "/nodir" does not exist\n',
    );
    expect(await stderr('-o', '/dev/null', 'nosuch')).toBe(
      'failed to export container: invalid output path: "/dev/null" must be a directory or a regular file: got a device\n',
    );
  });
});

describe('archive', () => {
  /** Names in the tar of a path: every header block's. */
  async function namesAt(container: string, path: string): Promise<string[]> {
    const { content } = await guest.api.containers.archive(container, path);
    const bytes = new Uint8Array(await new Response(content as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
    const names: string[] = [];
    const scanner = new TarScanner(({ name }) => names.push(name));
    scanner.push(bytes);
    scanner.end();
    return names;
  }

  it('packs a path by its name, links resolved inside the container', async () => {
    const make = 'mkdir -p /d/sub; echo 12345 >/d/sub/f; ln -s /d/sub /l; ln -s ../../../d/sub/f /d/up; chmod 1777 /d';
    await guest.docker('run', '--name', 'source', '-v', '/etc:/host', 'busybox', 'sh', '-c', make);
    expect(await namesAt('source', '/d')).toEqual(['d/', 'd/sub/', 'd/sub/f', 'd/up']);
    expect(await namesAt('source', 'd/.')).toEqual(['./', './sub/', './sub/f', './up']);
    expect(await namesAt('source', '/l/f')).toEqual(['f']);
    expect(await namesAt('source', '/l/')).toEqual(['l/', 'l/f']);
    expect(await namesAt('source', '/l')).toEqual(['l']);
    expect((await namesAt('source', '/')).slice(0, 2)).toEqual(['/', '/.dockerenv']);
    expect(await namesAt('source', '/host/os-release')).toEqual(['os-release']);
    const statPath = (container: string, path: string) => guest.api.containers.statPath(container, path);
    expect(await statPath('source', '/d/up')).toMatchObject({ name: 'up', linkTarget: '/d/sub/f' });
    expect(await statPath('source', '/d/sub/f')).toMatchObject({ name: 'f', size: 6, mode: 0o644, linkTarget: '' });
    expect(await statPath('source', '/d')).toMatchObject({ name: 'd', mode: 2 ** 31 + 2 ** 20 + 0o777 });
    await expect(guest.api.containers.archive('source', '/nope')).rejects.toThrow(
      'Could not find the file /nope in container source',
    );
    expect(await guest.host('ls /var/lib/docker/tmp; grep -c docker/tmp /proc/mounts')).toBe('0');
    await guest.docker('rm', 'source');
  });
});
