import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox', 'nginx'] });
});

afterAll(() => guest.stop());

/** What a shell script prints in a new busybox container. */
const run = (script: string, ...flags: string[]): Promise<string> =>
  guest.docker('run', '--rm', ...flags, 'busybox', 'sh', '-c', script);

const volumes = (...flags: string[]): Promise<string> => guest.docker('volume', 'ls', '-q', ...flags);

describe('a volume', () => {
  it('keeps what containers write, where inspect says', async () => {
    await run('echo kept >/data/file', '-v', 'kept:/data');
    expect(await run('cat /data/file; touch /data/x 2>&1 || true', '-v', 'kept:/data:ro')).toMatch(
      /^kept\ntouch: .*Read-only/,
    );
    const path = await guest.docker('volume', 'inspect', '-f', '{{.Mountpoint}}', 'kept');
    expect(path).toBe('/var/lib/docker/volumes/kept/_data');
    expect(await guest.host(`cat ${path}/file`)).toBe('kept');
    await guest.docker('volume', 'rm', 'kept');
    expect(await guest.host('ls -A /var/lib/docker/volumes')).toBe('metadata.json');
  });

  it('begins as a copy of what the image has there, once', async () => {
    expect(await run('grep -c root /etc/passwd; rm /etc/passwd', '-v', 'copy:/etc')).toBe('1');
    expect(await run('ls /etc | grep passwd', '-v', 'copy:/etc').catch(() => 'gone')).toBe('gone');
    expect(await run('ls -A /etc', '--mount', 'type=volume,dst=/etc,volume-nocopy')).not.toContain('passwd');
    expect(await run('stat -c "%a %u:%g" /tmp', '-v', 'copied-mode:/tmp')).toBe('1777 0:0');
    await guest.docker('volume', 'rm', 'copy', 'copied-mode');
  });

  it('without a name goes with its container when asked, and with --rm', async () => {
    await run('true', '-v', '/anonymous');
    expect(await volumes()).toBe('');
    await guest.docker('create', '--name', 'holder', '-v', '/anonymous', '-v', 'named:/named', 'busybox');
    expect(await volumes()).toMatch(/^[0-9a-f]{64}\nnamed$/);
    await guest.docker('rm', '-v', 'holder');
    expect(await volumes()).toBe('named');
    await guest.docker('volume', 'rm', 'named');
  });

  it('that a container has cannot be removed', async () => {
    const id = await guest.docker('create', '-v', 'busy:/data', 'busybox');
    const { stderr, exitCode } = await guest.tryDocker('volume', 'rm', '-f', 'busy');
    expect(stderr).toBe(`Error response from daemon: remove busy: volume is in use - [${id}]\n`);
    expect(exitCode).toBe(1);
    expect(await volumes('-f', 'dangling=false')).toBe('busy');
    await guest.docker('rm', id);
    expect(await volumes('-f', 'dangling=true')).toBe('busy');
    await guest.docker('volume', 'rm', 'busy');
  });

  it('mounts what its options say for as long as a container runs', async () => {
    const options = ['-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m,noexec'];
    await guest.docker('volume', 'create', ...options, 'optional');
    expect(await run('mount | grep " /data "', '-v', 'optional:/data')).toContain(
      'tmpfs (rw,noexec,relatime,size=1024k',
    );
    expect(await guest.host('mount | grep -c volumes/optional')).toBe('0');
    await guest.host('mkdir -p /tmp/shown; echo shown >/tmp/shown/file');
    await guest.docker('volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', 'device=/tmp/shown', 'bound');
    expect(await run('cat /data/file', '-v', 'bound:/data')).toBe('shown');
    await guest.docker('volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', 'device=/nosuch', 'broken');
    const { stderr } = await guest.tryDocker('run', '--rm', '-v', 'broken:/data', 'busybox', 'true');
    expect(stderr).toContain(
      "error while mounting volume '/var/lib/docker/volumes/broken/_data': failed to mount local volume: mount /nosuch:/var/lib/docker/volumes/broken/_data, flags: 0x1000: no such file or directory",
    );
    await guest.docker('volume', 'rm', 'optional', 'bound', 'broken');
  });

  it('is shared by --volumes-from, with the binds', async () => {
    const flags = ['-v', '/anonymous', '-v', 'shared:/shared', '-v', '/tmp:/host:ro'];
    await guest.docker('run', '-d', '--name', 'first', ...flags, 'busybox', 'sleep', '1000');
    await run('echo from >/anonymous/file; echo there >/shared/file', '--volumes-from', 'first');
    expect(await guest.docker('exec', 'first', 'cat', '/anonymous/file', '/shared/file')).toBe('from\nthere');
    expect(await run('touch /shared/x /host/x 2>&1', '--volumes-from', 'first:ro').catch(String)).toContain(
      'Read-only',
    );
    await guest.docker('rm', '-fv', 'first');
    expect(await volumes()).toBe('shared');
    await guest.docker('volume', 'rm', 'shared');
  });

  it('is pruned when nobody named it, or all are asked for', async () => {
    await guest.docker('volume', 'create', 'named');
    const anonymous = await guest.docker('volume', 'create');
    expect(await guest.docker('volume', 'prune', '-f')).toBe(
      `Deleted Volumes:\n${anonymous}\n\nTotal reclaimed space: 0B`,
    );
    expect(await guest.docker('volume', 'prune', '-af')).toContain('named');
    expect(await volumes()).toBe('');
  });
});

