/** One registry as the proxy asks it: with its tokens, through its redirects, and never anywhere else. */
import { Authorization, type Credentials } from './authorization.ts';
import { checkHost } from './address-guard.ts';
import type { ProxyConfig, RegistryConfig } from './config.ts';
import { readBody } from './guard-body.ts';
import { ProxyError } from './proxy-error.ts';
import * as z from 'zod';

/** Sends one request and follows nothing. */
export type UpstreamFetch = (url: URL, init: UpstreamInit, trust: Trust) => Promise<Response>;

export interface Trust {
  /**
   * Whether the host's name may resolve to an address that is not public; it must be checked on the address that is then
   * connected to.
   */
  readonly allowPrivate: boolean;
  /** Whether any certificate will do. */
  readonly anyCertificate: boolean;
}

export interface UpstreamInit {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: ReadableStream<Uint8Array> | null;
  readonly signal: AbortSignal;
}

export interface UpstreamRequest {
  readonly method: string;
  /** From the registry's root on, `/v2/…`. */
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly scopes: readonly string[];
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
}

const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
const errorBytes = 64 << 10;

const errorsSchema = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().optional() })).min(1),
});

export class Upstream {
  readonly name: string;
  readonly pushable: boolean;
  /** Whether it is asked with any certificate, or over plain http where it has no TLS. */
  readonly isInsecure: boolean;
  #origin: string;
  readonly #search: string | undefined;
  readonly #own: ReadonlySet<string>;
  readonly #allowPrivate: boolean;
  readonly #fetch: UpstreamFetch;
  readonly #limits: ProxyConfig['limits'];
  readonly #authorization: Authorization;
  /** Whether it has been asked once, and so whether its challenge is known. */
  #met = false;

