/**
 * The registry proxy: what stands between browsers and registries, which do not let pages of other origins ask them.
 * `/<registry>/v2/…` is that registry's own `/v2/…`. It asks only the registries its configuration lists, does their
 * token dance, follows their redirects, and keeps what every anonymous client may have.
 */
import { digestOf, isDigest } from '../lib/digest.ts';
import type { BlobCache, CachedBlob, FetchedBlob } from './blob-cache.ts';
import { parseContentRange, parseRange } from './byte-range.ts';
import { ClientLimits } from './client-limits.ts';
import type { ProxyConfig } from './config.ts';
import { corsHeaders, preflight } from './cors.ts';
import { guardBody, readBody } from './guard-body.ts';
import { type CachedManifest, ManifestCache } from './manifest-cache.ts';
import { type Operation, isImmutable, isWrite, parseOperation, scopesOf } from './operation.ts';
import { ProxyError } from './proxy-error.ts';
import { rewriteLocation, uploadPath } from './upload-location.ts';
import { Upstream, type UpstreamFetch, type UpstreamRequest } from './upstream.ts';

export interface ProxyOptions {
  readonly config: ProxyConfig;
  readonly fetch: UpstreamFetch;
  readonly blobs?: BlobCache;
  readonly log?: (entry: LogEntry) => void;
}

/** Says nothing of credentials, and of a search no more than that there was one. */
export interface LogEntry {
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Why it was refused. */
  readonly problem?: string;
}

/** Answers one request; `client` is the address it came from. `request.url` has nothing before the registry's name. */
export type Proxy = (request: Request, client: string) => Promise<Response>;

interface Exchange {
  readonly upstream: Upstream;
  readonly operation: Operation;
  readonly request: Request;
  readonly url: URL;
  /** From the registry's root on. */
  readonly path: string;
  readonly credentials: string | undefined;
  readonly signal: AbortSignal;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
].join(', ');

const passedOn = ['Accept', 'Content-Length', 'Content-Range', 'Content-Type', 'Range'];
const passedBack = [
  'Content-Length',
  'Content-Range',
  'Docker-Content-Digest',
  'Docker-Upload-UUID',
  'OCI-Chunk-Min-Length',
  'OCI-Filters-Applied',
  'OCI-Subject',
  'Range',
];
const immutable = 'public, max-age=31536000, immutable';

export function createProxy(options: ProxyOptions): Proxy {
  const { config, fetch, log } = options;
  const limits = new ClientLimits(config.limits);
  const upstreams = new Map(
    Object.entries(config.registries).map(([name, registry]) => [
      name,
      {
        secure: new Upstream(name, registry, fetch, config.limits),
        ...(registry.insecure && { insecure: new Upstream(name, registry, fetch, config.limits, true) }),
      },
    ]),
  );
  const answers = new Answers(config, options.blobs);

  const answer = async (request: Request, client: string): Promise<Response> => {
    const url = new URL(request.url);
    const { registry, path } = splitPath(url.pathname);
    const operation = parseOperation(request.method, path);
    const listed = upstreams.get(registry);
    if (!listed) throw notListed(registry, [...upstreams.keys()]);
    // Both must want it: the engine, whose user trusts the way to the registry, and the operator of the proxy.
    const wantsInsecure = request.headers.get('Registry-Insecure') === 'true';
    const upstream = (wantsInsecure && listed.insecure) || listed.secure;
    if (isWrite(operation, request.method) && !upstream.pushable) {
      throw new ProxyError(405, 'UNSUPPORTED', `the proxy does not push to ${registry}`);
    }
    const credentials = readCredentials(request);
    const leave = limits.enter(client);
    try {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(config.limits.totalSeconds * 1000)]);
      const response = await answers.to({ upstream, operation, request, url, path, credentials, signal });
      if (!response.body) {
        leave();
        return response;
      }
      const { blobBytes: maxBytes, idleSeconds } = config.limits;
      return new Response(guardBody(response.body, { maxBytes, idleSeconds }, leave) as BodyInit, response);
    } catch (error) {
      leave();
      if (!wantsInsecure || upstream.isInsecure || !(error instanceof ProxyError) || error.status !== 502) throw error;
      const hint = `the proxy asks ${registry} with a valid certificate only, as its configuration does not say "insecure"`;
      throw new ProxyError(error.status, error.code, `${error.message} (${hint})`);
    }
  };

  return async (request, client) => {
    let cors = new Headers();
    let response: Response;
    let problem: string | undefined;
    try {
      cors = corsHeaders(request, config.origins);
      response = request.method === 'OPTIONS' ? preflight(cors) : await answer(request, client);
    } catch (error) {
      const refusal = asRefusal(error);
      problem = refusal.message;
      response = refusal.toResponse();
    }
    for (const [name, value] of cors) response.headers.append(name, value);
    // What registries send must never become a page of the origin the proxy is served from.
    response.headers.set('X-Content-Type-Options', 'nosniff');
    response.headers.set('Content-Security-Policy', "default-src 'none'; sandbox");
    const { method, url } = request;
    log?.({ client, method, path: new URL(url).pathname, status: response.status, ...(problem && { problem }) });
    return response;
  };
}

