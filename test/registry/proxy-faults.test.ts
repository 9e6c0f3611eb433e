// The proxy before registries that break off, lie, dawdle, or lead it astray.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { guardedFetch } from '../../src/proxy/node/guarded-fetch.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { FaultInjector } from './support/fault-injector.ts';
import { Proxied, refusal } from './support/proxied.ts';

const bytes = new Uint8Array(200_000).map((_, at) => (at * 31) % 251);
const sha256 = (content: ArrayBuffer) => `sha256:${createHash('sha256').update(new Uint8Array(content)).digest('hex')}`;
let registry: DockerRegistry;
let injector: FaultInjector;
let digest: string;

beforeAll(async () => {
  registry = await DockerRegistry.start();
  injector = await FaultInjector.start(registry.origin);
  const proxied = await Proxied.start({ registries: { r: { upstream: registry.origin, allowPrivate: true } } });
  digest = await proxied.push('r/v2/image', bytes);
});

afterAll(async () => {
  injector.stop();
  await registry.stop();
});

beforeEach(() => void (injector.fault = () => false));

const behindFaults = (settings: object = {}): Promise<Proxied> =>
  Proxied.start({ registries: { r: { upstream: injector.origin, allowPrivate: true } }, ...settings });

const blob = (proxied: Proxied): Promise<Response> => proxied.request(`/r/v2/image/blobs/${digest}`);

test.each([10, 20, 30, 40, 50, 60, 70, 80, 90, 99])(
  'a connection cut at %i percent is taken up again where it broke',
  async (percent) => {
    const proxied = await behindFaults({ cache: true });
    const ranges: (string | undefined)[] = [];
    injector.fault = ({ headers, url }, response) => {
      if (!url!.includes('/blobs/')) return false;
      ranges.push(headers.range);
      if (ranges.length > 1) return false;
      response.writeHead(200, { 'Content-Length': bytes.length });
      response.write(bytes.subarray(0, (bytes.length * percent) / 100), () => setImmediate(() => response.destroy()));
      return true;
    };
    expect(sha256(await (await blob(proxied)).arrayBuffer())).toBe(digest);
    expect(ranges).toHaveLength(2);
    expect(ranges[1]).toMatch(/^bytes=\d+-$/);
  },
);

test('a blob that is another than its digest says never ends well, and is not kept', async () => {
  const proxied = await behindFaults({ cache: true });
  injector.fault = (_, response) => {
    response.end(Buffer.from(bytes).fill(1, 1000, 1001));
    return true;
  };
  await expect((await blob(proxied)).arrayBuffer()).rejects.toThrow();
  injector.fault = () => false;
  expect(sha256(await (await blob(proxied)).arrayBuffer())).toBe(digest);
});

test('a manifest that is another than its digest says is refused', async () => {
  const proxied = await behindFaults();
  injector.fault = (_, response) => {
    response.end('{"schemaVersion":2}');
    return true;
  };
  expect(await refusal(await proxied.request(`/r/v2/image/manifests/${digest}`))).toMatchObject({
    status: 502,
    code: 'DIGEST_INVALID',
  });
});

test('a manifest without end is cut off', async () => {
  const proxied = await behindFaults({ limits: { manifestBytes: 100_000 } });
  let isGone = false;
  injector.fault = (_, response) => {
    const pour = () => void (response.destroyed || response.write(Buffer.alloc(16_384), () => setImmediate(pour)));
    response.on('close', () => (isGone = true));
    pour();
    return true;
  };
  expect((await proxied.request('/r/v2/image/manifests/latest')).status).toBe(413);
  await expect.poll(() => isGone).toBe(true);
});

test('a blob larger than allowed is refused by its length, or cut off without one', async () => {
  const proxied = await behindFaults({ limits: { blobBytes: 100_000 } });
  expect((await blob(proxied)).status).toBe(413);
  injector.fault = (_, response) => {
    response.write(bytes);
    response.end();
    return true;
  };
  await expect((await blob(proxied)).arrayBuffer()).rejects.toThrow();
});

test('a registry that falls silent is given up, before its answer and in the middle of it', async () => {
  const proxied = await behindFaults({ limits: { headerSeconds: 1, idleSeconds: 1 } });
  injector.fault = () => true;
  expect((await blob(proxied)).status).toBe(504);
  injector.fault = (_, response) => {
    response.writeHead(200, { 'Content-Length': bytes.length });
    response.write(bytes.subarray(0, 10));
    return true;
  };
  await expect((await blob(proxied)).arrayBuffer()).rejects.toThrow();
});

test('redirects are followed to public places only', async () => {
  const proxied = await behindFaults();
  const redirectedTo = async (location: string) => {
    injector.fault = (_, response) => {
      response.writeHead(307, { Location: location }).end();
      return true;
    };
    return refusal(await blob(proxied));
  };
  expect(await redirectedTo('https://169.254.169.254/latest/meta-data')).toMatchObject({ status: 403 });
  expect(await redirectedTo('https://localhost/')).toMatchObject({ status: 403 });
  expect(await redirectedTo('https://[::ffff:127.0.0.1]/')).toMatchObject({ status: 403 });
  expect(await redirectedTo(registry.origin)).toMatchObject({ status: 502 });
  expect(await redirectedTo('file:///etc/passwd')).toMatchObject({ status: 502 });
  expect(await redirectedTo(`${injector.origin}/v2/image/blobs/${digest}`)).toMatchObject({
    status: 502,
    message: expect.stringContaining('redirects more than 5 times') as string,
  });
});

test('a redirect to a trusted host of the registry is followed, without the password', async () => {
  const proxied = await Proxied.start({
    registries: { r: { upstream: injector.origin, trusted: [registry.origin], allowPrivate: true } },
  });
  injector.fault = ({ url }, response) => {
    response.writeHead(307, { Location: registry.origin + url! }).end();
    return true;
  };
  expect(sha256(await (await blob(proxied)).arrayBuffer())).toBe(digest);
});

test('a name that resolves to a private address is refused at the connection', async () => {
  const fetch = guardedFetch({ idleSeconds: 10 });
  const url = new URL(registry.origin.replace('127.0.0.1', 'localhost'));
  const init = { method: 'GET', headers: new Headers(), signal: AbortSignal.timeout(10_000) };
  await expect(fetch(url, init, { allowPrivate: false, anyCertificate: false })).rejects.toMatchObject({
    cause: { message: expect.stringContaining('localhost (') as string },
  });
});

test('a page pretending to be a blob is no page', async () => {
  const proxied = await behindFaults();
  injector.fault = (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html', 'Set-Cookie': 'a=b' }).end('<script>alert(1)</script>');
    return true;
  };
  for (const path of [`blobs/${digest}`, 'manifests/latest', 'tags/list']) {
    const { headers } = await proxied.request(`/r/v2/image/${path}`);
    expect(headers.get('Content-Type')).toBe('application/octet-stream');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Content-Security-Policy')).toContain('sandbox');
    expect(headers.has('Set-Cookie')).toBe(false);
  }
});

test('an upload sent to another host is not followed', async () => {
  const proxied = await behindFaults();
  injector.fault = ({ method }, response) => {
    if (method !== 'POST') return false;
    response.writeHead(202, { Location: 'https://storage.example/upload' }).end();
    return true;
  };
  expect((await proxied.request('/r/v2/image/blobs/uploads/', { method: 'POST' })).status).toBe(502);
});
