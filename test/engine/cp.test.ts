import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProgramBuilder } from '../../src/guest/program-builder.ts';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../src/lib/bytes.ts';
import { encodeEntry, tarEnd, tarPadding } from '../../src/lib/tar/encode-entry.ts';
import type { TarHeader } from '../../src/lib/tar/header.ts';
import { ServedGuest } from './support/served-guest.ts';
import type { TestGuest } from './support/guest.ts';

let served: ServedGuest;
let guest: TestGuest;
beforeAll(async () => {
  served = await ServedGuest.start(['busybox']);
  guest = served.guest;
  await guest.docker('run', '-d', '--name', 'box', 'busybox', 'sleep', '100000');
});
afterAll(() => served?.stop());

const inBox = (script: string): Promise<string> => guest.docker('exec', 'box', 'sh', '-c', script);
const stderrOf = async (...args: string[]): Promise<string> => (await guest.tryDocker('cp', ...args)).stderr;
/** What a copy mounts, and where. */
const mounted = (): Promise<string> => guest.host('ls /var/lib/docker/tmp; grep -c docker/tmp /proc/mounts');

type Entry = Partial<TarHeader> & { readonly name: string; readonly content?: string };

const entry = ({ content = '', ...header }: Entry, xattrs?: ReadonlyMap<string, Uint8Array>): Uint8Array =>
  concatBytes([
    encodeEntry(
      {
        ...{ linkName: '', mode: 0o644, uid: 0, gid: 0, size: content.length, mtime: 1_000_000_000, type: '0' },
        ...{ deviceMajor: 0, deviceMinor: 0, ...header },
      },
      xattrs,
    ),
    encodeUtf8(content),
    tarPadding(content.length),
  ]);

const archiveOf = (...entries: Entry[]): Uint8Array => concatBytes([...entries.map((one) => entry(one)), tarEnd]);

const extract = (path: string, archive: Uint8Array, container = 'box'): Promise<void> =>
  guest.api.containers.extract(container, path, new Response(archive as Uint8Array<ArrayBuffer>).body!, {
    copyUidGid: false,
  });

