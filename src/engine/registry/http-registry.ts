/**
 * Registries as the registry proxy shows them: `<proxy>/<registry>/v2/…` is that registry's distribution API. The proxy
 * gets the tokens; it is given the user's name and password with each request that needs them.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import * as z from 'zod';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import type { Digest } from '../../lib/digest.ts';
import {
  type BlobBody,
  type RawManifest,
  type RegistryEndpoint,
  RegistryError,
  type Repository,
  blobBody,
} from './registry-endpoint.ts';

const errorsSchema = z.object({
  errors: z.array(z.object({ code: z.string().default('UNKNOWN'), message: z.string().default('') })).min(1),
});
const tagsSchema = z.object({ tags: z.array(z.string()).nullable() });

/** A registry with more tags than this is asked for no further page. */
const maxTagPages = 1000;

export class HttpRegistry implements RegistryEndpoint {
  readonly #base: string;
  readonly #fetch: typeof fetch;
  /** Set when there turned out to be no proxy, as where the page lies on a plain web server. */
  #isAbsent = false;

  /** `base` is the proxy's URL. */
  constructor(base: string, fetchFromProxy: typeof fetch) {
    this.#base = base.replace(/\/*$/, '/');
    this.#fetch = fetchFromProxy;
  }

  serves(): boolean {
    return !this.#isAbsent;
  }

  async manifest(
    repository: Repository,
    reference: { tag: string } | { digest: Digest },
    signal: AbortSignal,
  ): Promise<RawManifest> {
    const name = 'digest' in reference ? reference.digest : reference.tag;
    const response = await this.#get(repository, `manifests/${name}`, signal);
    return { bytes: new Uint8Array(await response.arrayBuffer()) };
  }

  async tags(repository: Repository, signal: AbortSignal): Promise<string[]> {
    const tags: string[] = [];
    let path: string | undefined = 'tags/list';
    for (let pages = 0; path !== undefined && pages < maxTagPages; pages++) {
      const response: Response = await this.#get(repository, path, signal);
      const page = tagsSchema.safeParse(await response.json());
      if (!page.success) throw new Error(`${repository.domain} sent no list of tags`);
      tags.push(...(page.data.tags ?? []));
      const next: string | undefined = /<(\?[^>]*)>/.exec(response.headers.get('Link') ?? '')?.[1];
      path = next && `tags/list${next}`;
    }
    return tags;
  }

  async blob(repository: Repository, digest: Digest, offset: number, signal: AbortSignal): Promise<BlobBody> {
    const range: Record<string, string> = offset > 0 ? { Range: `bytes=${offset}-` } : {};
    return blobBody(await this.#get(repository, `blobs/${digest}`, signal, range), offset);
  }

  async #get(
    { domain, path, auth }: Repository,
    target: string,
    signal: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const authorization = auth && basicAuthorization(auth);
    const response = await this.#fetch(`${this.#base}${domain}/v2/${path}/${target}`, {
      headers: authorization === undefined ? headers : { ...headers, Authorization: authorization },
      signal,
    });
    if (response.ok && response.body) return response;
    throw await this.#refusal(response, domain);
  }

  async #refusal(response: Response, domain: string): Promise<Error> {
    const parsed = errorsSchema.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) {
      this.#isAbsent = true;
      return new Error(`Get "https://${domain}/v2/": there is no registry proxy at ${this.#base}`);
    }
    const { code, message } = parsed.data.errors[0]!;
    // The proxy could not ask, or has given up: another try, or another endpoint, may do better.
    if (response.status >= 500) return new Error(`Get "https://${domain}/v2/": ${message}`);
    return new RegistryError(code, `${code.toLowerCase().replaceAll('_', ' ')}: ${message}`);
  }
}

/** RFC 7617; undefined when there is no password. */
function basicAuthorization({ auth, username, password }: RegistryAuth): string | undefined {
  if (auth !== undefined) return `Basic ${auth}`;
  if (username === undefined || password === undefined) return undefined;
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${password}`)))}`;
}
