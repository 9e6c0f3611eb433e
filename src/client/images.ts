/** Requests under `/images`. */
import type { ImageDeleteItem, ImageHistoryItem, ImagesPruneResponse, ImageSummary } from '../api/image.ts';
import type { ProgressMessage } from '../api/progress.ts';
import { encodeFilters, type Filters } from './filters.ts';
import { readJsonLines } from './json-lines.ts';
import { trimId, type Transport } from './transport.ts';

export interface ImagePullOptions {
  /** Full repository name: `docker.io/library/busybox`. */
  readonly fromImage: string;
  /** A tag or a digest; all tags when undefined. */
  readonly tag?: string;
  readonly platform?: string;
}

export class Images {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Progress as the daemon reports it. A failure after the first byte is a message with `errorDetail`, not a rejection. */
  async pull(
    { fromImage, tag, platform }: ImagePullOptions,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ProgressMessage, void, void>> {
    const query = { fromImage, tag, platform: platform?.toLowerCase() };
    // No credentials: the base64 of `{}`.
    const { body } = await this.#transport.call('POST', '/images/create', {
      query,
      headers: { 'X-Registry-Auth': 'e30=' },
      signal,
    });
    return readJsonLines<ProgressMessage>(body);
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
    return this.#transport.json('DELETE', path(name), { query: options });
  }

  prune(filters?: Filters): Promise<ImagesPruneResponse> {
    return this.#transport.json('POST', '/images/prune', { query: { filters: encodeFilters(filters) } });
  }
}

const path = (name: string, action?: string): string =>
  `/images/${trimId('image', name)}${action === undefined ? '' : `/${action}`}`;
