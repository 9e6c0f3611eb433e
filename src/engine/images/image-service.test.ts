import { gzipSync } from 'fflate';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ProgressMessage } from '../../api/progress.ts';
import type { FileTree } from '../../guest/p9/file-tree.ts';
import { concatBytes, encodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, digestOf } from '../../lib/digest.ts';
import { encodeHeader } from '../../lib/tar/header.ts';
import { MemoryBlobStore } from '../layers/memory-blob-store.ts';
import { RegistryClient } from '../registry/registry-client.ts';
import { StaticRegistry } from '../registry/static-registry.ts';
import { ImageService } from './image-service.ts';
import { imageForPlatform } from './image-platform.ts';
import { ImageStore } from './image-store.ts';
import type { ImageUser } from './remove.ts';

const base = 'http://catalogue.test/registry';
const noSignal = new AbortController().signal;

/** A catalogue as `kernel-image/catalogue/README.md` describes it, in memory. */
class Catalogue {
  readonly files = new Map<string, Uint8Array>();
  readonly images: { name: string; tags: string[]; digest: string; manifest: string; standIn?: string }[] = [];
  readonly requests: string[] = [];
  /** Called before a file is answered; may replace the answer. */
  intercept: (path: string) => Response | undefined | Promise<Response | undefined> = () => undefined;

  fetch: typeof fetch = async (input) => {
    const path = String(input).slice(base.length + 1);
    this.requests.push(path);
    const replaced = await this.intercept(path);
    if (replaced) return replaced;
    if (path === 'catalogue.json') return Response.json({ images: this.images });
    const file = this.files.get(path);
    // What Vite's server does for unknown paths.
    return new Response(file ? file.slice() : '<!doctype html>', {
      headers: { 'content-type': file ? '' : 'text/html' },
    });
  };

  async blob(bytes: Uint8Array): Promise<{ digest: Digest; size: number }> {
    const digest = await digestOf(bytes);
    this.files.set(`blobs/${digest.replace(':', '/')}`, bytes);
    return { digest, size: bytes.length };
  }

  json = (value: unknown) => this.blob(encodeUtf8(JSON.stringify(value)));

  async add(
    name: string,
    options: {
      tag?: string;
      layers?: Uint8Array[];
      config?: object;
      architecture?: string;
      standIn?: string;
      created?: string;
    } = {},
  ): Promise<{ id: Digest; digest: Digest; layers: Digest[]; diffIds: Digest[] }> {
    const { tag = 'latest', layers = [makeTar(name)], architecture = '386', standIn } = options;
    const diffIds = await Promise.all(layers.map((layer) => digestOf(layer)));
    const config = await this.json({
      architecture,
      os: 'linux',
      created: options.created ?? '2024-05-01T10:00:00.5Z',
      config: options.config ?? { Cmd: ['sh'], Env: null, Labels: { stamp: name } },
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: [
        ...layers.map((_, at) => ({ created: '2024-05-01T10:00:00Z', created_by: `layer ${at}` })),
        { created: '2024-05-01T10:00:01Z', created_by: 'CMD ["sh"]', empty_layer: true },
      ],
    });
    const blobs = await Promise.all(layers.map((layer) => this.blob(gzipSync(layer, { mtime: 0 }))));
    const manifest = await this.json({ schemaVersion: 2, config, layers: blobs });
    const index = encodeUtf8(
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, platform: { os: 'linux', architecture } }] }),
    );
    const { digest } = await this.blob(index);
    this.files.set(`v2/library/${name}/manifests/${tag}`, index);
    this.images.push({ name: `library/${name}`, tags: [tag], digest, manifest: manifest.digest, standIn });
    return { id: config.digest, digest, layers: blobs.map((blob) => blob.digest), diffIds };
  }
}

function makeTar(name: string, content = `content of ${name}`): Uint8Array {
  const body = encodeUtf8(content);
  const header = { name, linkName: '', mode: 0o644, uid: 0, gid: 0, size: body.length, mtime: 0, type: '0' };
  const padding = new Uint8Array(-body.length & 511);
  const block = encodeHeader({ ...header, deviceMajor: 0, deviceMinor: 0 });
  return concatBytes([block, body, padding, new Uint8Array(1024)]);
}