/** How each kind of operation is answered. */
class Answers {
  readonly #config: ProxyConfig;
  readonly #blobs: BlobCache | undefined;
  readonly #manifests: ManifestCache;

  constructor(config: ProxyConfig, blobs: BlobCache | undefined) {
    this.#config = config;
    this.#blobs = blobs;
    this.#manifests = new ManifestCache(config.cache.manifestSeconds);
  }

  to(exchange: Exchange): Promise<Response> {
    const { operation, request } = exchange;
    if (operation.kind === 'blob') return this.#blob(exchange, operation);
    if (operation.kind === 'manifest' && request.method !== 'PUT') return this.#manifest(exchange, operation);
    return this.#passThrough(exchange);
  }

  async #blob(exchange: Exchange, { digest }: Operation & { kind: 'blob' }): Promise<Response> {
    const { upstream, request, credentials } = exchange;
    const headers = new Headers({
      'Content-Type': 'application/octet-stream',
      'Accept-Ranges': 'bytes',
      'Docker-Content-Digest': digest,
      ETag: `"${digest}"`,
      'Cache-Control': credentials === undefined ? immutable : immutable.replace('public', 'private'),
      Vary: 'Authorization',
    });
    // Blobs had with somebody's password are not for everybody.
    if (credentials === undefined && request.method === 'GET' && this.#blobs) {
      const cached = await this.#blobs.open(digest, (offset, signal) => this.#fetchBlob(exchange, offset, signal));
      if (cached) return cachedResponse(cached, request, headers);
    }
    const response = await upstream.request(upstreamRequest(exchange));
    checkLength(response, this.#config.limits.blobBytes);
    copyHeaders(response.headers, headers, ['Content-Length', 'Content-Range']);
    if (response.status !== 200 && response.status !== 206) return unexpected(response, upstream.name);
    return new Response(response.body, { status: response.status, headers });
  }

