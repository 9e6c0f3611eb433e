// Images that damage, lie or lead astray, pulled from a real registry by the engine in the real guest: each is refused and
// leaves everything as it was, or does no harm. The table of all faults is in docs/registry.md.
import { gzipSync } from 'fflate';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { MemoryBlobStore } from '../../src/engine/layers/memory-blob-store.ts';
import { concatBytes, encodeUtf8 } from '../../src/lib/bytes.ts';
import { digestOf } from '../../src/lib/digest.ts';
import { type TarHeader, encodeHeader } from '../../src/lib/tar/header.ts';
import { TestGuest } from '../engine/support/guest.ts';
import { type PushedImage, pushCatalogueImage } from './support/catalogue-image.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { FaultInjector } from './support/fault-injector.ts';
import { Proxied } from './support/proxied.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const host = 'faults.test';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

let registry: DockerRegistry;
let injector: FaultInjector;
let proxied: Proxied;
/** To the registry past the faults. */
let direct: Proxied;
let busybox: PushedImage;
let guest: TestGuest;
const blobs = new MemoryBlobStore();
let images = 0;

beforeAll(async () => {
  registry = await DockerRegistry.start();
  injector = await FaultInjector.start(registry.origin);
  proxied = await Proxied.start({ registries: { [host]: { upstream: injector.origin, allowPrivate: true } } });
  direct = await Proxied.start({ registries: { [host]: { upstream: registry.origin, allowPrivate: true } } });
  busybox = await pushCatalogueImage(direct, 'busybox', { registry: host, repository: 'busybox' });
  guest = await TestGuest.start({ blobs, proxy: proxied.endpoint });
  await guest.docker('pull', '--quiet', `${host}/busybox`);
});

afterAll(async () => {
  await guest.stop();
  injector.stop();
  await registry.stop();
});

beforeEach(() => void (injector.fault = () => false));

const entry = (name: string, changes: Partial<TarHeader> = {}, content = ''): Bytes => {
  const body = encodeUtf8(content);
  const header = { name, linkName: '', mode: 0o644, uid: 0, gid: 0, size: body.length, mtime: 0, type: '0' };
  const block = encodeHeader({ ...header, deviceMajor: 0, deviceMinor: 0, ...changes });
  return concatBytes([block, body, new Uint8Array(-body.length & 511)]) as Bytes;
};
const tar = (...entries: Bytes[]): Bytes => concatBytes([...entries, new Uint8Array(1024)]) as Bytes;
const gzip = (bytes: Uint8Array): Bytes => gzipSync(bytes, { mtime: 0 });
const pax = (records: string): Bytes => concatBytes([entry('pax', { type: 'x' }, records), entry('f')]) as Bytes;

interface Lies {
  readonly layer?: { size?: number; digest?: string; mediaType?: string };
  readonly diffIds?: string[];
  readonly config?: object;
}

/** Pushes an image of these compressed layers, described as they are but for the lies; returns its name. */
async function push(layers: readonly Bytes[], diffIds: readonly string[], lies: Lies = {}): Promise<string> {
  const repository = `i${++images}`;
  const blob = async (bytes: Bytes, mediaType: string) => ({
    ...{ mediaType, size: bytes.length, digest: await direct.push(`${host}/v2/${repository}`, bytes) },
  });
  const file = {
    ...{ architecture: '386', os: 'linux', config: { Cmd: ['sh'] } },
    rootfs: { type: 'layers', diff_ids: lies.diffIds ?? diffIds },
    ...lies.config,
  };
  const config = await blob(encodeUtf8(JSON.stringify(file)) as Bytes, 'application/vnd.oci.image.config.v1+json');
  const described = await Promise.all(layers.map((layer) => blob(layer, layerType)));
  const top = { ...described.at(-1)!, ...lies.layer };
  const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [...described.slice(0, -1), top] };
  const { status } = await direct.request(`/${host}/v2/${repository}/manifests/latest`, {
    method: 'PUT',
    headers: { 'Content-Type': manifestType },
    body: JSON.stringify(manifest),
  });
  expect(status).toBe(201);
  return `${host}/${repository}`;
}

const state = async () => [await guest.docker('images', '--all', '--digests'), (await blobs.list()).sort()];

async function refused(image: string, message: string | RegExp): Promise<void> {
  const before = await state();
  const { stderr, exitCode } = await guest.tryDocker('pull', '--quiet', image);
  expect(stderr).toMatch(message);
  expect(exitCode).toBe(1);
  expect(await state()).toEqual(before);
}

const whole = tar(entry('f', {}, 'content'.repeat(500)));

test.each<[string, Bytes, string | RegExp]>([
  ['gzip that ends early', gzip(whole).slice(0, -20), /^failed to register layer: /],
  ['gzip with a broken middle', gzip(whole).fill(0xff, 30, 40), /^failed to register layer: /],
  ['a tar that ends in an entry', gzip(whole.slice(0, 1000)), /unexpected EOF/],
  ['no tar', gzip(encodeUtf8('no tar at all '.repeat(100))), /invalid tar header/],
  ['a name that leads out', gzip(tar(entry('a/../../x'))), '"a/../../x" is outside of the layer'],
  ['a hard link that leads out', gzip(tar(entry('x', { type: '1', linkName: '../../etc/passwd' }))), 'outside of the'],
  ['a hard link to nothing', gzip(tar(entry('x', { type: '1', linkName: 'none' }))), 'is no file of this layer'],
  ['a whiteout without a name', gzip(tar(entry('.wh.'))), 'invalid whiteout'],
  ['a name of 300 bytes', gzip(tar(pax(`310 path=${'n'.repeat(300)}\n`))), 'file name too long'],
  ['a name of 5000 bytes', gzip(tar(pax(`5011 path=${'n/'.repeat(2500)}\n`))), 'file name too long'],
  ['a pax record that lies of its length', gzip(tar(pax('99 path=x\n'))), /pax/],
  ['a pax record without an equals sign', gzip(tar(pax('9 path x\n'))), /pax/],
  ['a pax size below zero', gzip(tar(pax('11 size=-1\n'))), /size|pax/],
  ['a sparse file', gzip(tar(entry('x', { type: 'S' }))), 'sparse entries are not supported'],
  ['a type nobody knows', gzip(tar(entry('x', { type: 'Q' }))), 'unhandled tar header type 81'],
  ['content of which most is missing', gzip(concatBytes([entry('x', { size: 2 ** 31 }), whole])), /unexpected EOF/],
])('%s is refused', async (_, layer, message) => {
  await refused(await push([layer], [await digestOf(whole)]), message);
});