let catalogue: Catalogue;
let blobs: MemoryBlobStore;
let trees: Map<string, FileTree>;
let store: ImageStore;
let service: ImageService;
let events: string[];
let containers: (ImageUser & { image: { id: string } })[];

async function open(): Promise<void> {
  trees = new Map();
  const mounts = {
    addTree: (name: string, tree: FileTree) => void trees.set(name, tree),
    removeTree: (name: string) => void trees.delete(name),
  };
  const client = new RegistryClient({ lastMirrors: [new StaticRegistry(base, catalogue.fetch)] });
  store = await ImageStore.open(blobs, mounts, client);
  events = [];
  service = new ImageService({
    images: store,
    containers: { users: () => containers },
    events: {
      publish: (_, action, id, { name }) => void events.push(`${action} ${name === id ? id : `${id} ${name}`}`),
    },
  });
}

beforeEach(async () => {
  catalogue = new Catalogue();
  blobs = new MemoryBlobStore();
  containers = [];
  await open();
});

async function pull(image: string, tag = 'latest', signal = noSignal): Promise<ProgressMessage[]> {
  const messages: ProgressMessage[] = [];
  await service.pull({ image, tag }, (message) => messages.push(message), signal);
  return messages;
}

/** `id: status`, as `docker pull` prints it where nothing moves; counts left out. */
const lines = (messages: ProgressMessage[]) =>
  messages
    .filter(({ progressDetail }) => progressDetail?.current === undefined)
    .map(({ id, status }) => (id === undefined ? status : `${id}: ${status}`));

const short = (digest: string) => digest.slice(7, 19);
const stored = async () => (await blobs.list()).filter((key) => key !== 'images').sort();

describe('pull', () => {
  test('prints what Docker prints, and has the image', async () => {
    const { id, digest, layers } = await catalogue.add('busybox', { layers: [makeTar('a'), makeTar('b')] });
    const messages = await pull('busybox');
    const [a, b] = layers.map(short);
    expect(lines(messages).toSorted()).toEqual(
      [
        'latest: Pulling from library/busybox',
        ...[a, b].flatMap((layer) =>
          ['Pulling fs layer', 'Verifying Checksum', 'Download complete', 'Pull complete'].map((s) => `${layer}: ${s}`),
        ),
        `Digest: ${digest}`,
        'Status: Downloaded newer image for busybox:latest',
      ].toSorted(),
    );
    expect(messages.at(0)).toEqual({ status: 'Pulling from library/busybox', id: 'latest' });
    expect(lines(messages).indexOf(`${a}: Pull complete`)).toBeLessThan(lines(messages).indexOf(`${b}: Pull complete`));
    expect(lines(messages).slice(-2)).toEqual([
      `Digest: ${digest}`,
      'Status: Downloaded newer image for busybox:latest',
    ]);
    expect(store.get('busybox').id).toBe(id);
    expect(events).toEqual(['pull busybox:latest busybox']);
  });

  test('counts bytes, with the bar of old', async () => {
    await catalogue.add('busybox');
    const messages = await pull('busybox');
    for (const status of ['Downloading', 'Extracting']) {
      const counted = messages.filter((message) => message.status === status);
      const { current, total } = counted.at(-1)!.progressDetail!;
      expect(current).toBe(total);
      expect(counted.at(-1)!.progress).toBe(`[${'='.repeat(50)}>] ${`${total}B`.padStart(8)}/${total}B`);
    }
  });

  test('a second time finds it up to date and fetches no layer', async () => {
    const { digest } = await catalogue.add('busybox');
    await pull('busybox');
    catalogue.requests.length = 0;
    expect(lines(await pull('busybox'))).toEqual([
      'latest: Pulling from library/busybox',
      `Digest: ${digest}`,
      'Status: Image is up to date for busybox:latest',
    ]);
    expect(catalogue.requests).toHaveLength(2);
  });

  test('layers that are there are not fetched again', async () => {
    const shared = makeTar('shared');
    await catalogue.add('debian', { layers: [shared] });
    const nginx = await catalogue.add('nginx', { layers: [shared, makeTar('nginx')] });
    await pull('debian');
    expect(lines(await pull('nginx')).slice(0, 3)).toContain(`${short(nginx.layers[0]!)}: Already exists`);
    expect(catalogue.requests.filter((path) => path.endsWith(nginx.layers[0]!.slice(7)))).toHaveLength(1);
  });

  test('two pulls at once share the layers under way', async () => {
    const { layers } = await catalogue.add('busybox', { layers: [makeTar('a'), makeTar('b')] });
    const both = await Promise.all([pull('busybox'), pull('busybox')]);
    for (const messages of both) {
      expect(lines(messages)).toContain(`${short(layers[1]!)}: Pull complete`);
      expect(lines(messages).at(-1)).toContain('busybox:latest');
    }
    for (const layer of layers)
      expect(catalogue.requests.filter((path) => path.includes(layer.slice(7)))).toHaveLength(1);
  });

  test('three layers at a time are downloaded, the rest wait', async () => {
    const { layers } = await catalogue.add('many', { layers: [...'abcde'].map((name) => makeTar(name)) });
    let now = 0;
    let most = 0;
    catalogue.intercept = async (path) => {
      if (!layers.some((layer) => path.includes(layer.slice(7)))) return undefined;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve));
      now--;
      return undefined;
    };
    const messages = await pull('many');
    expect(most).toBe(3);
    expect(lines(messages).filter((line) => line?.endsWith(': Waiting'))).toHaveLength(2);
    expect(trees.size).toBe(5);
  });

  test('a stand-in says so in one line', async () => {
    await catalogue.add('ubuntu', { standIn: 'This is Debian, not Ubuntu.' });
    expect(lines(await pull('ubuntu')).slice(0, 2)).toEqual([
      'latest: Pulling from library/ubuntu',
      'This is Debian, not Ubuntu.',
    ]);
  });

  test('by digest, and every tag', async () => {
    const { digest, id } = await catalogue.add('busybox', { tag: '1.36' });
    const messages = lines(await pull('busybox', digest));
    expect(messages[0]).toBe(`docker.io/library/busybox@${digest}: Pulling from library/busybox`);
    expect(messages.at(-1)).toBe(`Status: Downloaded newer image for busybox@${digest}`);
    expect((await service.inspect(id)).RepoTags).toEqual([]);
    expect(lines(await pull('busybox', '')).at(-1)).toBe('Status: Downloaded newer image for busybox');
    expect((await service.inspect(id)).RepoTags).toEqual(['busybox:1.36']);
  });
});

