// A native Docker Engine and ours, through the same real registry: what one pushed the other pulls, with equal digests.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryBlobStore } from '../../src/engine/layers/memory-blob-store.ts';
import { TestGuest } from '../engine/support/guest.ts';
import { pushCatalogueImage } from './support/catalogue-image.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { Proxied } from './support/proxied.ts';

/** What a native engine's push of an image for linux/386 left in a registry; blobs in base64, the config first. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded/native-push.json'), 'utf8')) as {
  readonly digest: string;
  readonly manifest: string;
  readonly blobs: readonly string[];
};

/** Address of a native engine that shares this machine's loopback. */
const engine = process.env['NATIVE_DOCKER_HOST'];

const run = promisify(execFile);
const native = async (...args: string[]): Promise<string> =>
  (await run('docker', ['-H', engine!, ...args], { timeout: 60_000 })).stdout.trim();

let registry: DockerRegistry;
let proxied: Proxied;
let guest: TestGuest;
/** A registry on loopback needs no TLS, for either engine. */
let host: string;

beforeAll(async () => {
  registry = await DockerRegistry.start();
  host = registry.host;
  proxied = await Proxied.start({ registries: { [host]: { upstream: registry.origin, allowPrivate: true } } });
  await pushCatalogueImage(proxied, 'busybox', { registry: host, repository: 'busybox' });
  guest = await TestGuest.start({ blobs: new MemoryBlobStore(), proxy: proxied.endpoint });
});

afterAll(async () => {
  await guest.stop();
  await registry.stop();
});

const digestOfPush = (output: string) => /digest: (sha256:\S+)/.exec(output)![1];
const ours = async (name: string, format: string) =>
  guest.docker('images', '--digests', '--no-trunc', '--format', format, name);

test('what a native engine pushed is pulled, and pushed on under the same digest', async () => {
  for (const blob of recorded.blobs) {
    await proxied.push(`${host}/v2/native`, new Uint8Array(Buffer.from(blob, 'base64')));
  }
  const { mediaType, config } = JSON.parse(recorded.manifest) as { mediaType: string; config: { digest: string } };
  const put = { method: 'PUT', headers: { 'Content-Type': mediaType }, body: recorded.manifest };
  expect((await proxied.request(`/${host}/v2/native/manifests/latest`, put)).status).toBe(201);
  await guest.docker('pull', '--quiet', `${host}/native`);
  expect(await ours(`${host}/native`, '{{.Digest}} {{.ID}}')).toBe(`${recorded.digest} ${config.digest}`);
  await guest.docker('tag', `${host}/native`, `${host}/copied`);
  const pushed = await guest.docker('push', `${host}/copied`);
  expect(pushed).toContain('Mounted from native');
  expect(digestOfPush(pushed)).toBe(recorded.digest);
});

test.skipIf(engine === undefined)(
  'a live native engine, both ways (skipped unless NATIVE_DOCKER_HOST names one in this network)',
  async () => {
    const [name, theirs] = [`${host}/ours`, `${host}/theirs`];
    const container = await guest.docker('run', '--detach', `${host}/busybox`, 'sh', '-c', 'echo made here > /made');
    await guest.docker('wait', container);
    await guest.docker('commit', container, name);
    const pushed = digestOfPush(await guest.docker('push', name));
    try {
      expect(await native('pull', name)).toContain(`Digest: ${pushed}`);
      expect(await native('images', '--no-trunc', '--format', '{{.ID}}', name)).toBe(await ours(name, '{{.ID}}'));
      await native('tag', name, theirs);
      expect(digestOfPush(await native('push', theirs))).toBe(pushed);
      await guest.docker('pull', '--quiet', theirs);
      expect(await ours(theirs, '{{.Digest}}')).toBe(pushed);
      expect(await guest.docker('run', '--rm', theirs, 'cat', '/made')).toBe('made here');
    } finally {
      await native('rmi', '--force', name, theirs).catch(() => {});
    }
  },
);