  async #fetchBlob(exchange: Exchange, offset: number, signal: AbortSignal): Promise<FetchedBlob> {
    const request = upstreamRequest(exchange);
    request.headers.delete('Range');
    if (offset > 0) request.headers.set('Range', `bytes=${offset}-`);
    const response = await exchange.upstream.request({ ...request, signal });
    const { blobBytes: maxBytes, idleSeconds } = this.#config.limits;
    checkLength(response, maxBytes);
    if (!response.body || (response.status !== 200 && response.status !== 206)) {
      return unexpected(response, exchange.upstream.name);
    }
    const body = guardBody(response.body, { maxBytes, idleSeconds });
    if (response.status === 200) return { offset: 0, size: contentLength(response), body };
    const range = parseContentRange(response.headers.get('Content-Range'));
    return { offset: range?.start ?? offset, size: range?.size, body };
  }

  async #manifest(exchange: Exchange, operation: Operation & { kind: 'manifest' }): Promise<Response> {
    const { upstream, request, credentials } = exchange;
    const ask = (signal: AbortSignal) => this.#fetchManifest(exchange, operation, signal);
    const isKept = credentials === undefined && this.#config.cache.manifestSeconds > 0;
    const key = `${upstream.isInsecure ? 'insecure ' : ''}${upstream.name}/${operation.name}@${operation.reference}`;
    const manifest = isKept
      ? // Others may wait for the same answer: it does not end with the one who asked first.
        await this.#manifests.get(key, () => ask(AbortSignal.timeout(this.#config.limits.headerSeconds * 2000)))
      : await ask(exchange.signal);
    const headers = new Headers({
      'Content-Type': manifest.contentType,
      'Content-Length': String(manifest.bytes.length),
      'Docker-Content-Digest': manifest.digest,
      ETag: `"${manifest.digest}"`,
      'Cache-Control': isKept && isImmutable(operation) ? immutable : 'no-cache',
      Vary: 'Authorization',
    });
    return new Response(request.method === 'HEAD' ? null : manifest.bytes, { headers });
  }

  async #fetchManifest(
    exchange: Exchange,
    { reference }: Operation & { kind: 'manifest' },
    signal: AbortSignal,
  ): Promise<CachedManifest> {
    const request = upstreamRequest(exchange);
    request.headers.set('Accept', manifestTypes);
    const response = await exchange.upstream.request({ ...request, method: 'GET', signal });
    const { manifestBytes: maxBytes, idleSeconds } = this.#config.limits;
    const bytes = (await readBody(response.body, { maxBytes, idleSeconds })) as Uint8Array<ArrayBuffer>;
    const digest = await digestOf(bytes);
    if (isDigest(reference) && reference !== digest) {
      throw new ProxyError(502, 'DIGEST_INVALID', `${exchange.upstream.name} sent another manifest than ${reference}`);
    }
    return { bytes, digest, contentType: jsonType(response) };
  }

  async #passThrough(exchange: Exchange): Promise<Response> {
    const { upstream, operation } = exchange;
    const response = await upstream.request(upstreamRequest(exchange, this.#config.limits));
    const headers = new Headers({ 'Content-Type': jsonType(response), 'Cache-Control': 'no-store' });
    copyHeaders(response.headers, headers, passedBack);
    const location = response.headers.get('Location');
    if (location !== null && 'name' in operation) {
      headers.set('Location', rewriteLocation(location, upstream, operation.name));
    }
    const link = response.headers.get('Link');
    // The next page of tags: the same path with another query (RFC 8288).
    const next = /<[^>]*?(\?[^>]*)>;\s*rel="?next"?/.exec(link ?? '')?.[1];
    if (next) headers.set('Link', `<${next}>; rel="next"`);
    if (!isWrite(operation, exchange.request.method)) {
      return new Response(response.body, { status: response.status, headers });
    }
    // What registries say to an upload is in the headers. A body nobody reads would count as a request under way.
    await response.body?.cancel();
    headers.delete('Content-Length');
    return new Response(null, { status: response.status, headers });
  }
}

function splitPath(pathname: string): { registry: string; path: string } {
  const [, registry, path] = /^\/([^/]+)(\/v[12](?:\/.*)?)$/.exec(pathname) ?? [];
  if (registry === undefined || path === undefined) {
    throw new ProxyError(404, 'UNSUPPORTED', `${pathname}: the proxy serves /<registry>/v2/…`);
  }
  return { registry: decodeURIComponent(registry), path };
}