describe('pull refuses', () => {
  const refusal = (image: string, tag?: string) =>
    pull(image, tag).then(
      () => 'pulled',
      (error: Error) => error,
    );

  test('an unknown repository, as Docker Hub does', async () => {
    await catalogue.add('busybox');
    expect(await refusal('nosuch')).toMatchObject({
      kind: 'not-found',
      message:
        "pull access denied for nosuch, repository does not exist or may require 'docker login': denied: requested access to the resource is denied\n" +
        'Without a network only the images of the offline catalogue can be pulled: busybox.',
    });
  });

  test('an unknown tag and an unknown digest', async () => {
    await catalogue.add('busybox');
    expect(await refusal('busybox', 'nosuch')).toMatchObject({
      kind: 'not-found',
      message:
        'manifest for busybox:nosuch not found: manifest unknown: manifest unknown\n' +
        'The offline catalogue has busybox with the tags: latest.',
    });
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(await refusal('busybox', digest)).toMatchObject({
      kind: 'not-found',
      message: `manifest for busybox@${digest} not found: manifest unknown: manifest unknown`,
    });
  });

  test('an image without linux/386, naming what there is', async () => {
    await catalogue.add('big', { architecture: 'amd64' });
    expect(await refusal('big')).toMatchObject({
      kind: 'not-found',
      message:
        'no matching manifest for linux/386 in the manifest list entries: the image has linux/amd64; this machine runs linux/386 only',
    });
  });

  test('a wrong reference, another registry, another platform', async () => {
    expect(await refusal('FOO')).toMatchObject({
      kind: 'invalid-parameter',
      message: 'invalid reference format: repository name (library/FOO) must be lowercase',
    });
    expect(await refusal('busybox', 'a b')).toMatchObject({
      kind: 'invalid-parameter',
      message: 'invalid reference format',
    });
    expect(await refusal('ghcr.io/a/b')).toMatchObject({
      kind: 'unavailable',
      message: /^Get "https:\/\/ghcr.io\/v2\/": no route/,
    });
    const asked = service.pull({ image: 'busybox', tag: 'latest', platform: 'linux/arm64' }, () => {}, noSignal);
    await expect(asked).rejects.toThrow('wanted linux/arm64, this machine runs linux/386 only');
    await catalogue.add('busybox');
    await service.pull({ image: 'busybox', tag: 'latest', platform: 'linux/386' }, () => {}, noSignal);
  });

  test('a layer that is not what its digest says, and keeps nothing of the image', async () => {
    const { layers } = await catalogue.add('busybox', { layers: [makeTar('a'), makeTar('b')] });
    const path = `blobs/sha256/${layers[1]!.slice(7)}`;
    const bytes = catalogue.files.get(path)!;
    catalogue.files.set(
      path,
      bytes.map((byte, at) => (at === 12 ? byte ^ 1 : byte)),
    );
    expect(await refusal('busybox')).toMatchObject({
      message: `filesystem layer verification failed for digest ${layers[1]}`,
    });
    catalogue.files.set(path, concatBytes([bytes, bytes]));
    expect(await refusal('busybox')).toMatchObject({
      message: /verification failed .*: more than the \d+ bytes announced$/,
    });
    expect(await stored()).toEqual([]);
    expect(store.count).toBe(0);
    catalogue.files.set(path, bytes);
    await pull('busybox');
    expect(store.count).toBe(1);
  });

  test('a layer that is not what its diff ID says', async () => {
    const { digest } = await catalogue.add('busybox');
    const other = await catalogue.add('other');
    // An image whose manifest lists the layer of another.
    const files = [...catalogue.files].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)] as const);
    const config = files.find(([, text]) => text.includes('"stamp":"busybox"'))!;
    const layer = files.find(([path]) => path.includes(other.layers[0]!.slice(7)))!;
    const manifest = await catalogue.json({
      schemaVersion: 2,
      config: { digest: `sha256:${config[0].slice(-64)}`, size: catalogue.files.get(config[0])!.length },
      layers: [{ digest: other.layers[0], size: catalogue.files.get(layer[0])!.length }],
    });
    const wrong = encodeUtf8(
      JSON.stringify({
        schemaVersion: 2,
        manifests: [{ ...manifest, platform: { os: 'linux', architecture: '386' } }],
      }),
    );
    catalogue.files.set('v2/library/busybox/manifests/latest', wrong);
    catalogue.images.push({ name: 'library/busybox', tags: [], digest, manifest: manifest.digest });
    expect(await refusal('busybox')).toMatchObject({
      message: /^failed to register layer: wrong diff id calculated on extraction/,
    });
    expect(await stored()).toEqual([]);
  });

  test('a manifest that is not what its digest says', async () => {
    const { digest } = await catalogue.add('busybox');
    catalogue.files.set(`blobs/${digest.replace(':', '/')}`, encodeUtf8('{"schemaVersion":2}'));
    expect(await refusal('busybox', digest)).toMatchObject({
      message: `manifest verification failed for digest ${digest}`,
    });
  });

  test('a manifest of schema 1 and one that is no JSON', async () => {
    await catalogue.add('busybox');
    const path = 'v2/library/busybox/manifests/latest';
    catalogue.files.set(path, encodeUtf8('{"schemaVersion":1}'));
    expect(await refusal('busybox')).toMatchObject({
      kind: 'invalid-parameter',
      message: /schema 1 support has been removed/,
    });
    catalogue.files.delete(path);
    expect(await refusal('busybox')).toMatchObject({ message: 'the registry sent a manifest that is no JSON' });
  });

  test('when there is no catalogue', async () => {
    catalogue.intercept = () => new Response('', { status: 404, statusText: 'Not Found' });
    expect(await refusal('busybox')).toMatchObject({
      kind: 'unavailable',
      message: `reading the offline catalogue: GET ${base}/catalogue.json: 404 Not Found`,
    });
    catalogue.intercept = () => new Response('<!doctype html>');
    expect(await refusal('busybox')).toMatchObject({ kind: 'unavailable', message: /catalogue.json is no catalogue$/ });
    catalogue.intercept = () => undefined;
    await catalogue.add('busybox');
    expect(await refusal('busybox')).toBe('pulled');
  });
});

