/**
 * What all resources of the client share: the API version both sides speak, errors, JSON. Version and path handling
 * follow moby's client, so the daemon sees what the real CLI sends.
 */
import type { Ping } from '../api/system.ts';
import { encodeUtf8 } from '../lib/bytes.ts';
import { cleanPath } from '../lib/clean-path.ts';
import type { Duplex } from '../lib/duplex.ts';
import { ConnectionError, errorOfResponse, readText } from './errors.ts';
import { DialError, hijack, sendRequest, type Dial, type HttpRequest, type HttpResponse } from './http.ts';

/** The newest Engine API this client speaks, that of Docker 28.2. */
export const apiVersion = '1.50';
const oldestNegotiable = '1.24';

/** Query parameters; undefined, false and '' are left out, true is `1`. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it comes, instead. */
  readonly stream?: ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface TransportOptions {
  readonly dial: Dial;
  /** How messages name the daemon. */
  readonly host?: string;
  readonly userAgent?: string;
  /** Fixed API version; without it the daemon is asked once. */
  readonly version?: string;
  /** Sent with every request. */
  readonly headers?: () => Promise<Readonly<Record<string, string>>>;
}

export class Transport {
  readonly host: string;
  readonly #dial: Dial;
  readonly #userAgent: string;
  readonly #fixedVersion: string | undefined;
  readonly #headers: () => Promise<Readonly<Record<string, string>>>;
  #engine: Promise<Ping> | undefined;

  constructor({
    dial,
    host = 'unix:///var/run/docker.sock',
    userAgent = 'Docker-Client/28.2.2 (linux)',
    version,
    headers = async () => ({}),
  }: TransportOptions) {
    this.host = host;
    this.#dial = dial;
    this.#userAgent = userAgent;
    this.#fixedVersion = version;
    this.#headers = headers;
  }

  /** What the engine said of itself when it was first asked. */
  engine(): Promise<Ping> {
    this.#engine ??= this.ping();
    return this.#engine;
  }

  /** The API version in use: the daemon's when it is older than ours. */
  async version(): Promise<string> {
    if (this.#fixedVersion !== undefined) return this.#fixedVersion;
    const { apiVersion: theirs } = await this.engine();
    const known = theirs === '' ? oldestNegotiable : theirs;
    return isOlder(known, apiVersion) ? known : apiVersion;
  }

  async ping(signal?: AbortSignal): Promise<Ping> {
    let response = await this.#send('HEAD', '/_ping', { signal });
    // Engines before 18.09 know no HEAD here.
    if (response.status !== 200 && response.status !== 500) response = await this.#send('GET', '/_ping', { signal });
    const { headers } = response;
    if (response.status >= 400) throw await errorOfResponse(response, this.#url('/_ping'));
    await response.body.cancel();
    return {
      apiVersion: headers.get('api-version') ?? '',
      osType: headers.get('ostype') ?? '',
      experimental: headers.get('docker-experimental') === 'true',
      builderVersion: headers.get('builder-version') ?? '',
      swarm: headers.get('swarm') ?? '',
    };
  }

  /** Sends a request; an error status becomes an ApiError. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<HttpResponse> {
    const target = `/v${await this.version()}${targetOf(path, options.query)}`;
    const response = await this.#send(method, target, options);
    if (response.status >= 400 || response.status < 200) throw await errorOfResponse(response, this.#url(target));
    return response;
  }

  /** The reply, as text. */
  async text(method: string, path: string, options?: CallOptions): Promise<string> {
    return readText((await this.call(method, path, options)).body);
  }

  /** The reply, parsed. The caller vouches for its type. */
  async json<T>(method: string, path: string, options?: CallOptions): Promise<T> {
    return JSON.parse(await this.text(method, path, options)) as T;
  }

  /** Sends a request whose reply says nothing. */
  async run(method: string, path: string, options?: CallOptions): Promise<void> {
    await (await this.call(method, path, options)).body.cancel();
  }

  /** Takes over the connection of a request. */
  async hijack(path: string, options: CallOptions = {}): Promise<Duplex> {
    const target = `/v${await this.version()}${targetOf(path, options.query)}`;
    // moby's client sets it where there is no body too.
    const headers: Record<string, string> = options.body === undefined ? { 'Content-Type': 'text/plain' } : {};
    const request = await this.#request('POST', target, { ...options, headers });
    const response = await this.#connected('POST', target, () => hijack(this.#dial, request));
    if ('stream' in response) return response.stream;
    await response.body.cancel();
    // moby's client says no more than this either.
    throw new Error(`unable to upgrade to tcp, received ${response.status}`);
  }

  async #send(method: string, target: string, options: CallOptions): Promise<HttpResponse> {
    const request = await this.#request(method, target, options);
    return this.#connected(method, target, () => sendRequest(this.#dial, request));
  }

  async #request(method: string, target: string, { body, stream, headers, signal }: CallOptions): Promise<HttpRequest> {
    const json = body === undefined ? undefined : encodeUtf8(JSON.stringify(body));
    return {
      method,
      target,
      headers: {
        Host: 'api.moby.localhost',
        'User-Agent': this.#userAgent,
        ...(await this.#headers()),
        // What moby's client says of a stream nobody has named.
        ...(stream && { 'Content-Type': 'text/plain' }),
        ...headers,
        ...(json && { 'Content-Type': 'application/json' }),
      },
      body: stream ?? json,
      signal,
    };
  }

  async #connected<T>(method: string, target: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (cause) {
      if (cause instanceof DialError) {
        const message = `Cannot connect to the Docker daemon at ${this.host}. Is the docker daemon running?`;
        throw new ConnectionError(message, { cause });
      }
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
      const verb = method[0] + method.slice(1).toLowerCase();
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new ConnectionError(`error during connect: ${verb} "${this.#url(target)}": ${message}`, { cause });
    }
  }

  #url(target: string): string {
    const [scheme = '', address = ''] = this.host.split('://');
    return `http://${scheme === 'unix' ? encodeURIComponent(address) : address}${target}`;
  }
}

/** Whether one API version (`1.41`) is older than another. */
export function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split('.').map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}

/** Path and query, encoded as Go's net/url does, keys sorted. Doubled slashes go, as in moby's client. */
function targetOf(path: string, query: Query = {}): string {
  const encoded = encodeURI(cleanPath(path)).replace(/[?#]/g, encodeURIComponent);
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined || value === false || value === '') continue;
    if (Array.isArray(value)) for (const item of value as string[]) parameters.append(name, item);
    else parameters.append(name, value === true ? '1' : String(value));
  }
  const text = parameters.toString();
  return text === '' ? encoded : `${encoded}?${text}`;
}

/** A name or ID in a path. Throws as moby's client does when there is none. */
export function trimId(kind: string, id: string): string {
  const trimmed = id.trim();
  if (trimmed === '') throw new Error(`invalid ${kind} name or ID: value is empty`);
  return trimmed;
}
