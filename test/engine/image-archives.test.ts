import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { MemoryBlobStore } from '../../src/engine/layers/memory-blob-store.ts';
import { encodeUtf8, concatBytes } from '../../src/lib/bytes.ts';
import { encodeEntry, tarEnd, tarPadding } from '../../src/lib/tar/encode-entry.ts';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;
const blobs = new MemoryBlobStore();
/** What is there of busybox alone. */
let fresh: string[];

beforeAll(async () => {
  guest = await TestGuest.start({ blobs, images: ['busybox'] });
  fresh = (await blobs.list()).sort();
});
afterAll(() => guest.stop());

afterEach(async () => {
  const containers = (await guest.docker('ps', '-aq')).split('\n').filter(Boolean);
  if (containers.length > 0) await guest.docker('rm', '-f', ...containers);
  const rows = (await guest.docker('images', '--format', '{{.ID}} {{.Repository}}')).split('\n');
  const others = rows.filter((row) => !row.endsWith(' busybox')).map((row) => row.split(' ')[0]!);
  for (const id of others) await guest.docker('rmi', '-f', id);
  expect((await blobs.list()).sort()).toEqual(fresh);
});

const fail = async (...args: string[]): Promise<string> => {
  const { stderr, exitCode } = await guest.tryDocker(...args);
  expect(exitCode).toBe(1);
  return stderr.trimEnd();
};

const json = async (image: string): Promise<Record<string, unknown>> =>
  (JSON.parse(await guest.docker('inspect', image)) as Record<string, unknown>[])[0]!;

/** A tar of files. */
function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const entries = Object.entries(files).flatMap(([name, given]) => {
    const content = typeof given === 'string' ? encodeUtf8(given) : given;
    const header = { name, linkName: '', mode: 0o644, uid: 0, gid: 0, size: content.length, mtime: 1, type: '0' };
    return [encodeEntry({ ...header, deviceMajor: 0, deviceMinor: 0 }), content, tarPadding(content.length)];
  });
  return concatBytes([...entries, tarEnd]);
}

/** `docker load` of an archive through the API, as the CLI prints it. */
async function load(archive: Uint8Array): Promise<string> {
  const lines = await guest.api.images.load(new Response(archive.slice()).body!, { quiet: true });
  let text = '';
  for await (const { stream = '', error = '' } of lines) text += stream + error;
  return text;
}

/** `docker import -` through the API. */
async function importTar(archive: Uint8Array, repo: string): Promise<void> {
  const options = { fromSrc: '-', repo, message: '', changes: [] };
  for await (const { error } of await guest.api.images.import(options, new Response(archive.slice()).body!)) {
    expect(error).toBeUndefined();
  }
}

const script = [
  'mkdir -p /d/e; echo hi >/d/f; ln /d/f /d/g; ln -s f /d/s; rm /bin/ash; rm -rf /home; chmod 4755 /d/f; mkfifo /d/p',
  'touch -d @86400 /d/t; chown 5:6 /d/t; echo x >>/etc/passwd; rm -rf /root; mkdir /root; echo 1 >/root/n',
].join(';');