test('a pull given up leaves nothing, unless another wants the same', async () => {
  const { layers } = await catalogue.add('busybox', { layers: [makeTar('a'), makeTar('b')] });
  let open!: () => void;
  const gate = new Promise<void>((resolve) => (open = resolve));
  catalogue.intercept = (path) => (path.includes(layers[1]!.slice(7)) ? gate.then(() => undefined) : undefined);
  const first = new AbortController();
  const firstPull = pull('busybox', 'latest', first.signal);
  let joined!: () => void;
  const secondJoined = new Promise<void>((resolve) => (joined = resolve));
  const messages: ProgressMessage[] = [];
  const report = (message: ProgressMessage) => {
    messages.push(message);
    if (message.id === short(layers[1]!)) joined();
  };
  const secondPull = service.pull({ image: 'busybox', tag: 'latest' }, report, noSignal);
  await secondJoined;
  first.abort(new Error('given up'));
  await expect(firstPull).rejects.toThrow('given up');
  open();
  await secondPull;
  expect(lines(messages).at(-1)).toBe('Status: Downloaded newer image for busybox:latest');

  await service.delete('busybox', { force: false, pruneChildren: true });
  expect(await stored()).toEqual([]);
  const alone = new AbortController();
  catalogue.intercept = (path) => {
    if (path.includes(layers[1]!.slice(7))) alone.abort(new Error('given up'));
    return undefined;
  };
  await expect(pull('busybox', 'latest', alone.signal)).rejects.toThrow('given up');
  expect(await stored()).toEqual([]);
});