  constructor(
    name: string,
    config: RegistryConfig,
    fetch: UpstreamFetch,
    limits: ProxyConfig['limits'],
    isInsecure = false,
  ) {
    this.name = name;
    this.pushable = config.push;
    this.isInsecure = isInsecure;
    this.#origin = config.upstream ?? `https://${name}`;
    this.#search = config.search;
    const origins = [this.#origin, config.search ?? this.#origin, ...config.trusted];
    this.#own = new Set(isInsecure ? [...origins, plain(this.#origin)] : origins);
    this.#allowPrivate = config.allowPrivate;
    this.#fetch = fetch;
    this.#limits = limits;
    this.#authorization = new Authorization((url, credentials, signal) => this.#token(url, credentials, signal));
  }

  /** Where it answers. */
  get origin(): string {
    return this.#origin;
  }

  /** The registry's answer, when it is no refusal. Throws a ProxyError with the registry's own words when it is. */
  async request(request: UpstreamRequest): Promise<Response> {
    const { scopes, credentials, signal } = request;
    // A body can be sent once only: what the registry wants to see must be known before.
    if ((request.body || this.isInsecure) && !this.#met) await this.#meet(request);
    let authorization = await this.#authorization.header(scopes, credentials, signal);
    let response = await this.#send(request, authorization);
    if (response.status === 401 && !request.body && this.#authorization.learn(response)) {
      await response.body?.cancel();
      authorization = await this.#authorization.header(scopes, credentials, signal, authorization !== undefined);
      if (authorization !== undefined) response = await this.#send(request, authorization);
      else throw unauthorized();
    }
    this.#met = true;
    if (response.status >= 400) throw await this.#refusal(response, request);
    return response;
  }

  async #meet({ signal }: UpstreamRequest): Promise<void> {
    const ping = () => this.#once(new URL('/v2/', this.#origin), { method: 'GET', headers: new Headers(), signal });
    const response = await ping().catch((error: unknown) => {
      if (!this.isInsecure || plain(this.#origin) === this.#origin || signal.aborted) throw error;
      const origin = this.#origin;
      this.#origin = plain(origin);
      return ping().catch(() => {
        this.#origin = origin;
        throw error;
      });
    });
    await response.body?.cancel();
    if (response.status === 401) this.#authorization.learn(response);
    this.#met = true;
  }

  async #send(
    { method, path, query, headers, body, signal }: UpstreamRequest,
    authorization?: string,
  ): Promise<Response> {
    let url = new URL(path + query, path.startsWith('/v1/') ? (this.#search ?? this.#origin) : this.#origin);
    const sent = new Headers(headers);
    if (authorization !== undefined) sent.set('Authorization', authorization);
    for (let hops = 0; ; hops++) {
      const response = await this.#once(url, { method, headers: sent, body, signal });
      const location = response.headers.get('Location');
      if (!redirects.has(response.status) || location === null) return response;
      await response.body?.cancel();
      if (body || !['GET', 'HEAD'].includes(method)) throw this.#gone(`redirects ${method} ${path}`);
      if (hops === maxRedirects) throw this.#gone(`redirects more than ${maxRedirects} times`);
      if (!URL.canParse(location, url.href)) throw this.#gone('redirects to what is no URL');
      const next = new URL(location, url);
      if (next.origin !== url.origin) sent.delete('Authorization');
      url = next;
    }
  }

  /** One request to one host, after a look at where it leads. */
  async #once(url: URL, init: UpstreamInit): Promise<Response> {
    const isOwn = this.#own.has(url.origin);
    if (!isOwn && url.protocol !== 'https:')
      throw this.#gone(`leads to ${url.protocol}//${url.host}, which is not https`);
    const allowPrivate = isOwn && this.#allowPrivate;
    if (!allowPrivate) checkHost(url);
    init.headers.set('Accept-Encoding', 'identity');
    init.headers.set('User-Agent', 'drydock-proxy');
    const header = new AbortController();
    const timer = setTimeout(
      () =>
        header.abort(
          new ProxyError(504, 'TIMEOUT', `${url.host} did not answer within ${this.#limits.headerSeconds} seconds`),
        ),
      this.#limits.headerSeconds * 1000,
    );
    try {
      const trust = { allowPrivate, anyCertificate: isOwn && this.isInsecure };
      return await this.#fetch(url, { ...init, signal: AbortSignal.any([init.signal, header.signal]) }, trust);
    } catch (error) {
      throw header.signal.aborted ? header.signal.reason : unreachable(error, init.method, url);
    } finally {
      clearTimeout(timer);
    }
  }

  #token(url: URL, credentials: Credentials, signal: AbortSignal): Promise<Response> {
    const headers = new Headers();
    if (credentials !== undefined) {
      // A registry could otherwise have the passwords of those who use it sent anywhere.
      if (!this.#own.has(url.origin)) {
        const message = `${this.name} wants the password sent to ${url.origin}, which the proxy's configuration does not trust for it`;
        throw new ProxyError(403, 'DENIED', message);
      }
      headers.set('Authorization', credentials);
    }
    return this.#once(url, { method: 'GET', headers, signal });
  }

  async #refusal(response: Response, { method, path }: UpstreamRequest): Promise<ProxyError> {
    const { status } = response;
    const limits = { maxBytes: errorBytes, idleSeconds: this.#limits.idleSeconds };
    const text = await readBody(response.body, limits).then(
      (bytes) => new TextDecoder().decode(bytes),
      () => '',
    );
    const retryAfter = response.headers.get('Retry-After');
    const headers: Record<string, string> = retryAfter === null ? {} : { 'Retry-After': retryAfter };
    const { code, message } = parseErrors(text) ?? {};
    const shown = message ?? `${method} ${path}: ${this.name} answered with status ${status}`;
    return new ProxyError(status, code ?? defaultCode(status), shown, headers);
  }

  #gone(what: string): ProxyError {
    return new ProxyError(502, 'UNAVAILABLE', `${this.name} ${what}`);
  }
}

const plain = (origin: string): string => origin.replace(/^https:/, 'http:');

function parseErrors(text: string): { code?: string; message?: string } | undefined {
  try {
    return errorsSchema.parse(JSON.parse(text)).errors[0];
  } catch {
    return undefined;
  }
}

function defaultCode(status: number): string {
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'DENIED';
  if (status === 404) return 'NAME_UNKNOWN';
  if (status === 429) return 'TOOMANYREQUESTS';
  return status >= 500 ? 'UNAVAILABLE' : 'UNSUPPORTED';
}

/** In the words of Docker, whose clients find the password missing themselves. */
const unauthorized = (): ProxyError => new ProxyError(401, 'UNAUTHORIZED', 'no basic auth credentials');

/** undici hides what happened in `cause`. */
function unreachable(error: unknown, method: string, url: URL): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof ProxyError) return cause;
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  const { message, cause } = error;
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
  return new ProxyError(502, 'UNAVAILABLE', `${method} ${url.origin}: ${reason}`);
}