test('what the manifest or the config say wrongly', async () => {
  const layer = gzip(whole);
  const diffIds = [await digestOf(whole)];
  const wrong = await digestOf('something else');
  const lying = async (lies: Lies) => push([layer], diffIds, lies);
  await refused(await lying({ diffIds: [wrong] }), `wrong diff id calculated on extraction: expected ${wrong}`);
  await refused(await lying({ diffIds: [] }), "layers from manifest don't match image configuration");
  await refused(await lying({ diffIds: [...diffIds, ...diffIds] }), "layers from manifest don't match image config");
  await refused(await lying({ layer: { size: layer.length - 1 } }), 'filesystem layer verification failed for digest');
  await refused(await lying({ config: { rootfs: { type: 'other' } } }), 'is no image config: rootfs.type');
  await refused(await lying({ config: { architecture: 'amd64' } }), 'does not match the specified platform');
});

test('a registry that sends other blobs than it was asked for', async () => {
  const image = await push([gzip(whole)], [await digestOf(whole)]);
  injector.fault = async ({ url }, response) => {
    if (!url!.includes('/blobs/')) return false;
    const bytes = Buffer.from(await (await fetch(registry.origin + url!)).arrayBuffer());
    bytes[bytes.length - 1]! ^= 1;
    response.end(bytes);
    return true;
  };
  await refused(image, /image config verification failed for digest sha256:/);
  const inner = injector.fault;
  let blobsAsked = 0;
  injector.fault = (request, response) =>
    request.url!.includes('/blobs/') && blobsAsked++ > 0 ? inner(request, response) : false;
  await refused(image, /filesystem layer verification failed for digest sha256:|failed to register layer/);
});

test('a media type that lies of a manifest does no harm: its bytes decide', async () => {
  injector.fault = async ({ url }, response) => {
    if (!url!.includes('/manifests/')) return false;
    const bytes = Buffer.from(
      await (await fetch(registry.origin + url!, { headers: { accept: manifestType } })).arrayBuffer(),
    );
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(bytes);
    return true;
  };
  const image = await push([gzip(whole)], [await digestOf(whole)]);
  expect(await guest.docker('pull', '--quiet', image)).toBe(`${image}:latest`);
  await guest.docker('rmi', image);
});

test('a foreign layer its registry does not have', async () => {
  const layer = {
    digest: await digestOf('elsewhere'),
    mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  };
  // The registry takes no manifest with blobs it has not got, so the proxy's answer is changed.
  const image = await push([gzip(whole)], [await digestOf(whole)]);
  injector.fault = async ({ url }, response) => {
    if (!url!.includes('/manifests/')) return false;
    const answer = await fetch(registry.origin + url!, { headers: { accept: manifestType } });
    const manifest = (await answer.json()) as { layers: object[] };
    manifest.layers[0] = { ...manifest.layers[0], ...layer };
    response.writeHead(200, { 'Content-Type': manifestType }).end(JSON.stringify(manifest));
    return true;
  };
  await refused(image, /is a foreign one \(.*\), which its registry does not have: .*\n.*asks registries only/);
});

test('what looks dangerous and is not', async () => {
  const odd = tar(
    entry('/absolute', {}, 'absolute\n'),
    entry('out', { type: '2', linkName: '../../../../../../etc/passwd' }),
    entry('root', { type: '2', linkName: '/' }),
    entry('root/through-link', {}, 'through\n'),
    entry('disk', { type: '4', deviceMajor: 8, deviceMinor: 0 }),
    entry('twice', {}, 'first\n'),
    entry('twice', {}, 'second\n'),
    entry('.wh.nothing'),
    entry('none/deep/.wh..wh..opq'),
  );
  const ofBusybox = (path: string) => direct.request(`/${host}/v2/busybox/${path}`);
  const manifest = (await (await ofBusybox('manifests/latest')).json()) as { config: { digest: string } };
  const config = await (await ofBusybox(`blobs/${manifest.config.digest}`)).json();
  const { diff_ids: diffIds } = (config as { rootfs: { diff_ids: string[] } }).rootfs;
  const below = new Uint8Array(await (await ofBusybox(`blobs/${busybox.layers[0]}`)).arrayBuffer());
  const image = await push([below, gzip(odd)], [diffIds[0]!, await digestOf(odd)]);
  await guest.docker('pull', '--quiet', image);
  const script = 'cat /absolute /through-link /twice; head -n 1 /out; stat -c %F /disk; head -c 1 /disk; echo $?';
  expect((await guest.tryDocker('run', '--rm', image, 'sh', '-c', script)).stdout.split('\n')).toEqual([
    ...['absolute', 'through', 'second'],
    expect.stringMatching(/^root:x?:0:0:/),
    ...['block special file', '1', ''],
  ]);
  await guest.docker('rmi', image);
});