test('a reload finds the images, their names and their layers again', async () => {
  const { id } = await catalogue.add('busybox');
  await pull('busybox');
  await service.tag('busybox', { repository: 'mine', tag: 'v1' });
  const before = await service.inspect('mine:v1');
  await open();
  expect(store.count).toBe(1);
  const { layers, release } = await store.forContainer(store.get('mine:v1'));
  expect([...trees.keys()]).toEqual(layers);
  await release();
  const after = await service.inspect(id);
  expect({ ...after, GraphDriver: undefined }).toEqual({ ...before, GraphDriver: undefined });
});

test('an image whose layer is gone is forgotten on a reload', async () => {
  const { diffIds } = await catalogue.add('busybox');
  await pull('busybox');
  await blobs.delete(diffIds[0]!);
  await open();
  expect(store.count).toBe(0);
  await expect(service.inspect('busybox')).rejects.toThrow('No such image: busybox:latest');
  await pull('busybox');
  expect(store.count).toBe(1);
});

describe('looking up', () => {
  test('by name, digest, ID, and the beginning of one', async () => {
    const { id, digest } = await catalogue.add('busybox');
    await pull('busybox');
    for (const text of [
      'busybox',
      'docker.io/library/busybox:latest',
      `busybox@${digest}`,
      id,
      id.slice(7),
      id.slice(0, 12),
      id.slice(7, 10),
    ]) {
      expect(store.get(text).id).toBe(id);
    }
  });

  test.each([
    ['nosuch', 'No such image: nosuch:latest'],
    ['nosuch:1', 'No such image: nosuch:1'],
    ['ghcr.io/a/b', 'No such image: ghcr.io/a/b:latest'],
    [`sha256:${'0'.repeat(64)}`, `No such image: sha256:${'0'.repeat(64)}`],
    ['a b', 'invalid reference format'],
  ])('%s', async (text, message) => {
    await expect(service.inspect(text)).rejects.toThrow(message);
    await expect(service.delete(text, { force: false, pruneChildren: true })).rejects.toThrow(message);
  });

  test('a beginning that fits two images means neither', async () => {
    await catalogue.add('a');
    await catalogue.add('b');
    await pull('a');
    await pull('b');
    expect(() => store.get('sha256:')).toThrow('invalid reference format');
    const [first, second] = store.all().map(({ id }) => id.slice(7));
    let common = 0;
    while (first![common] === second![common]) common++;
    if (common > 0) expect(() => store.get(first!.slice(0, common))).toThrow(/^No such image/);
    expect(store.get(first!.slice(0, common + 1)).id).toBe(`sha256:${first}`);
  });
});