describe('docker commit', () => {
  it('makes a layer of what a container has changed, and an image to run', async () => {
    await guest.docker('run', '--name', 'c1', 'busybox', 'sh', '-c', script);
    const id = await guest.docker('commit', '-a', 'Me <me@x>', '-m', 'why', '-c', 'CMD ["cat", "/d/g"]', 'c1', 'new:1');
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await guest.docker('run', '--rm', 'new:1')).toBe('hi');
    const look = 'ls /bin/ash /home /root; stat -c "%n %a %u:%g %h %Y %F" /d/*; tail -n1 /etc/passwd';
    const seen = await guest.tryDocker('run', '--rm', 'new:1', 'sh', '-c', look);
    expect(seen.stderr).toBe('ls: /bin/ash: No such file or directory\nls: /home: No such file or directory\n');
    expect(seen.stdout.replace(/ \d{10} /g, ' NOW ')).toBe(
      [
        '/root:\nn',
        '/d/e 755 0:0 2 NOW directory',
        '/d/f 4755 0:0 2 NOW regular file',
        '/d/g 4755 0:0 2 NOW regular file',
        '/d/p 644 0:0 1 NOW fifo',
        '/d/s 777 0:0 1 NOW symbolic link',
        '/d/t 644 5:6 1 86400 regular empty file',
        'x\n',
      ].join('\n'),
    );
    const image = await json('new:1');
    const busybox = await json('busybox');
    expect(image).toMatchObject({ Id: id, Parent: busybox['Id'], Comment: 'why', Author: 'Me <me@x>', Os: 'linux' });
    expect(image['Config']).toMatchObject({ Cmd: ['cat', '/d/g'] });
    const history = await guest.docker(
      'history',
      '--no-trunc',
      '--format',
      '{{.ID}}|{{.CreatedBy}}|{{.Comment}}',
      'new:1',
    );
    expect(history.split('\n').slice(0, 2)).toEqual([
      `${id}|sh -c ${script}|why`,
      `${String(busybox['Id'])}|CMD ["sh"]|drydock catalogue`,
    ]);
    expect(await guest.docker('rmi', 'new:1')).toMatch(
      new RegExp(`^Untagged: new:1\nDeleted: ${id}\nDeleted: sha256:[0-9a-f]{64}$`),
    );
  });

  it('holds a running container meanwhile, and tells listeners', async () => {
    const since = (Date.now() / 1000).toFixed(3);
    await guest.docker('run', '-d', '--name', 'c1', 'busybox', 'sleep', '1000');
    const id = await guest.docker('commit', 'c1');
    await guest.docker('commit', '--pause=false', 'c1', 'new');
    expect(await guest.docker('ps', '--format', '{{.Status}}')).toMatch(/^Up /);
    const format = '{{.Type}} {{.Action}} {{json .Actor.Attributes.imageRef}}';
    const until = String(Math.ceil(Date.now() / 1000));
    const events = await guest.docker('events', '--since', since, '--until', until, '--format', format);
    expect(events.split('\n').filter((line) => /commit|pause|image/.test(line))).toEqual([
      ...['container pause null', 'image create null', 'container commit ""', 'container unpause null'],
      ...['image create null', 'image tag null', 'container commit "new:latest"'],
    ]);
    expect(await guest.docker('images', '-q', '--no-trunc', '--filter', 'dangling=true')).toBe(id);
    await guest.docker('rm', '-f', 'c1');
    await guest.docker('rmi', 'new');
  });

  it('keeps parents while they have children, and takes nameless ones with them', async () => {
    await guest.docker('run', '--name', 'a1', 'busybox', 'touch', '/a');
    const a = await guest.docker('commit', 'a1', 'img:a');
    await guest.docker('run', '--name', 'b1', 'img:a', 'touch', '/b');
    const b = await guest.docker('commit', 'b1', 'img:b');
    await guest.docker('rm', 'a1', 'b1');
    expect(await fail('rmi', '-f', a)).toBe(
      `Error response from daemon: conflict: unable to delete ${a.slice(7, 19)} (cannot be forced) - image has dependent child images`,
    );
    expect(await guest.docker('rmi', 'img:a')).toBe('Untagged: img:a');
    expect(await guest.docker('images', '-q', '--no-trunc')).not.toContain(a);
    expect(await guest.docker('images', '-aq', '--no-trunc')).toContain(a);
    expect(await guest.docker('image', 'prune', '-f')).toBe('Total reclaimed space: 0B');
    expect(
      (await guest.docker('rmi', 'img:b')).split('\n').filter((line) => !/Untagged|[0-9a-f]{64}$/.test(line)),
    ).toEqual([]);
    expect(await guest.docker('images', '-aq', '--no-trunc')).not.toContain(a);
    expect(await guest.docker('images', '-aq', '--no-trunc')).not.toContain(b);
  });

  it('adds no layer when nothing has changed', async () => {
    await guest.docker('create', '--name', 'c1', 'busybox');
    await guest.docker('commit', 'c1', 'same');
    const layers = async (image: string) => guest.docker('inspect', '-f', '{{json .RootFS.Layers}}', image);
    expect(await layers('same')).toBe(await layers('busybox'));
    await guest.docker('rm', 'c1');
    await guest.docker('rmi', 'same');
  });

  it('refuses what Docker refuses', async () => {
    await guest.docker('create', '--name', 'c1', 'busybox');
    expect(await fail('commit', 'nosuch')).toBe('Error response from daemon: No such container: nosuch');
    expect(await fail('commit', 'c1', 'BAD')).toBe(
      'invalid reference format: repository name (library/BAD) must be lowercase',
    );
    expect(await fail('commit', '-c', 'RUN x', 'c1')).toBe(
      'Error response from daemon: RUN is not a valid change command',
    );
  });
});

