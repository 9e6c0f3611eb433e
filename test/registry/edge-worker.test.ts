// The proxy as an edge worker: bundled for one, and run where there is what browsers' workers have and nothing of Node's.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../src/headless/node-machine.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { FaultInjector } from './support/fault-injector.ts';
import { Proxied, refusal } from './support/proxied.ts';

interface Worker {
  fetch(request: Request, environment?: Record<string, string>): Promise<Response>;
}

/** WinterTC's minimum, as far as the proxy could want it. https://min-common-api.proposal.wintertc.org/ */
const workerGlobals = [
  ...['AbortController', 'AbortSignal', 'Blob', 'DOMException', 'Headers', 'ReadableStream', 'Request', 'Response'],
  ...['TextDecoder', 'TextEncoder', 'TransformStream', 'URL', 'URLSearchParams', 'WebAssembly', 'atob', 'btoa'],
  ...['clearTimeout', 'console', 'crypto', 'fetch', 'performance', 'queueMicrotask', 'setTimeout', 'structuredClone'],
];

let registry: DockerRegistry;
let injector: FaultInjector;
let source: string;
const bytes = new Uint8Array(100_000).map((_, at) => (at * 7) % 253);
let digest: string;

/** A worker of its own, with settings of its own. */
function startWorker(registries: object): (path: string, init?: RequestInit) => Promise<Response> {
  const globals = Object.fromEntries(
    workerGlobals.map((name) => [name, (globalThis as Record<string, unknown>)[name]]),
  );
  const context = createContext(globals);
  runInContext(source, context);
  const worker = runInContext('edge.default ?? edge', context) as Worker;
  const environment = { DRYDOCK_PROXY_CONFIG_JSON: JSON.stringify({ registries }) };
  return (path, init) => worker.fetch(new Request(`https://edge.test/${path}`, init), environment);
}

beforeAll(async () => {
  const bundled = await build({
    root: projectRoot,
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      minify: false,
      lib: { entry: join(projectRoot, 'src/proxy/edge.ts'), formats: ['iife'], name: 'edge' },
    },
  });
  const [only, ...others] = [bundled].flat().flatMap((one) => ('output' in one ? one.output : []));
  expect(others).toEqual([]);
  source = (only as { code: string }).code;
  registry = await DockerRegistry.start();
  injector = await FaultInjector.start(registry.origin);
  const proxied = await Proxied.start({ registries: { r: { upstream: registry.origin, allowPrivate: true } } });
  digest = await proxied.push('r/v2/image', bytes);
});

afterAll(async () => {
  injector.stop();
  await registry.stop();
});

test('nothing of Node is in the bundle', () => {
  // Names of Node's modules stand where the library code asks whether there is a Node.
  expect(source).not.toMatch(/\brequire\(|\b(?:from|import)\b ?\(?["']node:/);
});

test('blobs come through, whole and in parts, and may be kept by the platform', async () => {
  const ask = startWorker({ r: { upstream: registry.origin, allowPrivate: true } });
  const whole = await ask(`r/v2/image/blobs/${digest}`, { headers: { Origin: 'https://page.test' } });
  expect(whole.headers.get('Access-Control-Allow-Origin')).toBe('*');
  expect(whole.headers.get('Cache-Control')).toContain('immutable');
  const hash = createHash('sha256').update(new Uint8Array(await whole.arrayBuffer()));
  expect(`sha256:${hash.digest('hex')}`).toBe(digest);
  const part = await ask(`r/v2/image/blobs/${digest}`, { headers: { Range: 'bytes=99990-' } });
  expect(part.status).toBe(206);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(99_990));
});

test('blobs are pushed through it', async () => {
  const ask = startWorker({ r: { upstream: registry.origin, allowPrivate: true } });
  const begun = await ask('r/v2/pushed/blobs/uploads/', { method: 'POST' });
  const location = begun.headers.get('Location')!.slice(1);
  const put = await ask(`${location}&digest=${digest}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: bytes,
  });
  expect(put.status).toBe(201);
});

test('it refuses what the proxy refuses anywhere', async () => {
  const ask = startWorker({
    r: { upstream: injector.origin, allowPrivate: true },
    private: { upstream: registry.origin },
  });
  expect(await refusal(await ask('elsewhere.test/v2/'))).toMatchObject({ status: 403, code: 'DENIED' });
  expect(await refusal(await ask('private/v2/'))).toMatchObject({ status: 403 });
  injector.fault = (_, response) => {
    response.writeHead(307, { Location: 'https://169.254.169.254/latest/meta-data' }).end();
    return true;
  };
  expect(await refusal(await ask(`r/v2/image/blobs/${digest}`))).toMatchObject({ status: 403 });
});