test('inspect', async () => {
  const { id, digest, diffIds } = await catalogue.add('busybox', { layers: [makeTar('a'), makeTar('b')] });
  await pull('busybox');
  const { lowerDirs } = await store.layers.acquire(diffIds);
  expect(await service.inspect('busybox')).toEqual({
    ...{ Id: id, RepoTags: ['busybox:latest'], RepoDigests: [`busybox@${digest}`], Parent: '', Comment: '' },
    ContainerConfig: expect.objectContaining({ Hostname: '', Cmd: null }) as object,
    ...{ Created: '2024-05-01T10:00:00.5Z', DockerVersion: '', Author: '', Architecture: '386', Os: 'linux' },
    Config: { Cmd: ['sh'], Labels: { stamp: 'busybox' } },
    Size: 'content of a'.length + 'content of b'.length,
    GraphDriver: {
      Data: { LowerDir: `/var/lib/docker/layers/${lowerDirs[1]}`, UpperDir: `/var/lib/docker/layers/${lowerDirs[0]}` },
      Name: 'overlay2',
    },
    RootFS: { Type: 'layers', Layers: diffIds },
    Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
  });
});

test('history', async () => {
  const { id } = await catalogue.add('busybox', { layers: [makeTar('a'), makeTar('bb')] });
  await pull('busybox');
  expect(await service.history('busybox')).toEqual([
    { Comment: '', Created: 1714557601, CreatedBy: 'CMD ["sh"]', Id: id, Size: 0, Tags: ['busybox:latest'] },
    { Comment: '', Created: 1714557600, CreatedBy: 'layer 1', Id: '<missing>', Size: 13, Tags: null },
    { Comment: '', Created: 1714557600, CreatedBy: 'layer 0', Id: '<missing>', Size: 12, Tags: null },
  ]);
});

describe('list', () => {
  const list = async (filters: Record<string, string[]> = {}) =>
    (await service.list({ all: false, filters, sharedSize: false })).map(({ RepoTags }) => RepoTags?.join());

  beforeEach(async () => {
    await catalogue.add('old', { created: '2020-01-01T00:00:00Z' });
    await catalogue.add('new', { created: '2024-01-01T00:00:00.000000001Z', config: { Labels: { a: '1', b: '' } } });
    for (const name of ['old', 'new']) await pull(name);
    await service.tag('old', { repository: 'ghcr.io/me/thing', tag: 'v1' });
  });

  test('is in order of age, with every name', async () => {
    expect(await list()).toEqual(['new:latest', 'old:latest,ghcr.io/me/thing:v1']);
    const [row] = await service.list({ all: false, filters: {}, sharedSize: false });
    expect(row).toMatchObject({ Containers: -1, Created: 1704067200, ParentId: '', SharedSize: -1, Size: 14 });
    expect(row!.Labels).toEqual({ a: '1', b: '' });
  });

  test.each([
    [{ reference: ['old'] }, ['old:latest']],
    [{ reference: ['*:v*', 'new'] }, ['new:latest']],
    [{ reference: ['ghcr.io/*/thing'] }, ['ghcr.io/me/thing:v1']],
    [{ label: ['a=1', 'b'] }, ['new:latest']],
    [{ label: ['a=2'] }, []],
    [{ before: ['new'] }, ['old:latest,ghcr.io/me/thing:v1']],
    [{ since: ['old'] }, ['new:latest']],
    [{ dangling: ['true'] }, []],
    [{ dangling: ['0'] }, ['new:latest', 'old:latest,ghcr.io/me/thing:v1']],
    [{ until: ['2022-01-01'] }, ['old:latest,ghcr.io/me/thing:v1']],
    [{ until: ['2022-01-01', '1h'], before: ['new'] }, ['old:latest,ghcr.io/me/thing:v1']],
    [{ label: [] }, ['new:latest', 'old:latest,ghcr.io/me/thing:v1']],
    [{ reference: [] }, []],
  ])('%j', async (filters, expected) => {
    expect(await list(filters)).toEqual(expected);
  });

  test.each([
    [{ bogus: ['1'] }, "invalid filter 'bogus'"],
    [{ dangling: ['maybe'] }, "invalid filter 'dangling=[maybe]'"],
    [{ before: ['nosuch'] }, 'No such image: nosuch:latest'],
    [{ reference: ['['] }, 'syntax error in pattern'],
    [{ dangling: ['true', 'false'] }, "invalid filter 'dangling=[true false]'"],
    [{ dangling: [] }, "invalid filter 'dangling'"],
    [{ 'label!': ['a'] }, "invalid filter 'label!'"],
    [{ until: ['yesterday'] }, 'failed to parse value as time or duration: "yesterday"'],
    [{ until: ['2020-13-01'] }, 'parsing time "2020-13-01": month out of range'],
  ])('%j is refused', async (filters, message) => {
    await expect(list(filters as Record<string, string[]>)).rejects.toThrow(message);
  });
});

