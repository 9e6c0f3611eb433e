/** Requests under `/networks`. */
import type { Network, NetworksPruneResponse } from '../api/network.ts';
import { encodeFilters, type Filters } from './filters.ts';
import { trimId, type Transport } from './transport.ts';

export class Networks {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(filters?: Filters): Promise<Network[]> {
    return this.#transport.json('GET', '/networks', { query: { filters: encodeFilters(filters) } });
  }

  prune(filters?: Filters): Promise<NetworksPruneResponse> {
    return this.#transport.json('POST', '/networks/prune', { query: { filters: encodeFilters(filters) } });
  }

  /** The daemon's own text, key order and all. */
  async inspectRaw(name: string, options: { verbose?: boolean } = {}): Promise<string> {
    return this.#transport.text('GET', `/networks/${trimId('network', name)}`, { query: options });
  }
}
