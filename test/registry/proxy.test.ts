// The proxy before Debian's docker-registry: what browsers, through it, can ask of a real registry.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from './support/certificate.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { Proxied, refusal } from './support/proxied.ts';
import { TokenServer, basic } from './support/token-server.ts';

const random = (size: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
};
const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

const users = { ann: 'secret' };
const certificate = makeCertificate();
let plain: DockerRegistry;
let passwords: DockerRegistry;
let tls: DockerRegistry;
let tokens: TokenServer;
let tokened: DockerRegistry;
let mirror: DockerRegistry;

beforeAll(async () => {
  tokens = await TokenServer.start({ certificate, users, open: ['open/image'] });
  const token = {
    realm: `${tokens.origin}/token`,
    service: tokens.service,
    issuer: tokens.issuer,
    rootCertBundle: certificate.certificate,
  };
  [plain, passwords, tls, tokened] = await Promise.all([
    DockerRegistry.start(),
    DockerRegistry.start({ users }),
    DockerRegistry.start({ tls: certificate }),
    DockerRegistry.start({ token }),
  ]);
  mirror = await DockerRegistry.start({ proxies: plain.origin });
});

afterAll(async () => {
  tokens.stop();
  await Promise.all([plain, passwords, tls, tokened, mirror].map((registry) => registry.stop()));
});

const local = (registry: DockerRegistry, settings: object = {}) => ({
  upstream: registry.origin,
  allowPrivate: true,
  ...settings,
});

test('a blob pushed is there, whole and in parts, for good', async () => {
  const proxied = await Proxied.start({ registries: { plain: local(plain) } });
  const bytes = random(1000);
  const digest = await proxied.push('plain/v2/a/b', bytes);
  const whole = await proxied.request(`/plain/v2/a/b/blobs/${digest}`);
  expect(whole.headers.get('Cache-Control')).toContain('immutable');
  expect(whole.headers.get('Content-Type')).toBe('application/octet-stream');
  expect(whole.headers.get('Content-Length')).toBe('1000');
  expect(await bytesOf(whole)).toEqual(bytes);
  const part = await proxied.request(`/plain/v2/a/b/blobs/${digest}`, { headers: { Range: 'bytes=990-' } });
  expect(part.status).toBe(206);
  expect(part.headers.get('Content-Range')).toBe('bytes 990-999/1000');
  expect(await bytesOf(part)).toEqual(bytes.subarray(990));
});

test('a blob pushed in chunks, a blob mounted, a manifest of them', async () => {
  const proxied = await Proxied.start({ registries: { plain: local(plain) } });
  const bytes = random(50_000);
  const digest = await proxied.push('plain/v2/source', bytes);
  const begun = await proxied.request('/plain/v2/chunked/blobs/uploads/', { method: 'POST' });
  expect(begun.status).toBe(202);
  let location = begun.headers.get('Location')!;
  expect(location).toMatch(/^\/plain\/v2\/chunked\/blobs\/uploads\//);
  for (const [start, end] of [
    [0, 30_000],
    [30_000, 50_000],
  ]) {
    const patched = await proxied.request(location, {
      method: 'PATCH',
      headers: { 'Content-Range': `${start}-${end! - 1}`, 'Content-Type': 'application/octet-stream' },
      body: bytes.slice(start, end),
    });
    expect(patched.status).toBe(202);
    expect(patched.headers.get('Range')).toBe(`0-${end! - 1}`);
    location = patched.headers.get('Location')!;
  }
  const closed = await proxied.request(`${location}&digest=${digest}`, { method: 'PUT' });
  expect(closed.status).toBe(201);

  const mounted = await proxied.request(`/plain/v2/mounted/blobs/uploads/?mount=${digest}&from=source`, {
    method: 'POST',
  });
  expect(mounted.status).toBe(201);

  const type = 'application/vnd.oci.image.manifest.v1+json';
  const descriptor = { mediaType: 'application/octet-stream', digest, size: bytes.length };
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: type, config: descriptor, layers: [descriptor] });
  const put = await proxied.request('/plain/v2/mounted/manifests/latest', {
    method: 'PUT',
    headers: { 'Content-Type': type },
    body: manifest,
  });
  expect(put.status).toBe(201);
  const got = await proxied.request('/plain/v2/mounted/manifests/latest');
  expect(got.headers.get('Content-Type')).toBe(type);
  expect(got.headers.get('Docker-Content-Digest')).toBe(put.headers.get('Docker-Content-Digest'));
  expect(await got.text()).toBe(manifest);
  const head = await proxied.request('/plain/v2/mounted/manifests/latest', { method: 'HEAD' });
  expect(head.headers.get('Content-Length')).toBe(String(manifest.length));
  expect(await (await proxied.request('/plain/v2/mounted/tags/list')).json()).toEqual({
    name: 'mounted',
    tags: ['latest'],
  });
});