test('sizes that images share, and who uses them', async () => {
  const common = makeTar('common');
  await catalogue.add('one', { layers: [common, makeTar('a')] });
  await catalogue.add('two', { layers: [common, makeTar('bb')] });
  for (const name of ['one', 'two']) await pull(name);
  const rows = await service.list({ all: false, filters: {}, sharedSize: true, containerCount: true });
  const shown = rows.map(({ RepoTags, Size, SharedSize, Containers }) => [RepoTags?.[0], Size, SharedSize, Containers]);
  expect(shown.sort()).toEqual([
    ['one:latest', 29, 17, 0],
    ['two:latest', 30, 17, 0],
  ]);
});

test('a platform that an image is not for', async () => {
  await catalogue.add('busybox');
  await pull('busybox');
  const arm = { os: 'linux', architecture: 'arm64' };
  const message =
    'image with reference busybox was found but its platform (linux/386) does not match the specified platform (linux/arm64)';
  await expect(service.inspect('busybox', arm)).rejects.toThrow(message);
  await expect(service.history('busybox', arm)).rejects.toThrow(message);
  await expect(service.delete('busybox', { force: false, pruneChildren: true, platform: arm })).rejects.toThrow(
    message,
  );
  expect((await service.inspect('busybox', { os: 'linux', architecture: 'amd64' })).Architecture).toBe('386');
});

describe('tag', () => {
  let other: { id: Digest };
  beforeEach(async () => {
    await catalogue.add('busybox');
    other = await catalogue.add('other');
    await pull('busybox');
    events.length = 0;
  });

  test('gives another name, and takes one that another image had', async () => {
    await pull('other');
    await service.tag('busybox', { repository: 'other', tag: '' });
    expect(store.get('other').id).toBe(store.get('busybox').id);
    expect((await service.inspect(other.id)).RepoTags).toEqual([]);
    expect(events.at(-1)).toBe(`tag ${store.get('busybox').id} other:latest`);
    expect((await service.inspect('busybox')).Metadata.LastTagTime).not.toMatch(/^0001/);
  });

  test.each([
    ['busybox', 'Foo', '', 'invalid reference format: repository name (library/Foo) must be lowercase'],
    ['busybox', `a@sha256:${'0'.repeat(64)}`, '', 'cannot import digest reference'],
    ['nosuch', 'x', '!', 'invalid tag format'],
    ['nosuch', 'sha256', 'x', 'refusing to create an ambiguous tag using digest algorithm as name'],
    ['busybox', 'sha256', 'x', 'refusing to create an ambiguous tag using digest algorithm as name'],
    ['nosuch', 'x', 'y', 'No such image: nosuch:latest'],
  ])('%s %s:%s is refused', async (image, repository, tag, message) => {
    await expect(service.tag(image, { repository, tag })).rejects.toThrow(message);
  });
});

