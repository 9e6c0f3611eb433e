// docker manifest, and what the Engine API tells of an image in a registry, as docker 28.2 and its engine print them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeUtf8 } from '../../src/lib/bytes.ts';
import { digestOf } from '../../src/lib/digest.ts';
import { RawClient } from '../support/raw-client.ts';
import { TestGuest } from '../engine/support/guest.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { Proxied } from './support/proxied.ts';

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const host = 'reg.test';

interface Image {
  readonly text: string;
  readonly digest: string;
  readonly manifest: { config: object; layers: object[] };
}

let registry: DockerRegistry;
let proxied: Proxied;
let guest: TestGuest;
let amd64: Image;
let i386: Image;

/** An image of one layer, described as Docker's push describes it. */
async function push(repository: string, architecture: string): Promise<Image> {
  const blob = async (bytes: Uint8Array<ArrayBuffer>, mediaType: string) => ({
    ...{ mediaType, size: bytes.length, digest: await proxied.push(`${host}/v2/${repository}`, bytes) },
  });
  const config = { architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
  const bytes = (text: string) => encodeUtf8(text) as Uint8Array<ArrayBuffer>;
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: await blob(bytes(JSON.stringify(config)), 'application/vnd.docker.container.image.v1+json'),
    layers: [await blob(bytes(architecture), 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
  };
  const text = JSON.stringify(manifest, undefined, 3);
  const put = { method: 'PUT', headers: { 'Content-Type': manifestType }, body: text };
  expect((await proxied.request(`/${host}/v2/${repository}/manifests/v1`, put)).status).toBe(201);
  return { text, digest: await digestOf(text), manifest };
}

beforeAll(async () => {
  registry = await DockerRegistry.start();
  proxied = await Proxied.start({ registries: { [host]: { upstream: registry.origin, allowPrivate: true } } });
  amd64 = await push('t/a', 'amd64');
  i386 = await push('t/b', '386');
  guest = await TestGuest.start({ proxy: proxied.endpoint });
});

afterAll(async () => {
  await guest.stop();
  await registry.stop();
});

const manifest = (...args: string[]) => guest.docker('manifest', ...args);
const failure = async (...args: string[]) => {
  const { stdout, stderr, exitCode } = await guest.tryDocker('manifest', ...args);
  expect([stdout, exitCode]).toEqual(['', 1]);
  return stderr;
};
const entry = ({ digest, text }: Image, platform: object) => ({
  ...{ mediaType: manifestType, size: text.length, digest, platform },
});
const verbose = (Ref: string, { digest, text, manifest }: Image, platform: object) => ({
  Ref,
  Descriptor: { mediaType: manifestType, digest, size: text.length, platform },
  Raw: btoa(text),
  SchemaV2Manifest: manifest,
});
const listOf = (...manifests: object[]) => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifests,
});
const linux = (architecture: string, more: object = {}) => ({ architecture, os: 'linux', ...more });
const annotations = { 'os.version': '1.2', 'os.features': ['a', 'b'], variant: 'v8' };

test('an image of a registry', async () => {
  expect(await manifest('inspect', `${host}/t/a:v1`)).toBe(JSON.stringify(amd64.manifest, undefined, '\t'));
  expect(await manifest('inspect', '-v', `${host}/t/a:v1`)).toBe(
    JSON.stringify(verbose(`${host}/t/a:v1`, amd64, linux('amd64')), undefined, '\t'),
  );
});

