// docker pull from real registries, by the engine in the real guest, through the proxy.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryBlobStore } from '../../src/engine/layers/memory-blob-store.ts';
import { TestGuest } from '../engine/support/guest.ts';
import { type PushedImage, pushCatalogueImage } from './support/catalogue-image.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { FaultInjector } from './support/fault-injector.ts';
import { Proxied } from './support/proxied.ts';

let registry: DockerRegistry;
let injector: FaultInjector;
let proxied: Proxied;
let guest: TestGuest;
let busybox: PushedImage;
/** The registries' names, as images have them. */
let host: string;

beforeAll(async () => {
  registry = await DockerRegistry.start();
  injector = await FaultInjector.start(registry.origin);
  host = registry.host.replace('127.0.0.1', 'localhost');
  const upstream = { upstream: registry.origin, allowPrivate: true };
  proxied = await Proxied.start({
    registries: { [host]: upstream, 'faulty.test': { ...upstream, upstream: injector.origin }, 'docker.io': upstream },
  });
  busybox = await pushCatalogueImage(proxied, 'busybox', { registry: host, repository: 'team/busybox' });
  await pushCatalogueImage(proxied, 'hello-world', { registry: host, repository: 'library/online', tag: 'v1' });
  await pushCatalogueImage(proxied, 'hello-world', { registry: host, repository: 'library/online', tag: 'v2' });
  guest = await TestGuest.start({ blobs: new MemoryBlobStore(), proxy: proxied.endpoint });
});

afterAll(async () => {
  await guest.stop();
  injector.stop();
  await registry.stop();
});

test('an image of a registry is pulled and runs', async () => {
  const pulled = await guest.docker('pull', `${host}/team/busybox`);
  expect(pulled.split('\n')).toEqual([
    'Using default tag: latest',
    'latest: Pulling from team/busybox',
    expect.stringMatching(/^[0-9a-f]{12}: Pulling fs layer$/),
    ...['Verifying Checksum', 'Download complete', 'Pull complete'].map(
      (status) => expect.stringMatching(new RegExp(`^[0-9a-f]{12}: ${status}$`)) as string,
    ),
    `Digest: ${busybox.digest}`,
    `Status: Downloaded newer image for ${host}/team/busybox:latest`,
    `${host}/team/busybox:latest`,
  ]);
  expect(await guest.docker('run', '--rm', `${host}/team/busybox`, 'echo', 'hello')).toBe('hello');
});

test('a layer that is here is not fetched again', async () => {
  proxied.asked.length = 0;
  await guest.docker('pull', `${host}/team/busybox@${busybox.digest}`);
  expect(proxied.asked.filter((line) => line.includes('/blobs/'))).toEqual([]);
});

test('all tags of a repository of Docker Hub', async () => {
  await guest.docker('pull', '--all-tags', 'online');
  expect(await guest.docker('images', '--format', '{{.Repository}}:{{.Tag}}', 'online')).toBe('online:v1\nonline:v2');
});

test('what Docker Hub does not have, the catalogue may', async () => {
  expect(await guest.docker('pull', '--quiet', 'hello-world')).toBe('docker.io/library/hello-world:latest');
});

test('no such tag, no such repository, no such registry', async () => {
  expect((await guest.tryDocker('pull', `${host}/team/busybox:nosuch`)).stderr).toBe(
    `Error response from daemon: manifest for ${host}/team/busybox:nosuch not found: manifest unknown: manifest unknown\n`,
  );
  expect((await guest.tryDocker('pull', '--all-tags', `${host}/nosuch`)).stderr).toBe(
    `Error response from daemon: repository ${host}/nosuch not found: name unknown: repository name not known to registry\n`,
  );
  expect((await guest.tryDocker('pull', 'scratch')).stderr).toBe(
    "Error response from daemon: 'scratch' is a reserved name\n",
  );
  const { stderr, exitCode } = await guest.tryDocker('pull', 'elsewhere.test/image');
  expect(stderr).toContain(
    'Error response from daemon: Get "https://elsewhere.test/v2/": this page\'s registry proxy does not list elsewhere.test',
  );
  expect(exitCode).toBe(1);
});

test('a download that breaks off goes on where it was', async () => {
  await guest.docker('rmi', '--force', `${host}/team/busybox`);
  const layer = busybox.layers[0]!;
  const ranges: (string | undefined)[] = [];
  injector.fault = async ({ url, headers }, response) => {
    if (!url!.endsWith(layer)) return false;
    ranges.push(headers.range);
    if (ranges.length > 1) return false;
    const whole = new Uint8Array(await (await fetch(registry.origin + url!)).arrayBuffer());
    response.writeHead(200, { 'Content-Length': whole.length });
    response.write(whole.subarray(0, whole.length / 2), () => setImmediate(() => response.destroy()));
    return true;
  };
  const pulled = await guest.docker('pull', 'faulty.test/team/busybox');
  expect(pulled).toContain('Status: Downloaded newer image');
  expect(ranges).toHaveLength(2);
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
});

test('docker search asks Docker Hub, and the catalogue where that has no search', async () => {
  expect(await guest.docker('search', 'hello')).toBe(
    [
      'NAME          DESCRIPTION                STARS     OFFICIAL',
      'hello-world   In the offline catalogue   0         [OK]',
    ].join('\n'),
  );
  injector.fault = (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://faulty.test');
    if (pathname !== '/v1/search') return false;
    const [name, count] = [searchParams.get('q')!, searchParams.get('n')!];
    const results = [
      {
        name,
        description: `at most ${count},\nwith a description that is longer than a line`,
        star_count: 7,
        is_official: false,
      },
      { name: `${name}-official`, description: '', star_count: 1, is_official: true },
    ];
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ results }));
    return true;
  };
  const search = (...args: string[]) => guest.docker('search', '--format', '{{.Name}}|{{.Description}}', ...args);
  expect(await search('--limit', '5', 'faulty.test/tool')).toBe(
    'tool|at most 5, with a description that is longer…\ntool-official|',
  );
  expect(await search('--filter', 'stars=3', '--no-trunc', 'faulty.test/tool')).toBe(
    'tool|at most 25, with a description that is longer than a line',
  );
  expect(await search('--filter', 'is-official=true', 'faulty.test/tool')).toBe('tool-official|');
});