function readCredentials(request: Request): string | undefined {
  const header = request.headers.get('Authorization');
  if (header === null || /^basic [A-Za-z0-9+/=]+$/i.test(header)) return header ?? undefined;
  throw new ProxyError(400, 'UNAUTHORIZED', 'the proxy takes a user name and password (Basic) and gets tokens itself');
}

function upstreamRequest(exchange: Exchange, limits?: ProxyConfig['limits']): UpstreamRequest {
  const { request, operation, url, credentials, signal, upstream } = exchange;
  const { method } = request;
  const headers = new Headers();
  copyHeaders(request.headers, headers, passedOn);
  const body = request.body && limits ? guardBody(request.body, bodyLimits(operation, limits)) : null;
  const target =
    operation.kind === 'upload' ? uploadPath(exchange.path, url.search, operation, upstream.origin) : undefined;
  return {
    method,
    path: target?.path ?? exchange.path,
    query: target?.query ?? url.search,
    headers,
    body,
    scopes: scopesOf(operation, method, url.searchParams),
    credentials,
    signal,
  };
}

const bodyLimits = ({ kind }: Operation, { manifestBytes, blobBytes, idleSeconds }: ProxyConfig['limits']) => ({
  maxBytes: kind === 'manifest' ? manifestBytes : blobBytes,
  idleSeconds,
});

function cachedResponse(blob: CachedBlob, request: Request, headers: Headers): Response {
  if (request.headers.get('If-None-Match')?.includes(headers.get('ETag')!)) {
    return new Response(null, { status: 304, headers });
  }
  const range = parseRange(request.headers.get('Range'), blob.size);
  if (range === 'unsatisfiable') {
    throw new ProxyError(416, 'SIZE_INVALID', 'the range begins after the end of the blob', {
      'Content-Range': `bytes */${blob.size}`,
    });
  }
  const { start, end } = range ?? { start: 0, end: blob.size };
  headers.set('Content-Length', String(end - start));
  if (range) headers.set('Content-Range', `bytes ${start}-${end - 1}/${blob.size}`);
  return new Response(blob.stream(start, end) as BodyInit, { status: range ? 206 : 200, headers });
}

function copyHeaders(from: Headers, to: Headers, names: readonly string[]): void {
  for (const name of names) {
    const value = from.get(name);
    if (value !== null) to.set(name, value);
  }
}

/** Registries send JSON; a page it must not become. */
function jsonType(response: Response): string {
  const type = response.headers.get('Content-Type') ?? '';
  return /^application\/([a-z0-9.+-]+\+)?json\b|^application\/[a-z0-9.+-]+prettyjws\b/i.test(type)
    ? type
    : 'application/octet-stream';
}

function contentLength(response: Response): number | undefined {
  const length = response.headers.get('Content-Length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}

function checkLength(response: Response, maxBytes: number): void {
  if ((contentLength(response) ?? 0) <= maxBytes) return;
  response.body?.cancel().catch(() => {});
  throw new ProxyError(
    413,
    'SIZE_INVALID',
    `a blob of ${contentLength(response)} bytes; the proxy lets ${maxBytes} through`,
  );
}

function unexpected(response: Response, registry: string): never {
  response.body?.cancel().catch(() => {});
  throw new ProxyError(502, 'UNAVAILABLE', `${registry} answered a request for a blob with status ${response.status}`);
}

function notListed(registry: string, listed: readonly string[]): ProxyError {
  const message = `this page's registry proxy does not list ${registry}, but ${listed.join(', ')}`;
  return new ProxyError(403, 'DENIED', message);
}

function asRefusal(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error;
  if (error instanceof Error && error.name === 'TimeoutError')
    return new ProxyError(504, 'TIMEOUT', 'the registry took too long');
  if (error instanceof Error && error.name === 'AbortError')
    return new ProxyError(499, 'ABORTED', 'the client went away');
  // What went wrong is the proxy's own matter; the log's reader is told, the client need not be.
  console.error(error);
  return new ProxyError(500, 'UNKNOWN', 'the proxy failed');
}