describe('a mount', () => {
  it('covers what Docker puts there itself', async () => {
    await guest.host('echo 10.0.0.9 own >/tmp/hosts');
    expect(await run('cat /etc/hosts', '-v', '/tmp/hosts:/etc/hosts:ro')).toBe('10.0.0.9 own');
  });

  it('follows the image’s links inside the container', async () => {
    // /var/run is a link to /run.
    const flags = ['run', '--rm', '-v', 'linked:/var/run/inside', 'nginx'];
    expect(await guest.docker(...flags, 'grep', '-c', ' /run/inside ', '/proc/mounts')).toBe('1');
    expect(await guest.host('ls -d /run/inside 2>&1')).toContain('No such file');
    await guest.docker('volume', 'rm', 'linked');
  });

  it('of an image shows its files, which nobody can write, as long as the container is there', async () => {
    const mount = 'type=image,source=busybox,target=/image,image-subpath=bin';
    await guest.docker('run', '-d', '--name', 'viewer', '--mount', mount, 'busybox', 'sleep', '1000');
    expect(await guest.docker('exec', 'viewer', 'ls', '/image/sleep')).toBe('/image/sleep');
    expect((await guest.tryDocker('exec', 'viewer', 'touch', '/image/x')).stderr).toContain('Read-only file system');
    const [shown] = JSON.parse(await guest.docker('inspect', '-f', '{{json .Mounts}}', 'viewer')) as object[];
    expect(shown).toMatchObject({ Type: 'image', Name: 'busybox', Destination: '/image', RW: false });
    await guest.docker('rm', '-f', 'viewer');
    expect(await guest.host('mount | grep -c overlay2')).toBe('0');
    const subpath = await guest.tryDocker('run', '--rm', '--mount', `${mount}/nosuch`, 'busybox', 'true');
    expect(subpath.stderr).toMatch(/cannot access path .*\/merged\/bin\/nosuch: /);
    const nosuch = await guest.tryDocker('create', '--mount', 'type=image,source=nosuch,target=/x', 'busybox');
    expect(nosuch.stderr).toContain('No such image: nosuch:latest');
  });

  it('is shared with the host, follows it, or does neither, as asked', async () => {
    await guest.host('mkdir -p /mnt/shared && mount -t tmpfs none /mnt/shared && mount --make-shared /mnt/shared');
    await guest.host('mkdir /mnt/shared/below');
    await guest.docker(
      'run',
      '-d',
      '--name',
      'follower',
      '-v',
      '/mnt/shared:/x:rslave',
      '-v',
      '/mnt/shared:/p',
      'busybox',
      'sleep',
      '1000',
    );
    const inner = 'mount -t tmpfs inner /x/below && touch /x/below/inner';
    await run(inner, '--privileged', '-v', '/mnt/shared:/x:slave');
    expect(await guest.host('ls /mnt/shared/below')).toBe('');
    await run(inner, '--privileged', '-v', '/mnt/shared:/x:rshared');
    expect(await guest.host('ls /mnt/shared/below')).toBe('inner');
    expect(await guest.docker('exec', 'follower', 'sh', '-c', 'ls /x/below; ls /p/below | wc -l')).toBe('inner\n0');
    await guest.docker('rm', '-f', 'follower');
    await guest.host('umount /mnt/shared/below; umount /mnt/shared');
    const refused = await guest.tryDocker('run', '--rm', '-v', '/mnt:/x:shared', 'busybox', 'true');
    expect(refused.stderr).toContain('path /mnt is mounted on / but it is not a shared mount');
  });

  it('nests in others, and stays writable in a read-only root', async () => {
    const flags = ['--read-only', '-v', 'outer:/a', '-v', 'inner:/a/b', '--tmpfs', '/a/b/c'];
    expect(await run('touch /a/x /a/b/x /a/b/c/x && touch /x 2>&1 || true', ...flags)).toContain('Read-only');
    expect(await guest.host('cd /var/lib/docker/volumes; ls outer/_data inner/_data')).toBe(
      'inner/_data:\nc\nx\n\nouter/_data:\nb\nx',
    );
    await guest.docker('volume', 'rm', 'outer', 'inner');
  });
});