describe('docker cp', () => {
  it('copies a tree into a container and back, with all that it is', async () => {
    await guest.host(
      `mkdir -p /root/tree/sub/deep; cd /root/tree; echo text >file; chown 12:34 file; chmod 4751 file; ln file hard;
      ln -s file soft; ln -s /nowhere broken; mkfifo sub/fifo; mknod sub/null c 1 3; : >sub/empty; chmod 1777 sub/deep;
      head -c 700000 /dev/urandom >sub/big; ln -s ../file sub/up; mkdir sub/many;
      for i in $(seq 160); do echo $i >sub/many/$i; done; touch -d '2020-02-03 04:05:06' file sub/deep sub`,
    );
    const listing = 'ls -lR | grep -v ^total; md5sum sub/big; cat sub/many/* | md5sum';
    await guest.docker('cp', 'tree', 'box:/tree');
    const there = await inBox(`cd /tree; ${listing}`);
    expect(there).toContain('-rwsr-x--x    2 12       34               5 Feb  3  2020 file');
    expect(there).toBe(await guest.host(`cd /root/tree; ${listing}`));
    await guest.docker('cp', 'box:/tree', 'back');
    // What comes out is the caller's.
    expect(await guest.host(`cd /root/back; ${listing}`)).toBe(there.replaceAll(' 12       34  ', ' root     root'));
    expect(await mounted()).toBe('0');
  });

  it('puts a file where its destination says', async () => {
    await guest.host('cd /root; echo new >f; mkdir -p d/e; ln -s d l');
    await inBox('mkdir -p /p/dir; echo old >/p/old; ln -s dir /p/link; ln -s /p/none /p/broken');
    for (const to of ['old', 'dir', 'link/g', 'broken']) await guest.docker('cp', 'f', `box:/p/${to}`);
    expect(await inBox('cd /p; cat old dir/f dir/g none; ls')).toBe('new\nnew\nnew\nnew\nbroken\ndir\nlink\nnone\nold');
    for (const to of ['dir', 'n1']) await guest.docker('cp', 'd', `box:/p/${to}`);
    await guest.docker('cp', 'd/.', 'box:/p/n2');
    await guest.docker('cp', 'l', 'box:/p/n3');
    await guest.docker('cp', '-L', 'l', 'box:/p/n4');
    expect(await inBox('cd /p; ls -d dir/d/e n1/e n2/e n4/e; readlink n3')).toBe('dir/d/e\nn1/e\nn2/e\nn4/e\nd');
  });

  it('says how much it was when asked, and nothing to a pipe', async () => {
    await guest.host('echo x >/root/said');
    expect(await stderrOf('said', 'box:/tmp/said')).toBe('');
    expect(await stderrOf('--quiet=false', 'said', 'box:/tmp/said')).toBe(
      'Successfully copied 2.05kB to box:/tmp/said\n',
    );
    const onTerminal = await guest.startDocker({ stdin: '', tty: true }, 'cp', 'box:/tmp/said', 'said2').result;
    expect(onTerminal.stderr).toBe('Successfully copied 2.05kB to /root/said2\n');
    expect((await guest.startDocker({ stdin: '', tty: true }, 'cp', '-q', 'said', 'box:/tmp').result).stderr).toBe('');
  });

  it('takes an archive from stdin, and writes one to stdout', async () => {
    const shell = await guest.shell();
    await inBox('mkdir -p /in/a; echo 1 >/in/a/b');
    expect((await shell.run('docker cp box:/in/a - | tar t')).output).toBe('a/\na/b\n');
    expect((await shell.run('docker cp box:/in/a - | docker cp - box:/')).exitCode).toBe(0);
    expect((await shell.run('docker cp box:/in/a - | gzip | docker cp - box:/tmp')).exitCode).toBe(0);
    expect(await inBox('cat /a/b /tmp/a/b')).toBe('1\n1');
    expect((await shell.run('echo rubbish | docker cp -q - box:/tmp')).output).toBe(
      'Error response from daemon: unexpected EOF\n',
    );
  });

  it('refuses what Docker refuses', async () => {
    const cases: [string[], string][] = [
      [['f', 'g'], 'must specify at least one container source'],
      [['box:/f', 'box:/g'], 'copying between containers is not supported'],
      [['', 'box:/'], 'source can not be empty'],
      [['none', 'box:/'], 'lstat /root/none: no such file or directory'],
      [['/etc/passwd/', 'box:/'], 'not a directory'],
      [['/etc', 'box:/etc/passwd'], 'cannot copy directory'],
      [['/etc/passwd', 'box:/none/'], 'no such directory'],
      [['/etc/passwd', 'box:/no/ne'], 'Error response from daemon: Could not find the file /no in container box'],
      [['/etc/passwd', 'none:/x'], 'Error response from daemon: No such container: none'],
      [['/etc/passwd', 'box:/etc/hosts'], 'Error response from daemon: unlinkat /etc/hosts: device or resource busy'],
      [['-', 'box:/etc/passwd'], 'destination "box:/etc/passwd" must be a directory'],
      [['box:/none', '.'], 'Error response from daemon: Could not find the file /none in container box'],
      [['box:/etc', '/etc/passwd'], 'cannot copy directory'],
      [['box:/etc/passwd', '/none/x'], 'invalid output path: directory "/none" does not exist'],
      [['box:/etc/passwd', '/etc/passwd/x'], 'stat /etc/passwd/x: not a directory'],
      [
        ['box:/etc/passwd', '/dev/null'],
        'invalid output path: "/dev/null" must be a directory or a regular file: got a device',
      ],
    ];
    for (const [args, message] of cases) expect(await stderrOf(...args)).toBe(`${message}\n`);
    await guest.docker('create', '--name', 'sealed', '--read-only', '-v', '/root:/rw', '-v', '/etc:/ro:ro', 'busybox');
    await guest.host('echo y >/root/y');
    expect(await stderrOf('y', 'sealed:/tmp')).toBe(
      'Error response from daemon: container rootfs is marked read-only\n',
    );
    expect(await stderrOf('y', 'sealed:/ro')).toBe('Error response from daemon: mounted volume is marked read-only\n');
    expect(await stderrOf('y', 'sealed:/rw/through')).toBe('');
    expect(await guest.host('cat /root/through')).toBe('y');
    await guest.docker('rm', 'sealed');
    expect(await mounted()).toBe('0');
  });
});