describe('rmi, as moby decides', () => {
  let id: Digest;
  let digest: Digest;
  let diffIds: Digest[];
  const rmi = (image: string, force = false) => service.delete(image, { force, pruneChildren: true });

  beforeEach(async () => {
    ({ id, digest, diffIds } = await catalogue.add('im1', { layers: [makeTar('a'), makeTar('b')] }));
    await catalogue.add('im2', { layers: [makeTar('a'), makeTar('c')] });
    await pull('im1');
  });

  const chain = async () => [await digestOf(`${diffIds[0]} ${diffIds[1]}`), diffIds[0]];
  const use = (running: boolean) => containers.push({ id: '3ee41e56e13f'.padEnd(64, '0'), running, image: { id } });

  test('the last name takes the image along, its layers topmost first', async () => {
    events.length = 0;
    expect(await rmi('im1')).toEqual([
      { Untagged: 'im1:latest' },
      { Untagged: `im1@${digest}` },
      { Deleted: id },
      ...(await chain()).map((Deleted) => ({ Deleted })),
    ]);
    expect(events).toEqual([`untag ${id}`, `untag ${id}`, `delete ${id}`]);
    expect(await stored()).toEqual([]);
  });

  test('one of several names goes alone', async () => {
    await service.tag('im1', { repository: 'two', tag: '' });
    expect(await rmi('im1')).toEqual([{ Untagged: 'im1:latest' }, { Untagged: `im1@${digest}` }]);
    expect(store.get('two').id).toBe(id);
  });

  test('by ID all names go when they are of one repository, else it must be forced', async () => {
    await service.tag('im1', { repository: 'two', tag: '' });
    const message = `conflict: unable to delete ${short(id)} (must be forced) - image is referenced in multiple repositories`;
    await expect(rmi(id)).rejects.toMatchObject({ kind: 'conflict', message });
    expect((await rmi(short(id), true)).map(({ Untagged }) => Untagged)).toEqual([
      'im1:latest',
      `im1@${digest}`,
      'two:latest',
      ...[undefined, undefined, undefined],
    ]);
  });

  test('the name of an image in use is kept', async () => {
    use(false);
    const message = `conflict: unable to remove repository reference "im1" (must force) - container 3ee41e56e13f is using its referenced image ${short(id)}`;
    await expect(rmi('im1')).rejects.toMatchObject({ kind: 'conflict', message });
    const byId = `conflict: unable to delete ${short(id)} (must be forced) - image is being used by stopped container 3ee41e56e13f`;
    await expect(rmi(id)).rejects.toMatchObject({ kind: 'conflict', message: byId });
    containers.length = 0;
    use(true);
    const running = `conflict: unable to delete ${short(id)} (cannot be forced) - image is being used by running container 3ee41e56e13f`;
    await expect(rmi(id, true)).rejects.toMatchObject({ kind: 'conflict', message: running });
  });

  test('by force a stopped container loses its image and keeps its layers', async () => {
    use(false);
    const { release } = await store.forContainer(store.get('im1'));
    expect(await rmi(short(id), true)).toEqual([
      { Untagged: 'im1:latest' },
      { Untagged: `im1@${digest}` },
      { Deleted: id },
    ]);
    expect(trees.size).toBe(2);
    await release();
    expect(trees.size).toBe(0);
    expect(await stored()).toEqual([]);
  });

  test('by force a running container loses only the name of its image', async () => {
    use(true);
    expect(await rmi('im1', true)).toEqual([{ Untagged: 'im1:latest' }, { Untagged: `im1@${digest}` }]);
    expect(store.get(id).id).toBe(id);
  });

  test('layers another image has stay', async () => {
    await pull('im2');
    expect((await rmi('im1')).slice(2)).toEqual([{ Deleted: id }, { Deleted: (await chain())[0] }]);
    await store.forContainer(store.get('im2'));
    expect(trees.size).toBe(2);
  });
});

test('prune', async () => {
  await catalogue.add('a');
  const b = await catalogue.add('b');
  for (const name of ['a', 'b']) await pull(name);
  expect(await service.prune({})).toEqual({ ImagesDeleted: null, SpaceReclaimed: 0 });
  containers.push({ id: 'c', running: false, image: { id: b.id } });
  const { ImagesDeleted, SpaceReclaimed } = await service.prune({ dangling: ['false'] });
  expect(ImagesDeleted!.map(({ Untagged }) => Untagged)).toContain('a:latest');
  expect(SpaceReclaimed).toBe('content of a'.length);
  expect(store.all().map(({ id }) => id)).toEqual([b.id]);
});

test('what a container is made of', async () => {
  const { id } = await catalogue.add('busybox', { config: { Cmd: ['sh'], Env: ['A=1'], User: '' } });
  await pull('busybox');
  const container = await store.forContainer(store.get('busybox'));
  expect(container).toMatchObject({ id, config: { Cmd: ['sh'], Env: ['A=1'] }, layers: [...trees.keys()] });
  const arm = { os: 'linux', architecture: 'arm64' };
  expect(() => imageForPlatform(store, 'busybox', arm)).toThrow('does not match the specified platform (linux/arm64)');
});
