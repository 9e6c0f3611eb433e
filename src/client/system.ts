/** Requests about the daemon itself. */
import type { RegistryAuth } from '../api/registry-auth.ts';
import type { BuildCachePruneResponse, DiskUsage, Info, Version } from '../api/system.ts';
import { encodeFilters, type Filters } from './filters.ts';
import { readLines } from './json-lines.ts';
import { trimId, type Transport } from './transport.ts';

export type SwarmKind = 'service' | 'task' | 'node' | 'secret' | 'config';

export class System {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  version(): Promise<Version> {
    return this.#transport.json('GET', '/version');
  }

  /** The swarm this node manages; an error on any other. */
  swarm(): Promise<unknown> {
    return this.#transport.json('GET', '/swarm');
  }

  /** What the daemon says of an object of Swarm's, in its own text. */
  inspectSwarmRaw(kind: SwarmKind, name: string): Promise<string> {
    const query = { insertDefaults: kind === 'service' ? 'true' : undefined };
    return this.#transport.text('GET', `/${kind}s/${trimId(kind, name)}`, { query });
  }

  inspectPluginRaw(name: string): Promise<string> {
    return this.#transport.text('GET', `/plugins/${trimId('plugin', name)}/json`);
  }

  diskUsage(): Promise<DiskUsage> {
    return this.#transport.json('GET', '/system/df');
  }

  pruneBuildCache(options: { all?: boolean; filters?: Filters } = {}): Promise<BuildCachePruneResponse> {
    const query = { all: options.all, filters: encodeFilters(options.filters) };
    return this.#transport.json('POST', '/build/prune', { query });
  }

  /** Has the engine check credentials with their registry. */
  async login(auth: RegistryAuth): Promise<{ status: string }> {
    const { Status } = await this.#transport.json<{ Status: string }>('POST', '/auth', { body: auth });
    return { status: Status };
  }

  info(): Promise<Info> {
    return this.#transport.json('GET', '/info');
  }

  /**
   * The JSON of each event: parsing it would round its nanoseconds. `since` and `until` as Unix timestamps. Without `until` the events have no end but the signal's.
   */
  async events(
    options: { since?: string; until?: string; filters?: Filters },
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<string, void, void>> {
    const query = { since: options.since, until: options.until, filters: encodeFilters(options.filters) };
    const { body } = await this.#transport.call('GET', '/events', { query, signal });
    return readLines(body);
  }
}