describe('an archive for a container', () => {
  it('keeps owners, devices, times and attributes, and makes directories it takes for granted', async () => {
    await guest.docker('create', '--name', 'new', '-v', '/root/kept:/made/here', 'busybox', 'true');
    const attributes = new Map([['user.note', encodeUtf8('kept')]]);
    const archive = concatBytes([
      entry({ name: 'implied/deep/file', content: 'x', uid: 7, gid: 8, mode: 0o6711 }),
      entry({ name: 'null', type: '3', deviceMajor: 1, deviceMinor: 3, mode: 0o666 }),
      entry({ name: 'noted', content: 'y' }, attributes),
      entry({ name: 'made/here/f', content: 'z' }),
      tarEnd,
    ]);
    await extract('/', archive, 'new');
    const upper = await guest.docker('inspect', '-f', '{{.GraphDriver.Data.UpperDir}}', 'new');
    expect(await guest.host(`cd ${upper}; ls -ln implied/deep/file null; ls -ld implied | cut -c1-10`)).toMatch(
      /^-rws--s--x +1 7 +8 +1 Sep +9 +2001 implied\/deep\/file\ncrw-rw-rw- +1 0 +0 +1, +3 Sep +9 +2001 null\ndrwxr-xr-x$/,
    );
    const p = new ProgramBuilder('read an attribute');
    const note = p.getxattr(`${upper}/noted`, 'user.note', 64);
    expect(decodeUtf8((await guest.machine.channel.run(p.build())).output(note))).toBe('kept');
    expect(await guest.host('cat /root/kept/f')).toBe('z');
    await guest.docker('rm', 'new');
  });

  it('leads nowhere but into the container', async () => {
    const outside = 'echo safe >/root/outside; chmod 600 /root/outside';
    await guest.host(outside);
    await expect(extract('/tmp', archiveOf({ name: '../../x', content: 'x' }))).rejects.toThrow(
      'Error response from daemon: "../../x" is outside of "/tmp"',
    );
    await expect(extract('/tmp', archiveOf({ name: 's', type: '2', linkName: '../../root' }))).rejects.toThrow(
      'invalid symlink "/tmp/s" -> "../../root"',
    );
    await expect(extract('/tmp', archiveOf({ name: 'h', type: '1', linkName: '../etc/passwd' }))).rejects.toThrow(
      'invalid hardlink "/etc/passwd" -> "../etc/passwd"',
    );
    // An absolute link is let through, and is the container's.
    await extract(
      '/tmp',
      archiveOf(
        { name: 'out', type: '2', linkName: '/root' },
        { name: 'out/outside', content: 'in the container', mode: 0o777 },
        { name: 'link', type: '2', linkName: '/root/outside' },
        { name: 'link', content: 'in place of the link', mode: 0o777 },
      ),
    );
    expect(await inBox('cat /root/outside; echo; cat /tmp/link')).toBe('in the container\nin place of the link');
    expect(await guest.host('cat /root/outside; ls -l /root/outside | cut -c1-10')).toBe('safe\n-rw-------');
    await inBox('ln -s / /tmp/top; ln -s ../../../../root /tmp/up');
    await extract('/tmp/up', archiveOf({ name: 'here', content: 'x' }));
    await extract('/tmp/top/root', archiveOf({ name: 'there', content: 'x' }));
    expect(await inBox('ls /root')).toBe('here\noutside\nthere');
    expect(await guest.host('ls /root/here /root/there 2>&1 | grep -c No')).toBe('2');
  });

  it('replaces what is in the way, but no directory by a file when that is not wanted', async () => {
    await inBox('mkdir -p /way/d/full /way/m; echo k >/way/m/kept; echo f >/way/f');
    const mixed = archiveOf({ name: 'd', content: 'now a file' });
    await expect(extract('/way', mixed)).rejects.toThrow(
      'Error response from daemon: cannot overwrite directory "/way/d" with non-directory "/way"',
    );
    const directory = { name: 'f', type: '5', mode: 0o755 };
    await expect(extract('/way', archiveOf(directory))).rejects.toThrow(
      'cannot overwrite non-directory "/way/f" with directory "/way"',
    );
    await extract(
      '/way',
      archiveOf(
        { name: 'm', type: '5', mode: 0o700, uid: 3 },
        { name: 'm/new', content: '1' },
        { name: 'twice', content: 'first' },
        { name: 'twice', content: 'second' },
        { name: 'f', type: '2', linkName: 'm' },
      ),
    );
    expect(await inBox('cd /way; cat m/kept m/new twice; readlink f; ls -lnd m | cut -c1-20')).toMatch(
      /^k\n1secondm\ndrwx------ +2 3/,
    );
  });

  it('that is damaged fails, with what came before in place', async () => {
    const damaged = concatBytes([entry({ name: 'before', content: 'b' }), new Uint8Array(1024).fill(7)]);
    await expect(extract('/tmp', damaged)).rejects.toThrow(
      'Error response from daemon: archive/tar: invalid tar header',
    );
    expect(await inBox('cat /tmp/before')).toBe('b');
    await expect(extract('/etc/passwd', archiveOf())).rejects.toThrow('extraction point is not a directory');
    await expect(extract('/etc/passwd/x', archiveOf())).rejects.toThrow('not a directory');
    await expect(extract('/tmp', encodeUtf8('BZh91AY&SY and so on'))).rejects.toThrow('is not supported');
  });

  it('whose sender goes half-way leaves nothing behind', async () => {
    const descriptors = await guest.host('ls /proc/1/fd | wc -l');
    const socket = connect(served.socketPath);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('PUT /containers/box/archive?path=/tmp HTTP/1.1\r\nHost: d\r\nContent-Length: 9000000\r\n\r\n');
    socket.write(entry({ name: 'half', size: 8_000_000 }));
    socket.write(new Uint8Array(600_000));
    await expect.poll(() => inBox('ls /tmp/half'), { timeout: 20_000 }).toBe('/tmp/half');
    expect(await mounted()).not.toBe('0');
    socket.destroy();
    await expect.poll(mounted, { timeout: 20_000 }).toBe('0');
    expect(await guest.host('ls /proc/1/fd | wc -l')).toBe(descriptors);
  });
});