test('tags come a page at a time, the next one through the proxy', async () => {
  const proxied = await Proxied.start({ registries: { plain: local(plain) } });
  const first = await proxied.request('/plain/v2/_catalog?n=1');
  const link = /<([^>]+)>/.exec(first.headers.get('Link')!)![1]!;
  const next = await proxied.request(new URL(link, 'http://proxy.test/plain/v2/_catalog').href);
  expect(next.status).toBe(200);
  expect(await next.json()).not.toEqual(await first.json());
});

test('what the registry refuses is told in its own words', async () => {
  const proxied = await Proxied.start({ registries: { plain: local(plain) } });
  expect(await refusal(await proxied.request('/plain/v2/none/manifests/latest'))).toMatchObject({
    status: 404,
    code: 'MANIFEST_UNKNOWN',
    message: 'manifest unknown',
  });
});

test('a registry with passwords', async () => {
  const proxied = await Proxied.start({ registries: { passwords: local(passwords) } });
  const ping = (authorization?: string) =>
    proxied.request('/passwords/v2/', authorization ? { headers: { Authorization: authorization } } : {});
  const anonymous = await ping();
  // The browser would open its own dialogue.
  expect(anonymous.headers.has('WWW-Authenticate')).toBe(false);
  expect(await refusal(anonymous)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  expect((await ping(basic('ann', 'wrong'))).status).toBe(401);
  expect((await ping(basic('ann', 'secret'))).status).toBe(200);
  const digest = await proxied.push('passwords/v2/private', random(10), { Authorization: basic('ann', 'secret') });
  expect((await proxied.request(`/passwords/v2/private/blobs/${digest}`)).status).toBe(401);
  expect(JSON.stringify(proxied.log)).not.toContain(basic('ann', 'secret'));
});

test('what a password opened is not given to others from the cache', async () => {
  const proxied = await Proxied.start({ registries: { passwords: local(passwords) }, cache: true });
  const authorization = { Authorization: basic('ann', 'secret') };
  const digest = await proxied.push('passwords/v2/private', random(10), authorization);
  const path = `/passwords/v2/private/blobs/${digest}`;
  const allowed = await proxied.request(path, { headers: authorization });
  expect(allowed.headers.get('Cache-Control')).toContain('private');
  await allowed.arrayBuffer();
  expect((await proxied.request(path)).status).toBe(401);
});

test('a registry with tokens: anonymous, with a password, and for no longer than needed', async () => {
  const settings = local(tokened, { trusted: [tokens.origin] });
  const proxied = await Proxied.start({ registries: { tokened: settings } });
  const authorization = { Authorization: basic('ann', 'secret') };
  const bytes = random(1000);
  const digest = await proxied.push('tokened/v2/open/image', bytes, authorization);
  await proxied.push('tokened/v2/closed/image', bytes, authorization);
  expect(await bytesOf(await proxied.request(`/tokened/v2/open/image/blobs/${digest}`))).toEqual(bytes);
  expect((await proxied.request(`/tokened/v2/closed/image/blobs/${digest}`)).status).toBe(401);
  const wrong = { headers: { Authorization: basic('ann', 'wrong') } };
  expect(await refusal(await proxied.request(`/tokened/v2/open/image/blobs/${digest}`, wrong))).toEqual({
    status: 401,
    code: 'UNAUTHORIZED',
    message: 'incorrect username or password',
  });
  const asked = tokens.seen.length;
  await proxied.request(`/tokened/v2/open/image/blobs/${digest}`, { method: 'HEAD' });
  expect(tokens.seen.length).toBe(asked);
});

test('passwords go to hosts of the registry only', async () => {
  const proxied = await Proxied.start({ registries: { tokened: local(tokened) } });
  const asked = tokens.seen.length;
  const response = await proxied.request('/tokened/v2/', { headers: { Authorization: basic('ann', 'secret') } });
  expect(await refusal(response)).toMatchObject({
    status: 403,
    message: expect.stringContaining('wants the password sent to') as string,
  });
  expect(tokens.seen.length).toBe(asked);
});

test('a registry with a certificate of its own authority', async () => {
  const ca = readFileSync(certificate.certificate, 'utf8');
  const trusting = await Proxied.start({ registries: { tls: local(tls) }, ca });
  expect((await trusting.request('/tls/v2/')).status).toBe(200);
  const strict = await Proxied.start({ registries: { tls: local(tls) } });
  expect(await refusal(await strict.request('/tls/v2/'))).toMatchObject({
    status: 502,
    message: expect.stringContaining('self-signed certificate') as string,
  });
});

test('without a valid certificate, or without TLS, when both the engine and the configuration say so', async () => {
  const asked = { headers: { 'Registry-Insecure': 'true' } };
  for (const registry of [tls, plain]) {
    const name = registry.host;
    const allowing = await Proxied.start({ registries: { [name]: { insecure: true, allowPrivate: true } } });
    expect((await allowing.request(`/${name}/v2/`, asked)).status).toBe(200);
    expect((await allowing.request(`/${name}/v2/`)).status).toBe(502);
    const strict = await Proxied.start({ registries: { [name]: { allowPrivate: true } } });
    expect(await refusal(await strict.request(`/${name}/v2/`, asked))).toMatchObject({
      status: 502,
      message: expect.stringContaining('its configuration does not say "insecure"') as string,
    });
    const guarded = await Proxied.start({ registries: { [name]: { insecure: true } } });
    expect((await guarded.request(`/${name}/v2/`, asked)).status).toBe(403);
  }
});

test('an insecure registry is pushed to, over whichever way it answers', async () => {
  const name = plain.host;
  const proxied = await Proxied.start({ registries: { [name]: { insecure: true, allowPrivate: true } } });
  const digest = await proxied.push(`${name}/v2/insecure`, random(10), { 'Registry-Insecure': 'true' });
  expect(proxied.asked.slice(0, 2)).toEqual([`GET https://${name}/v2/`, `GET http://${name}/v2/`]);
  const pulled = await proxied.request(`/${name}/v2/insecure/blobs/${digest}`, {
    headers: { 'Registry-Insecure': 'true' },
  });
  expect(pulled.status).toBe(200);
});

test('a pull-through cache as the upstream of a registry', async () => {
  const direct = await Proxied.start({ registries: { plain: local(plain) } });
  const bytes = random(1000);
  const digest = await direct.push('plain/v2/through/cache', bytes);
  const cached = await Proxied.start({ registries: { 'docker.io': local(mirror) } });
  expect(await bytesOf(await cached.request(`/docker.io/v2/through/cache/blobs/${digest}`))).toEqual(bytes);
});

test('thirty at once cost the registry one question', async () => {
  const proxied = await Proxied.start({ registries: { plain: local(plain) }, cache: true });
  const bytes = random(3_000_000);
  const digest = await proxied.push('plain/v2/class', bytes);
  proxied.asked.length = 0;
  const path = `/plain/v2/class/blobs/${digest}`;
  const answers = await Promise.all(Array.from({ length: 30 }, async () => bytesOf(await proxied.request(path))));
  for (const answer of answers) expect(Buffer.compare(answer, bytes)).toBe(0);
  expect(proxied.asked).toEqual([`GET ${plain.origin}/v2/class/blobs/${digest}`]);
  const later = await proxied.request(path, { headers: { Range: 'bytes=2999990-2999994' } });
  expect(later.status).toBe(206);
  expect(await bytesOf(later)).toEqual(bytes.subarray(2_999_990, 2_999_995));
  expect((await proxied.request(path, { headers: { 'If-None-Match': `"${digest}"` } })).status).toBe(304);
  expect(proxied.asked).toHaveLength(1);
});

test('registries that are not listed, and paths that are none, are not asked', async () => {
  const proxied = await Proxied.start({ registries: { plain: local(plain) } });
  expect(await refusal(await proxied.request(`/${plain.host}/v2/`))).toMatchObject({ status: 403, code: 'DENIED' });
  expect((await proxied.request('/plain/metrics')).status).toBe(404);
  expect((await proxied.request('/plain/v2/a/manifests/x', { method: 'DELETE' })).status).toBe(405);
  expect(proxied.asked).toEqual([]);
});

test('a listed registry at a private address is asked only where that is allowed', async () => {
  const proxied = await Proxied.start({ registries: { plain: { upstream: plain.origin } } });
  expect(await refusal(await proxied.request('/plain/v2/'))).toMatchObject({
    status: 403,
    message: expect.stringContaining('private address') as string,
  });
});
