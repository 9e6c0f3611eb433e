import type { NetworkBackend } from '../../api/backend/network.ts';
import { DockerError } from '../../api/error.ts';
import type { Filters } from '../../api/filters.ts';
import type { EndpointResource, Network, NetworksPruneResponse } from '../../api/network.ts';
import type { EngineContext } from '../context.ts';
import { checkFilterNames, untilFilter } from '../filters.ts';

/** The predefined networks: bridge, host and none. */
export class NetworkService implements NetworkBackend {
  readonly #context: EngineContext;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  async list(filters: Filters): Promise<Network[]> {
    checkFilterNames(filters, ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']);
    checkFilterValues(filters);
    const any = (name: string, test: (value: string) => boolean): boolean => filters[name]?.some(test) ?? true;
    return this.#all().filter(
      (network) =>
        any('name', (name) => network.Name.includes(name)) &&
        any('id', (id) => network.Id.includes(id)) &&
        any('driver', (driver) => network.Driver === driver) &&
        any('scope', (scope) => network.Scope === scope) &&
        any('type', (type) => type === 'builtin') &&
        any('dangling', (value) => value === 'false' || value === '0') &&
        (filters.label ?? []).length === 0,
    );
  }

  async inspect(reference: string): Promise<Network> {
    const networks = this.#all(true);
    const found =
      networks.find((network) => network.Id === reference || network.Name === reference) ??
      networks.find((network) => reference !== '' && network.Id.startsWith(reference));
    if (!found) throw new DockerError('not-found', `network ${reference} not found`);
    return found;
  }

  async prune(filters: Filters): Promise<NetworksPruneResponse> {
    checkFilterNames(filters, ['label', 'label!', 'until']);
    untilFilter(filters);
    // The predefined networks stay, and there are no others.
    this.#context.events.publish('network', 'prune', '', { reclaimed: '0' });
    return { NetworksDeleted: null };
  }

  #all(withContainers = false): Network[] {
    const { networks } = this.#context.identity;
    const connected = (id: string) => (withContainers ? this.#connected(id) : {});
    return [
      this.#context.bridge.inspect(connected(networks.bridge)),
      this.#builtin('host', networks.host, 'host', connected),
      this.#builtin('none', networks.none, 'null', connected),
    ];
  }

  #connected(network: string): Record<string, EndpointResource> {
    const connected: Record<string, EndpointResource> = {};
    for (const { id, name, networkId, endpointId, endpoint } of this.#context.containers.all()) {
      if (networkId !== network || endpointId === '') continue;
      connected[id] = {
        Name: name,
        EndpointID: endpointId,
        MacAddress: endpoint?.mac ?? '',
        IPv4Address: endpoint ? `${endpoint.address}/${endpoint.prefixLength}` : '',
        IPv6Address: '',
      };
    }
    return connected;
  }

  #builtin(name: string, id: string, driver: string, connected: (id: string) => Network['Containers']): Network {
    return {
      Name: name,
      Id: id,
      Created: this.#context.identity.created,
      Scope: 'local',
      Driver: driver,
      EnableIPv4: true,
      EnableIPv6: false,
      IPAM: { Driver: 'default', Options: null, Config: null },
      Internal: false,
      Attachable: false,
      Ingress: false,
      ConfigFrom: { Network: '' },
      ConfigOnly: false,
      Containers: connected(id),
      Options: {},
      Labels: {},
    };
  }
}

function checkFilterValues({ dangling = [], type = [] }: Filters): void {
  if (dangling.length > 1) {
    throw new DockerError('invalid-parameter', 'got more than one value for filter key "dangling"');
  }
  if (dangling[0] !== undefined && !['0', 'false', '1', 'true'].includes(dangling[0])) {
    const message = `invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`;
    throw new DockerError('invalid-parameter', message);
  }
  const unknown = type.find((value) => value !== 'builtin' && value !== 'custom');
  // Docker passes this one on unmarked.
  if (unknown !== undefined) throw new DockerError('system', `invalid filter: 'type'='${unknown}'`);
}
