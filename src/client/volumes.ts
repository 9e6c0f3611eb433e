/** Requests under `/volumes`. */
import type { VolumesPruneResponse } from '../api/volume.ts';
import { encodeFilters, type Filters } from './filters.ts';
import { trimId, type Transport } from './transport.ts';

export class Volumes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  prune(filters?: Filters): Promise<VolumesPruneResponse> {
    return this.#transport.json('POST', '/volumes/prune', { query: { filters: encodeFilters(filters) } });
  }

  /** The daemon's own text, key order and all. */
  async inspectRaw(name: string): Promise<string> {
    return this.#transport.text('GET', `/volumes/${trimId('volume', name)}`);
  }
}