describe('docker save and load', () => {
  it('bring an image back byte for byte', async () => {
    await guest.docker('run', '--name', 'c1', 'busybox', 'sh', '-c', script);
    const id = await guest.docker('commit', 'c1', 'kept:1');
    await guest.docker('rm', 'c1');
    const before = await json('kept:1');
    await guest.docker('save', '-o', '/tmp/kept.tar', 'kept:1', 'busybox');
    const listing = await guest.host(
      'cd /tmp && tar tf kept.tar | grep -v blobs/sha256/. ; ls -l kept.tar | cut -c 1-10',
    );
    expect(listing).toBe('blobs/\nblobs/sha256/\nindex.json\nmanifest.json\noci-layout\nrepositories\n-rw-------');
    await guest.docker('rmi', 'kept:1');
    expect(await guest.docker('load', '-i', '/tmp/kept.tar')).toBe(
      'Loaded image: kept:1\nLoaded image: busybox:latest',
    );
    const { Metadata: _times, GraphDriver: _places, ...after } = await json('kept:1');
    expect(before).toMatchObject(after);
    expect(after).toMatchObject({ Id: id });
    await guest.docker('rmi', 'kept:1');
    await guest.host('rm /tmp/kept.tar');
  });

  it('take standard input and output', async () => {
    await importTar(tarOf({ hello: 'there' }), 'tiny:1');
    const shell = await guest.shell();
    const piped = await shell.run(
      'docker save tiny:1 >tiny.tar; docker rmi tiny:1; docker load -q <tiny.tar; rm tiny.tar',
    );
    expect(piped.output.trim().split(/\r?\n/)).toEqual([
      'Untagged: tiny:1',
      ...[1, 2].map(() => expect.stringMatching(/^Deleted: sha256:/) as string),
      'Loaded image: tiny:1',
    ]);
    await guest.docker('rmi', 'tiny:1');
  });

  it('refuse terminals, directories and what is not there', async () => {
    const onTerminal = await guest.startDocker({ tty: true, stdin: '' }, 'save', 'busybox').result;
    expect(onTerminal.stderr + onTerminal.stdout).toContain('cowardly refusing to save to a terminal.');
    expect(await fail('save', 'busybox', 'nosuch')).toBe('Error response from daemon: No such image: nosuch');
    expect(await fail('save', 'nosuch:1')).toBe('Error response from daemon: reference does not exist');
    expect(await fail('save', '-o', '/tmp', 'busybox')).toBe('failed to save image: cannot write to a directory');
    expect(await fail('save', '-o', '/no/x', 'busybox')).toBe(
      'failed to save image: invalid output path: stat /no: no such file or directory',
    );
    expect(await fail('save', '--platform', 'linux/amd64', 'busybox')).toBe(
      'Error response from daemon: no suitable export target found for platform linux/amd64',
    );
    expect(await fail('load', '-i', '/nosuch')).toBe('open /nosuch: no such file or directory');
    expect(await fail('load')).toMatch(/^open \/var\/lib\/docker\/tmp\/docker-import-\d+\/repositories: no such file/);
  });

  it('keep nothing of an archive that is broken', async () => {
    const layer = tarOf({ file: 'x' });
    const config = {
      ...{ architecture: '386', os: 'linux', config: {} },
      rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] },
    };
    const manifest = [{ Config: 'c.json', RepoTags: ['bad:1'], Layers: ['l.tar'] }];
    const good = { 'l.tar': layer, 'c.json': JSON.stringify(config), 'manifest.json': JSON.stringify(manifest) };
    expect(await load(tarOf(good))).toMatch(/^invalid diffID for layer 0: expected "sha256:0+", got "sha256:/);
    expect(await load(tarOf(good).subarray(0, 700))).toBe('unexpected EOF');
    expect(await load(encodeUtf8('no tar at all'.repeat(100)))).toBe('archive/tar: invalid tar header');
    expect(await load(tarOf({ ...good, 'manifest.json': 'null' }))).toContain('manifest cannot be null');
    expect(await load(tarOf({ ...good, 'manifest.json': '[' }))).toContain('manifest.json is no JSON');
    expect(await load(tarOf({ ...good, 'l.tar': 'no layer' }))).toBe('unexpected EOF');
    const { 'l.tar': _layer, ...without } = good;
    expect(await load(tarOf(without))).toMatch(/^open \/var\/lib\/docker\/tmp\/docker-import-\d+\/l.tar: no such file/);
    expect(await load(tarOf({ ...good, 'c.json': JSON.stringify({ ...config, rootfs: { type: 'layers' } }) }))).toBe(
      'invalid manifest, layers length mismatch: expected 1, got 0',
    );
    expect(await load(tarOf({ dir: '', 'a/json': '{}' }))).toContain('of Docker before 1.10');
  });

  it('load an OCI layout without Docker’s own files, its layers compressed', async () => {
    const digest = async (bytes: Uint8Array): Promise<string> =>
      Buffer.from(await crypto.subtle.digest('SHA-256', bytes.slice())).toString('hex');
    const layer = tarOf({ file: 'from a layout' });
    const packed = new Uint8Array(gzipSync(layer));
    const rootfs = { type: 'layers', diff_ids: [`sha256:${await digest(layer)}`] };
    const config = encodeUtf8(JSON.stringify({ architecture: '386', os: 'linux', config: {}, rootfs }));
    const descriptor = async (bytes: Uint8Array) => ({
      ...{ mediaType: '', digest: `sha256:${await digest(bytes)}`, size: bytes.length },
    });
    const manifest = encodeUtf8(
      JSON.stringify({ schemaVersion: 2, config: await descriptor(config), layers: [await descriptor(packed)] }),
    );
    const index = {
      schemaVersion: 2,
      manifests: [{ ...(await descriptor(manifest)), annotations: { 'org.opencontainers.image.ref.name': 'oci:1' } }],
    };
    const files = { 'index.json': JSON.stringify(index), 'oci-layout': '{"imageLayoutVersion":"1.0.0"}' };
    const named = await Promise.all(
      [packed, config, manifest].map(async (bytes) => [`blobs/sha256/${await digest(bytes)}`, bytes] as const),
    );
    expect(await load(tarOf({ ...files, ...Object.fromEntries(named) }))).toBe('Loaded image: oci:1\n');
    expect(await guest.docker('inspect', '-f', '{{json .RootFS.Layers}}', 'oci:1')).toBe(
      JSON.stringify(rootfs.diff_ids),
    );
    await guest.docker('rmi', 'oci:1');
  });
});

