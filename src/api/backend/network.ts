import type { Filters } from '../filters.ts';
import type { Network, NetworksPruneResponse } from '../network.ts';

/** What the network routes need from the engine; `network` is an ID, a unique prefix of one, or a name. */
export interface NetworkBackend {
  list(filters: Filters): Promise<Network[]>;
  inspect(network: string): Promise<Network>;
  /** Removes what no container uses. */
  prune(filters: Filters): Promise<NetworksPruneResponse>;
}
