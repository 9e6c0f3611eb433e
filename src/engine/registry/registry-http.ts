/**
 * Requests to registries as the registry proxy shows them: `<proxy>/<registry>/v2/…` is that registry's distribution
 * API. The proxy gets the tokens; it is given the user's name and password with each request.
 */
import * as z from 'zod';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import { RegistryError, RegistryUnreachable, type Repository } from './registry-endpoint.ts';

export interface RegistryRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
  readonly signal: AbortSignal;
}

const errorsSchema = z.object({
  errors: z
    .array(
      z.object({
        code: z.string().default('UNKNOWN'),
        message: z.string().default(''),
        /** Whether the proxy itself says so. */
        detail: z.object({ proxy: z.boolean() }).optional().catch(undefined),
      }),
    )
    .min(1),
});

/** How long what could not be reached is not asked again while another has the answer. Milliseconds. */
const patience = 60_000;
/** Stands for the proxy itself among the registries that could not be reached. */
const anyRegistry = '*';

export class RegistryHttp {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  readonly #now: () => number;
  #isAbsent = false;
  #isInsecure: (domain: string) => boolean = () => false;
  /** Why, and until when that counts. */
  readonly #unreachable = new Map<string, { readonly reason: string; readonly until: number }>();

  /** `base` is the proxy's URL; `now` tells milliseconds. */
  constructor(base: string, fetchFromProxy: typeof fetch, now: () => number = Date.now) {
    this.#base = base.replace(/\/*$/, '/');
    this.#fetch = fetchFromProxy;
    this.#now = now;
  }

  /** Which registries may be asked without TLS, as far as the proxy lets them be. */
  configure(isInsecure: (domain: string) => boolean): void {
    this.#isInsecure = isInsecure;
    this.#unreachable.clear();
  }

  /** Why a registry could not be reached a moment ago. */
  unreachable(domain: string): string | undefined {
    const known = this.#unreachable.get(domain) ?? this.#unreachable.get(anyRegistry);
    return known && known.until > this.#now() ? known.reason : undefined;
  }

  /** Whether there turned out to be no proxy, as where the page lies on a plain web server. */
  get isAbsent(): boolean {
    return this.#isAbsent;
  }

  /** Asks for a path below the repository: `manifests/latest`. Throws a RegistryError when the registry says no. */
  request(repository: Repository, target: string, request: RegistryRequest): Promise<Response> {
    return this.send(repository, `${repository.domain}/v2/${repository.path}/${target}`, request);
  }

  /** Asks for a path from the proxy's root on, such as a `Location` it gave. */
  async send(
    { domain, auth, insecure = this.#isInsecure(domain) }: Pick<Repository, 'domain' | 'auth' | 'insecure'>,
    path: string,
    { method = 'GET', headers = {}, body, signal }: RegistryRequest,
  ): Promise<Response> {
    const authorization = auth && basicAuthorization(auth);
    let response: Response;
    try {
      response = await this.#fetch(this.#base + path.replace(/^\//, ''), {
        method,
        headers: {
          ...headers,
          ...(authorization !== undefined && { Authorization: authorization }),
          ...(insecure && { 'Registry-Insecure': 'true' }),
        },
        signal,
        ...(body !== undefined && { body }),
      });
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      throw this.#notReached(anyRegistry, `the registry proxy at ${this.#base} does not answer: ${reason}`);
    }
    this.#unreachable.delete(anyRegistry);
    if (response.status < 500) this.#unreachable.delete(domain);
    if (response.ok) return response;
    throw await this.#refusal(response, domain, method);
  }

  #notReached(domain: string, reason: string): RegistryUnreachable {
    this.#unreachable.set(domain, { reason, until: this.#now() + patience });
    return new RegistryUnreachable(reason);
  }

  async #refusal(response: Response, domain: string, method: string): Promise<Error> {
    if (method === 'HEAD' && response.status === 404) return new RegistryError('NOT_FOUND', 'not found');
    const parsed = errorsSchema.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) {
      this.#isAbsent ||= method !== 'HEAD';
      return new Error(`Get "https://${domain}/v2/": there is no registry proxy at ${this.#base}`);
    }
    const { code, message, detail } = parsed.data.errors[0]!;
    const failed = `Get "https://${domain}/v2/": ${message}`;
    // Not the registry's no: its repository may well be there.
    if (code === 'DENIED' && detail?.proxy) return new RegistryError('UNSUPPORTED', failed);
    // The proxy could not ask, or has given up: another try, or another endpoint, may do better.
    if (code === 'UNAVAILABLE' || code === 'TIMEOUT') return this.#notReached(domain, failed);
    if (response.status >= 500) return new Error(failed);
    if (message === 'no basic auth credentials') return new RegistryError(code, message);
    return new RegistryError(code, `${code.toLowerCase().replaceAll('_', ' ')}: ${message}`);
  }
}

/** RFC 7617; undefined when there is no password. */
function basicAuthorization({ auth, username, password }: RegistryAuth): string | undefined {
  if (auth !== undefined) return `Basic ${auth}`;
  if (username === undefined || password === undefined) return undefined;
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password}`)))}`;
}