describe('docker import', () => {
  it('makes an image of a file, of standard input and of what is at a URL', async () => {
    await guest.host('mkdir -p /tmp/fs/bin && cp /bin/busybox /tmp/fs/bin/sh && tar -C /tmp/fs -cf /tmp/fs.tar .');
    const change = 'CMD ["sh", "-c", "echo works"]';
    const id = await guest.docker('import', '-c', change, '-m', 'mine', '/tmp/fs.tar', 'own:1');
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await guest.docker('run', '--rm', 'own:1')).toBe('works');
    expect(await json('own:1')).toMatchObject({ Comment: 'mine', Parent: '', Architecture: '386' });
    const shell = await guest.shell();
    const piped = await shell.run('echo x >x; tar -c x | docker import --platform linux/arm64 - own:2');
    expect(piped.output.trim()).toMatch(/^sha256:/);
    expect(await json('own:2')).toMatchObject({ Comment: 'Imported from -', Architecture: 'arm64' });
    const tar = tarOf({ hello: 'there' });
    const server = createServer((request, response) => {
      if (request.url === '/fs.tar') response.end(tar);
      else response.writeHead(404).end('nothing');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await guest.docker('import', `${url}/fs.tar`, 'own:3')).toMatch(
      new RegExp(`^Downloading from ${url}/fs.tar\nsha256:[0-9a-f]{64}$`),
    );
    expect(await fail('import', `${url}/none`)).toBe(
      `Error response from daemon: failed to GET ${url}/none with status 404 Not Found: nothing`,
    );
    server.close();
    await importTar(new Uint8Array(gzipSync(tar)), 'own:4');
    const layers = '{{json .RootFS.Layers}}';
    expect(await guest.docker('inspect', '-f', layers, 'own:4')).toBe(
      await guest.docker('inspect', '-f', layers, 'own:3'),
    );
    await guest.docker('rmi', 'own:1', 'own:2', 'own:3', 'own:4');
    await guest.host('rm -r /tmp/fs /tmp/fs.tar');
  });

  it('refuses what is no tar, and keeps nothing', async () => {
    await guest.host('head -c 3000 /bin/busybox >/tmp/rubbish');
    expect(await fail('import', '/tmp/rubbish')).toBe('Error response from daemon: archive/tar: invalid tar header');
    expect(await fail('import', '/nosuch')).toBe('open /nosuch: no such file or directory');
    expect(await fail('import', '--platform', 'windows', '/tmp/rubbish')).toBe(
      'Error response from daemon: operating system is not supported',
    );
    expect(await fail('import', '-c', 'RUN x', '/tmp/rubbish')).toBe(
      'Error response from daemon: RUN is not a valid change command',
    );
  });
});
