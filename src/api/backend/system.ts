import type { EventMessage } from '../events.ts';
import type { Filters } from '../filters.ts';
import type { RegistryAuth } from '../registry-auth.ts';
import type { BuildCachePruneResponse, DiskUsage, Info, Version } from '../system.ts';

/** What the system routes need from the engine. */
export interface SystemBackend {
  /** `28.2.2`: the `Server` header of every reply. */
  readonly engineVersion: string;
  version(): Promise<Version>;
  info(): Promise<Info>;
  /** Resolves when the registry takes the credentials; rejects as `unauthorized` when it does not. */
  login(auth: RegistryAuth, signal: AbortSignal): Promise<void>;
  pruneBuildCache(filters: Filters): Promise<BuildCachePruneResponse>;
  diskUsage(kinds: ReadonlySet<DiskUsageKind>): Promise<DiskUsage>;
  /**
   * Subscribes before it returns, so that nothing is missed between the reply's head and the first event (the body of an
   * async generator would run too late).
   */
  events(options: EventsOptions, signal: AbortSignal): AsyncIterable<EventMessage>;
}

export type DiskUsageKind = 'container' | 'image' | 'volume' | 'build-cache';

/** Times are nanoseconds since 1970. */
export interface EventsOptions {
  /** Past events from here on come first; absent means none of them. */
  since?: bigint;
  /** No event after this. */
  until?: bigint;
  /** Go on with events as they happen, until the signal fires; false when `until` is already past. */
  follow: boolean;
  filters: Filters;
}
