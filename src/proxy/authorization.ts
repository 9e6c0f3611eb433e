/**
 * The token dance: what a registry wants to see before it answers, got with the user's credentials or without any.
 * Credentials are neither kept nor logged; tokens are kept in memory until they expire.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import { digestOf } from '../lib/digest.ts';
import { randomHex } from '../lib/hex.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { ProxyError } from './proxy-error.ts';

/** What a client sent as `Authorization: Basic …`; undefined asks anonymously. */
export type Credentials = string | undefined;

/** Asks a registry's token server; the URL has been given to it by the registry. */
export type TokenFetch = (url: URL, credentials: Credentials, signal: AbortSignal) => Promise<Response>;

const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().positive().optional(),
});

/** What a token lives when its server does not say, and how much earlier it is given up. Seconds. */
const defaultLife = 60;
const margin = 10;
const maxTokens = 10_000;
/** Mixed into the keys of tokens, so that no digest of a user's password lies in memory either. */
const salt = randomHex(16);

export class Authorization {
  readonly #fetchToken: TokenFetch;
  readonly #tokens = new LRUCache<string, string>({ max: maxTokens, ttl: 1 });
  /** What the registry asked for last; undefined while nobody was refused. */
  #challenge: Challenge | undefined;

  constructor(fetchToken: TokenFetch) {
    this.#fetchToken = fetchToken;
  }

  /** Takes note of a refusal. Returns whether asking again with what `header` then gives may help. */
  learn(response: Response): boolean {
    const challenges = parseChallenges(response.headers.get('WWW-Authenticate') ?? '');
    this.#challenge =
      challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges.find(({ scheme }) => scheme === 'basic');
    return this.#challenge !== undefined;
  }

  /** The `Authorization` header for a request, undefined when the registry wants none. `renew` gives up a kept token. */
  async header(
    scopes: readonly string[],
    credentials: Credentials,
    signal: AbortSignal,
    renew = false,
  ): Promise<string | undefined> {
    if (!this.#challenge) return undefined;
    if (this.#challenge.scheme === 'basic') return credentials;
    const url = tokenUrl(this.#challenge, scopes);
    const key = await digestOf([salt, credentials ?? '', url.href].join('\n'));
    const kept = renew ? undefined : this.#tokens.get(key);
    if (kept) return kept;
    const response = await this.#fetchToken(url, credentials, signal);
    if (!response.ok) throw refusedToken(response.status, url);
    const parsed = tokenSchema.safeParse(await response.json().catch(() => undefined));
    const token = parsed.data?.token ?? parsed.data?.access_token;
    if (!token) throw new ProxyError(502, 'UNAVAILABLE', `${url.origin} sent no token`);
    const header = `Bearer ${token}`;
    const life = (parsed.data?.expires_in ?? defaultLife) - margin;
    if (life > 0) this.#tokens.set(key, header, { ttl: life * 1000 });
    return header;
  }
}

function tokenUrl({ parameters }: Challenge, scopes: readonly string[]): URL {
  const realm = parameters.get('realm') ?? '';
  if (!URL.canParse(realm))
    throw new ProxyError(502, 'UNAVAILABLE', 'the registry asks for a token but not where to get one');
  const url = new URL(realm);
  const service = parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return url;
}

function refusedToken(status: number, url: URL): ProxyError {
  if (status === 401 || status === 403) return new ProxyError(401, 'UNAUTHORIZED', 'incorrect username or password');
  if (status === 429) return new ProxyError(429, 'TOOMANYREQUESTS', `${url.host} asks to come back later`);
  return new ProxyError(502, 'UNAVAILABLE', `${url.host} gave no token: status ${status}`);
}
