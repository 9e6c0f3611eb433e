/** Requests under `/volumes`. */
import type { Volume, VolumeCreateRequest, VolumeListResponse, VolumesPruneResponse } from '../api/volume.ts';
import { encodeFilters, type Filters } from './filters.ts';
import { trimId, type Transport } from './transport.ts';

export class Volumes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(request: VolumeCreateRequest): Promise<Volume> {
    return this.#transport.json('POST', '/volumes/create', { body: request });
  }

  list(filters?: Filters): Promise<VolumeListResponse> {
    return this.#transport.json('GET', '/volumes', { query: { filters: encodeFilters(filters) } });
  }

  async remove(name: string, { force = false } = {}): Promise<void> {
    await this.#transport.run('DELETE', `/volumes/${trimId('volume', name)}`, { query: { force } });
  }

  prune(filters?: Filters): Promise<VolumesPruneResponse> {
    return this.#transport.json('POST', '/volumes/prune', { query: { filters: encodeFilters(filters) } });
  }

  /** The daemon's own text, key order and all. */
  async inspectRaw(name: string): Promise<string> {
    return this.#transport.text('GET', `/volumes/${trimId('volume', name)}`);
  }
}
