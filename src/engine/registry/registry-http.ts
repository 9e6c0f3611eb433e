/**
 * Requests to registries as the registry proxy shows them: `<proxy>/<registry>/v2/…` is that registry's distribution
 * API. The proxy gets the tokens; it is given the user's name and password with each request.
 */
import * as z from 'zod';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import { RegistryError, type Repository } from './registry-endpoint.ts';

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

export class RegistryHttp {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  #isAbsent = false;

  /** `base` is the proxy's URL. */
  constructor(base: string, fetchFromProxy: typeof fetch) {
    this.#base = base.replace(/\/*$/, '/');
    this.#fetch = fetchFromProxy;
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
    { domain, auth }: Pick<Repository, 'domain' | 'auth'>,
    path: string,
    { method = 'GET', headers = {}, body, signal }: RegistryRequest,
  ): Promise<Response> {
    const authorization = auth && basicAuthorization(auth);
    const response = await this.#fetch(this.#base + path.replace(/^\//, ''), {
      method,
      headers: authorization === undefined ? headers : { ...headers, Authorization: authorization },
      signal,
      ...(body !== undefined && { body }),
    });
    if (response.ok) return response;
    throw await this.#refusal(response, domain, method);
  }

  async #refusal(response: Response, domain: string, method: string): Promise<Error> {
    if (method === 'HEAD' && response.status === 404) return new RegistryError('NOT_FOUND', 'not found');
    const parsed = errorsSchema.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) {
      this.#isAbsent ||= method !== 'HEAD';
      return new Error(`Get "https://${domain}/v2/": there is no registry proxy at ${this.#base}`);
    }
    const { code, message, detail } = parsed.data.errors[0]!;
    // The proxy could not ask, or has given up: another try, or another endpoint, may do better.
    if (response.status >= 500) return new Error(`Get "https://${domain}/v2/": ${message}`);
    // Not the registry's no: its repository may well be there.
    if (code === 'DENIED' && detail?.proxy)
      return new RegistryError('UNSUPPORTED', `Get "https://${domain}/v2/": ${message}`);
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
