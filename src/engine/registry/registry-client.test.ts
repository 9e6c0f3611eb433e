import { beforeEach, expect, test } from 'vitest';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, digestOf } from '../../lib/digest.ts';
import { type Reference, parseReference, withDefaultTag } from '../../lib/reference.ts';
import { HttpRegistry } from './http-registry.ts';
import { mediaTypes } from './manifest.ts';
import { RegistryClient } from './registry-client.ts';
import { RegistryConfig } from './registry-config.ts';
import { type RegistryEndpoint, RegistryError } from './registry-endpoint.ts';
import { RegistryHttp } from './registry-http.ts';

const signal = new AbortController().signal;

/** Registries as the proxy shows them: manifests and lists of tags by path, `docker.io/v2/library/x/manifests/latest`. */
class Registries {
  readonly documents = new Map<string, string>();
  readonly asked: string[] = [];
  /** Registries the proxy cannot reach; `proxy` is itself. */
  readonly down = new Set<string>();

  fetch: typeof fetch = async (input) => {
    const path = String(input).slice('http://proxy.test/'.length);
    this.asked.push(path);
    const host = path.split('/')[0]!;
    if (this.down.has('proxy')) throw new TypeError('fetch failed');
    if (this.down.has(host)) return refuse(502, 'UNAVAILABLE', 'connection refused');
    const document = this.documents.get(path);
    return document === undefined ? refuse(404, 'MANIFEST_UNKNOWN', 'manifest unknown') : new Response(document);
  };

  /** Adds a manifest, by digest and by tag. */
  async add(repository: string, tag: string, manifest: object): Promise<Digest> {
    const text = JSON.stringify(manifest);
    const digest = await digestOf(text);
    for (const name of [tag, digest]) this.documents.set(`${repository}/manifests/${name}`, text);
    return digest;
  }

  tags(repository: string, ...tags: string[]): void {
    this.documents.set(`${repository}/tags/list`, JSON.stringify({ tags }));
  }
}

const refuse = (status: number, code: string, message: string) =>
  Response.json({ errors: [{ code, message }] }, { status });

const empty = { digest: `sha256:${'0'.repeat(64)}`, size: 2 };
const imageOf = (name: string, more: object = {}) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...empty },
  layers: [],
  annotations: { name },
  ...more,
});
const entry = (digest: Digest, architecture: string, mediaType: string = mediaTypes.manifest) => ({
  ...{ mediaType, digest, size: 1, platform: { os: 'linux', architecture } },
});
const indexOf = (...manifests: object[]) => ({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });

let registries: Registries;
let now: number;
let http: HttpRegistry;

beforeEach(() => {
  registries = new Registries();
  now = 0;
  http = new HttpRegistry(new RegistryHttp('http://proxy.test/', registries.fetch, () => now));
});

/** The offline catalogue, with one image. */
const catalogue = (bytes = encodeUtf8(JSON.stringify(imageOf('offline')))): RegistryEndpoint => ({
  mirrorName: 'the offline catalogue',
  serves: (domain) => domain === 'docker.io',
  manifest: async ({ path }) => {
    if (path !== 'library/known') throw new RegistryError('DENIED', 'denied: no', 'Without a network only known.');
    return { bytes: bytes as Uint8Array<ArrayBuffer> };
  },
  tags: async () => [],
  blob: async () => Promise.reject(new Error('none')),
});

const named = (name: string): Reference => withDefaultTag(parseReference(name));
const resolve = (client: RegistryClient, name: string) => client.resolve(named(name), undefined, signal);
const refusal = async (client: RegistryClient, name: string): Promise<string> =>
  resolve(client, name).then(
    () => 'resolved',
    (error: Error) => error.message,
  );

test('mirrors are asked in order, then Docker Hub, then the catalogue; other registries have no mirrors', async () => {
  const client = new RegistryClient({ registries: http, lastMirrors: [catalogue()] });
  client.configure(new RegistryConfig({ mirrors: ['https://first', 'http://second'], insecureRegistries: [] }));
  const hosts = () => registries.asked.splice(0).map((path) => path.split('/')[0]);
  expect((await resolve(client, 'known')).endpoint.mirrorName).toBe('the offline catalogue');
  expect(hosts()).toEqual(['first', 'second', 'docker.io']);
  await registries.add('second/v2/library/known', 'latest', imageOf('second'));
  expect((await resolve(client, 'known')).endpoint.mirrorName).toBe('the mirror http://second/');
  expect(hosts()).toEqual(['first', 'second']);
  expect(await refusal(client, 'ghcr.io/a/b')).toContain('manifest for ghcr.io/a/b:latest not found');
  expect(hosts()).toEqual(['ghcr.io']);
});