test('a list is made, annotated, pushed, inspected from there, and gone from here', async () => {
  const list = `${host}/t/l:v1`;
  const create = ['create', list, `${host}/t/a:v1`];
  expect(await manifest(...create, `${host}/t/b:v1`)).toBe(`Created manifest list ${list}`);
  expect(await failure(...create)).toBe('refusing to amend an existing manifest list with no --amend flag\n');
  expect(await manifest(...create, '--amend')).toBe(`Created manifest list ${list}`);
  const options = ['--arch', 'arm64', '--variant', 'v8', '--os-version', '1.2', '--os-features', 'a,b'];
  expect(await manifest('annotate', ...options, list, `${host}/t/a:v1`)).toBe('');
  const expected = JSON.stringify(
    listOf(entry(amd64, linux('arm64', annotations)), entry(i386, linux('386'))),
    undefined,
    3,
  );
  expect(await manifest('inspect', list)).toBe(expected);
  expect(await manifest('inspect', list, `${host}/t/b:v1`)).toBe(JSON.stringify(i386.manifest, undefined, '\t'));
  expect((await manifest('push', '--purge', list)).split('\n')).toEqual([
    `Pushed ref ${host}/t/l@${amd64.digest} with digest: ${amd64.digest}`,
    `Pushed ref ${host}/t/l@${i386.digest} with digest: ${i386.digest}`,
    await digestOf(expected),
  ]);
  expect(await failure('rm', list)).toBe(`No such manifest: ${list}\n`);
  expect(await manifest('inspect', list)).toBe(expected);
  expect(await manifest('inspect', '--verbose', list)).toBe(
    JSON.stringify(
      [
        verbose(`${list}@${amd64.digest}`, amd64, linux('arm64', annotations)),
        verbose(`${list}@${i386.digest}`, i386, linux('386')),
      ],
      undefined,
      '\t',
    ),
  );
  expect(await failure('create', `${host}/t/m`, list)).toBe(`${list} is a manifest list\n`);
});

test('what cannot be', async () => {
  const list = `${host}/t/n:v1`;
  expect(await failure('inspect', `${host}/t/nosuch:v1`)).toBe(`no such manifest: ${host}/t/nosuch:v1\n`);
  expect(await failure('inspect', 'Foo')).toBe(
    'invalid reference format: repository name (library/Foo) must be lowercase\n',
  );
  expect(await failure('push', list)).toBe(`No such manifest: ${list}\n`);
  expect(await failure('rm', list, `${host}/x`)).toBe(
    `No such manifest: ${list}\nNo such manifest: ${host}/x:latest\n`,
  );
  expect(await failure('annotate', '--arch', 'arm64', list, `${host}/t/a:v1`)).toBe(
    `manifest for image ${host}/t/a:v1 does not exist in ${list}\n`,
  );
  await manifest('create', list, `${host}/t/a:v1`);
  expect(await failure('annotate', '--arch', 'foo', list, `${host}/t/a:v1`)).toBe(
    'manifest entry for image has unsupported os/arch combination: /foo\n',
  );
  expect(await failure('inspect', list, `${host}/t/zz:v1`)).toBe(`No such manifest: ${host}/t/zz:v1\n`);
  expect(await manifest('create', 'other.test/m:v1', `${host}/t/a:v1`)).toBe('Created manifest list other.test/m:v1');
  const mixed = `cannot use source images from a different registry than the target image: ${host} != other.test\n`;
  expect(await failure('push', 'other.test/m:v1')).toBe(mixed);
  expect(await failure('inspect', 'other.test/m:v1')).toBe(`failed to assemble ManifestDescriptor: ${mixed}`);
});

test("the catalogue's images are found like any registry's", async () => {
  const index = JSON.parse(await manifest('inspect', 'hello-world')) as { manifests: { platform: object }[] };
  expect(index.manifests.map(({ platform }) => platform)).toEqual([linux('386')]);
});

test('GET /distribution/…/json', async () => {
  const get = async (name: string) => {
    const client = new RawClient(await guest.drydock.dial());
    await client.send(`GET /distribution/${name}/json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n`);
    const [head = '', ...body] = (await client.readAll()).split('\r\n\r\n');
    return [Number(head.split(' ')[1]), JSON.parse(body.join('').replace(/^[^{]*|[^}]*$/g, '')) as unknown];
  };
  const descriptor = ({ digest, text }: Image) => ({ mediaType: manifestType, digest, size: text.length });
  const known = [200, { Descriptor: descriptor(i386), Platforms: [linux('386')] }];
  expect(await get(`${host}/t/b:v1`)).toEqual(known);
  expect(await get(`${host}/t/b@${i386.digest}`)).toEqual(known);
  expect(await get(`${host}/t/l:v1`)).toMatchObject([200, { Platforms: [linux('arm64', annotations), linux('386')] }]);
  expect(await get(`${host}/t/nosuch`)).toEqual([404, { message: 'manifest unknown: manifest unknown' }]);
  expect(await get('Foo')).toEqual([
    400,
    { message: 'invalid reference format: repository name (library/Foo) must be lowercase' },
  ]);
  expect(await get('0'.repeat(64))).toEqual([500, { message: 'no manifest found for full image ID' }]);
});
