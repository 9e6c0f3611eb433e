/** Requests under `/images`. */
import type { ImageDeleteItem, ImageHistoryItem, ImagesPruneResponse, ImageSummary } from '../api/image.ts';
import type { ProgressMessage } from '../api/progress.ts';
import { encodeUtf8 } from '../lib/bytes.ts';
import type { ImageSearchItem } from '../api/backend/image.ts';
import type { RegistryAuth } from '../api/registry-auth.ts';
import { encodeFilters, type Filters } from './filters.ts';
import { readJsonLines } from './json-lines.ts';
import { trimId, type Transport } from './transport.ts';

export interface ImagePullOptions {
  /** Full repository name: `docker.io/library/busybox`. */
  readonly fromImage: string;
  /** A tag or a digest; all tags when undefined. */
  readonly tag?: string;
  readonly platform?: string;
  readonly auth?: RegistryAuth;
}

export interface ImageImportOptions {
  /** `-` for the archive that is sent. */
  readonly fromSrc: string;
  readonly repo: string;
  readonly message: string;
  readonly changes: readonly string[];
  readonly platform?: string;
}

export class Images {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Progress as for `pull`; all tags without one. */
  async push(
    { name, tag, platform, auth }: { name: string; tag?: string; platform?: string; auth?: RegistryAuth },
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ProgressMessage, void, void>> {
    const headers = { 'X-Registry-Auth': encodeAuth(auth) };
    const query = { tag, platform: platform?.toLowerCase() };
    const { body } = await this.#transport.call('POST', path(name, 'push'), { query, headers, signal });
    return readJsonLines<ProgressMessage>(body);
  }

  /** Progress as the daemon reports it. A failure after the first byte is a message with `errorDetail`, not a rejection. */
  async pull(
    { fromImage, tag, platform, auth }: ImagePullOptions,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ProgressMessage, void, void>> {
    const query = { fromImage, tag, platform: platform?.toLowerCase() };
    const { body } = await this.#transport.call('POST', '/images/create', {
      query,
      headers: { 'X-Registry-Auth': encodeAuth(auth) },
      signal,
    });
    return readJsonLines<ProgressMessage>(body);
  }

  /** An image of a tar, or of what the engine finds at the URL `fromSrc`. Progress as for `pull`. */
  async import(
    { changes, ...options }: ImageImportOptions,
    archive?: ReadableStream<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ProgressMessage, void, void>> {
    const query = { ...options, platform: options.platform?.toLowerCase(), changes };
    const { body } = await this.#transport.call('POST', '/images/create', { query, stream: archive, signal });
    return readJsonLines<ProgressMessage>(body);
  }

  /** A tar of images. `platform` is JSON. */
  async save(
    names: readonly string[],
    { platform }: { platform?: string } = {},
    signal?: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    return (await this.#transport.call('GET', '/images/get', { query: { names, platform }, signal })).body;
  }

  /** Images out of a tar. `platform` is JSON. */
  async load(
    archive: ReadableStream<Uint8Array>,
    { quiet, platform }: { quiet: boolean; platform?: string },
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ProgressMessage, void, void>> {
    const { body } = await this.#transport.call('POST', '/images/load', {
      query: { quiet: quiet ? 1 : 0, platform },
      stream: archive,
      headers: { 'Content-Type': 'application/x-tar' },
      signal,
    });
    return readJsonLines<ProgressMessage>(body);
  }

  search(
    { term, limit, filters, auth }: { term: string; limit: number; filters?: Filters; auth?: RegistryAuth },
    signal?: AbortSignal,
  ): Promise<ImageSearchItem[]> {
    const query = { term, limit: limit || undefined, filters: encodeFilters(filters) };
    return this.#transport.json('GET', '/images/search', {
      query,
      headers: { 'X-Registry-Auth': encodeAuth(auth) },
      signal,
    });
  }

  list(options: { all?: boolean; filters?: Filters } = {}): Promise<ImageSummary[]> {
    return this.#transport.json('GET', '/images/json', {
      query: { all: options.all, filters: encodeFilters(options.filters) },
    });
  }

  /** The daemon's own text, key order and all. */
  async inspectRaw(name: string, options: { platform?: string } = {}): Promise<string> {
    if (name === '') throw new Error('Error: No such image: ');
    return this.#transport.text('GET', path(name, 'json'), { query: options });
  }

  async history(name: string, options: { platform?: string } = {}): Promise<ImageHistoryItem[]> {
    return this.#transport.json('GET', path(name, 'history'), { query: options });
  }

  async tag(name: string, repo: string, tag: string): Promise<void> {
    await this.#transport.run('POST', path(name, 'tag'), { query: { repo, tag } });
  }

  async remove(
    name: string,
    options: { force?: boolean; noprune?: boolean; platforms?: string[] } = {},
  ): Promise<ImageDeleteItem[]> {
    // An empty name is left to the daemon, as moby's client does.
    return this.#transport.json('DELETE', name === '' ? '/images' : path(name), { query: options });
  }

  prune(filters?: Filters): Promise<ImagesPruneResponse> {
    return this.#transport.json('POST', '/images/prune', { query: { filters: encodeFilters(filters) } });
  }
}

const path = (name: string, action?: string): string =>
  `/images/${trimId('image', name)}${action === undefined ? '' : `/${action}`}`;

/** base64url, padded; `{}` for no credentials. */
const encodeAuth = (auth: RegistryAuth = {}): string =>
  btoa(String.fromCharCode(...encodeUtf8(JSON.stringify(auth))))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