test("a mirror's nonsense is passed over, and what Docker Hub says is told", async () => {
  const client = new RegistryClient({ registries: http, lastMirrors: [catalogue()] });
  client.configure(new RegistryConfig({ mirrors: ['https://mirror'], insecureRegistries: [] }));
  registries.documents.set('mirror/v2/library/x/manifests/latest', '{"schemaVersion":1}');
  expect(await refusal(client, 'x')).toBe(
    'manifest for x:latest not found: manifest unknown: manifest unknown\nWithout a network only known.',
  );
  await registries.add('docker.io/v2/library/x', 'latest', imageOf('x'));
  expect((await resolve(client, 'x')).endpoint).toBe(http);
});

test.each(['docker.io', 'proxy'])(
  'while %s cannot be reached the catalogue is asked first, and says so',
  async (what) => {
    const client = new RegistryClient({ registries: http, lastMirrors: [catalogue()] });
    registries.down.add(what);
    const { notices } = await resolve(client, 'known');
    expect(notices).toEqual([
      expect.stringMatching(/^docker\.io cannot be reached, so this is from the offline catalogue \(.+\)$/),
    ]);
    expect(registries.asked).toHaveLength(1);
    expect((await resolve(client, 'known')).notices).toEqual(notices);
    expect(registries.asked).toHaveLength(1);
    // What the catalogue does not have is asked for all the same.
    expect(await refusal(client, 'unknown')).toContain('\nWithout a network only known.');
    expect(registries.asked).toHaveLength(2);
    now += 61_000;
    registries.down.clear();
    await registries.add('docker.io/v2/library/known', 'latest', imageOf('online'));
    expect((await resolve(client, 'known')).endpoint).toBe(http);
  },
);

test('where there is no proxy at all nobody is told of it each time', async () => {
  const absent = new HttpRegistry(new RegistryHttp('http://p/', async () => new Response('<html>', { status: 404 })));
  const client = new RegistryClient({ registries: absent, lastMirrors: [catalogue()] });
  expect((await resolve(client, 'known')).notices).toEqual([]);
});

test('an index in an index, as far as it makes sense', async () => {
  const client = new RegistryClient({ registries: http });
  const repository = 'r.test/v2/x';
  const manifest = await registries.add(repository, 'm', imageOf('x'));
  const inner = await registries.add(repository, 'i', indexOf(entry(manifest, '386')));
  const outer = await registries.add(repository, 'latest', indexOf(entry(inner, '386', mediaTypes.index)));
  expect(await resolve(client, 'r.test/x')).toMatchObject({ digest: outer, manifest: { layers: [] } });
  let deeper = outer;
  for (let level = 0; level < 3; level++) {
    deeper = await registries.add(repository, 'deep', indexOf(entry(deeper, '386', mediaTypes.index)));
  }
  expect(await refusal(client, 'r.test/x:deep')).toBe('more than 3 indexes inside each other');
});

test.each([
  ['an empty index', indexOf(), /list entries: the index is empty; this machine runs linux\/386 only$/],
  ['schema 1', { schemaVersion: 1 }, /schema 1 support has been removed\. Suggest the author of r\.test\/x:latest/],
  [
    'a chart',
    imageOf('x', { config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', ...empty } }),
    /^Encountered remote "application\/vnd\.cncf\.helm\.config\.v1\+json"\(unknown\) when fetching: it is no image/,
  ],
  [
    'a plugin',
    imageOf('x', { config: { mediaType: 'application/vnd.docker.plugin.v1+json', ...empty } }),
    /^Encountered remote "application\/vnd\.docker\.plugin\.v1\+json"\(plugin\) when fetching/,
  ],
  ['an unknown media type', imageOf('x', { mediaType: 'text/plain' }), /^unsupported manifest format: "text\/plain"/],
  ['neither manifest nor index', { schemaVersion: 2 }, /^unsupported manifest format: it has neither/],
  ['a negative size', imageOf('x', { config: { ...empty, size: -1 } }), /malformed .*: config\.size: /],
  ['a size beyond numbers', imageOf('x', { config: { ...empty, size: 1e300 } }), /malformed .*: config\.size: /],
  [
    'a digest of another algorithm',
    imageOf('x', { config: { digest: `md5:${'0'.repeat(32)}`, size: 1 } }),
    /malformed .*: config\.digest: is no sha256 digest$/,
  ],
  ['too many layers', imageOf('x', { layers: Array(128).fill(empty) }), /malformed .*: layers: /],
  ['an index that says it is a manifest', { ...indexOf(), mediaType: mediaTypes.manifest }, /malformed .*: config: /],
])('%s is refused', async (_, manifest, message) => {
  await registries.add('r.test/v2/x', 'latest', manifest);
  expect(await refusal(new RegistryClient({ registries: http }), 'r.test/x')).toMatch(message);
});

test('JSON that is nested too deep, too large or no JSON is refused', async () => {
  const client = new RegistryClient({ registries: http });
  const path = 'r.test/v2/x/manifests/latest';
  registries.documents.set(path, '['.repeat(200_000));
  expect(await refusal(client, 'r.test/x')).toBe('the registry sent a manifest that is no JSON');
  registries.documents.set(path, `{"schemaVersion":2,"layers":${'['.repeat(2000)}${']'.repeat(2000)},"config":1}`);
  expect(await refusal(client, 'r.test/x')).toContain('malformed image manifest');
  registries.documents.set(path, ' '.repeat((4 << 20) + 1));
  expect(await refusal(client, 'r.test/x')).toBe('manifest of 4194305 bytes is over 4194304');
  registries.documents.set(path, '<html>');
  expect(await refusal(client, 'r.test/x')).toBe('the registry sent a manifest that is no JSON');
});

test('of equal keys the last one counts, whatever the digest was computed of', async () => {
  const text = '{"schemaVersion":1,"schemaVersion":2,"layers":[],"layers":[{}],"config":{}}';
  registries.documents.set('r.test/v2/x/manifests/latest', text);
  expect(await refusal(new RegistryClient({ registries: http }), 'r.test/x')).toMatch(/malformed .*: config\.digest/);
});

test('a manifest by digest that is another one is refused', async () => {
  const digest = `sha256:${'1'.repeat(64)}`;
  registries.documents.set(`r.test/v2/x/manifests/${digest}`, JSON.stringify(imageOf('x')));
  const message = await refusal(new RegistryClient({ registries: http }), `r.test/x@${digest}`);
  expect(message).toBe(`manifest verification failed for digest ${digest}`);
});

test('ubuntu without 386 is the newest that has it, and says so', async () => {
  const client = new RegistryClient({ registries: http });
  const repository = 'docker.io/v2/library/ubuntu';
  const manifest = await registries.add(repository, 'm', imageOf('bionic'));
  const bionic = await registries.add(repository, '18.04', indexOf(entry(manifest, '386')));
  for (const tag of ['latest', '24.04']) await registries.add(repository, tag, indexOf(entry(manifest, 'amd64')));
  expect(await resolve(client, 'ubuntu')).toMatchObject({
    digest: bionic,
    notices: ['ubuntu:latest is not published for linux/386 any more: using ubuntu:18.04, the newest that is'],
  });
  expect(await refusal(client, 'ubuntu:24.04')).toBe(
    'no matching manifest for linux/386 in the manifest list entries: the image has linux/amd64; this machine runs linux/386 only\n' +
      'ubuntu:18.04 is the newest with linux/386.',
  );
});

test('an image without 386 names tags and repositories that have it', async () => {
  const client = new RegistryClient({ registries: http });
  const advice = async (name: string) => (await refusal(client, name)).split('\n')[1];
  const other = indexOf(entry(await digestOf('x'), 'amd64'));
  await registries.add('docker.io/v2/library/node', 'latest', other);
  registries.tags('docker.io/v2/i386/node', 'latest', '10', '9');
  expect(await advice('node')).toBe('i386/node is its build for linux/386, with the tags: latest, 10, 9.');
  const repository = 'r.test/v2/tool';
  for (const tag of ['latest', '2', '1', '1-arm64']) await registries.add(repository, tag, other);
  registries.tags(repository, 'latest', '2', '1', '1-arm64', '1-i386');
  expect(await advice('r.test/tool')).toBeUndefined();
  await registries.add(repository, '1-i386', indexOf(entry(await digestOf('x'), '386')));
  expect(await advice('r.test/tool')).toBe('r.test/tool has linux/386 under the tags: 1-i386.');
  registries.tags(repository, 'latest', '2', '1', '1-arm64');
  registries.asked.length = 0;
  expect(await advice('r.test/tool')).toBe('None of the 3 newest tags of r.test/tool has linux/386.');
  expect(registries.asked.some((path) => path.endsWith('arm64'))).toBe(false);
});
