// `docker version`, `docker info` and `docker events`: what this engine says about itself.

import type { DiskUsageKind, EventsOptions, SystemBackend } from '../api/backend/system.ts';
import type { EventMessage } from '../api/events.ts';
import type { RegistryAuth } from '../api/registry-auth.ts';
import type { Filters } from '../api/filters.ts';
import type { BuildCachePruneResponse, DiskUsage, Info, Version } from '../api/system.ts';
import { deferred, type Deferred } from '../lib/deferred.ts';
import { formatRfc3339Nano, nowNanoseconds } from '../lib/timestamp.ts';
import type { EngineContext } from './context.ts';
import { diskUsage, type DiskUsageSources } from './disk-usage.ts';
import { engineVersion } from './engine-version.ts';
import { eventMatches } from './event-filter.ts';
import type { EngineEvent } from './events.ts';
import { checkFilterNames } from './filters.ts';
import { dockerRoot } from './runtime/paths.ts';
import { cpuCount } from './container/validate.ts';

export const apiVersion = '1.50';
export const minimumApiVersion = '1.24';

const buildCacheFilters = [
  ...['unused-for', 'until', 'label', 'label!'],
  ...['id', 'parent', 'type', 'description', 'inuse', 'shared', 'private'],
];

export class SystemService implements SystemBackend {
  readonly engineVersion = engineVersion;
  readonly #context: EngineContext;
  readonly #diskUsageSources: DiskUsageSources;

  constructor(context: EngineContext, diskUsageSources: DiskUsageSources) {
    this.#context = context;
    this.#diskUsageSources = diskUsageSources;
  }

  login(auth: RegistryAuth, signal: AbortSignal): Promise<void> {
    return this.#context.images.registry.login(auth, signal);
  }

  async version(): Promise<Version> {
    const { host } = this.#context;
    const details = {
      ApiVersion: apiVersion,
      Arch: '386',
      BuildTime: '',
      Experimental: 'false',
      GitCommit: '',
      GoVersion: '',
      KernelVersion: host.kernelVersion,
      MinAPIVersion: minimumApiVersion,
      Os: 'linux',
    };
    return {
      Platform: { Name: 'Drydock' },
      Components: [{ Name: 'Engine', Version: engineVersion, Details: details }],
      Version: engineVersion,
      ApiVersion: apiVersion,
      MinAPIVersion: minimumApiVersion,
      GitCommit: '',
      GoVersion: '',
      Os: 'linux',
      Arch: '386',
      KernelVersion: host.kernelVersion,
    };
  }

  async info(): Promise<Info> {
    const { containers, events, host, images } = this.#context;
    const all = containers.all();
    const running = all.filter((container) => container.status === 'running').length;
    const paused = all.filter((container) => container.paused).length;
    return {
      ID: this.#context.identity.id,
      Containers: all.length,
      ContainersRunning: running,
      ContainersPaused: paused,
      ContainersStopped: all.length - running - paused,
      Images: images.count,
      Driver: 'overlay2',
      DriverStatus: [
        ['Backing Filesystem', 'tmpfs'],
        ['Supports d_type', 'true'],
        ['Using metacopy', 'false'],
        ['Native Overlay Diff', 'true'],
        ['userxattr', 'false'],
      ],
      Plugins: { Volume: [], Network: ['bridge', 'host', 'null'], Authorization: null, Log: ['json-file'] },
      MemoryLimit: true,
      SwapLimit: true,
      CpuCfsPeriod: true,
      CpuCfsQuota: true,
      CPUShares: true,
      CPUSet: false,
      PidsLimit: true,
      IPv4Forwarding: true,
      Debug: false,
      NFd: 0,
      OomKillDisable: false,
      NGoroutines: 0,
      SystemTime: formatRfc3339Nano(nowNanoseconds()),
      LoggingDriver: 'json-file',
      CgroupDriver: 'cgroupfs',
      CgroupVersion: '2',
      NEventsListener: events.listenerCount,
      KernelVersion: host.kernelVersion,
      OperatingSystem: host.operatingSystem,
      OSVersion: '',
      OSType: 'linux',
      Architecture: 'i686',
      IndexServerAddress: 'https://index.docker.io/v1/',
      RegistryConfig: images.registry.info(),
      NCPU: cpuCount,
      MemTotal: host.memory,
      GenericResources: null,
      DockerRootDir: dockerRoot,
      HttpProxy: '',
      HttpsProxy: '',
      NoProxy: '',
      Name: host.hostname,
      Labels: [],
      ExperimentalBuild: false,
      ServerVersion: engineVersion,
      Runtimes: { runc: { path: 'runc' } },
      DefaultRuntime: 'runc',
      Swarm: {
        NodeID: '',
        NodeAddr: '',
        LocalNodeState: 'inactive',
        ControlAvailable: false,
        Error: '',
        RemoteManagers: null,
      },
      LiveRestoreEnabled: false,
      Isolation: '',
      InitBinary: 'docker-init',
      ContainerdCommit: { ID: '' },
      RuncCommit: { ID: '' },
      InitCommit: { ID: '' },
      SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
      CDISpecDirs: [],
      Warnings: ['WARNING: No cpuset support'],
    };
  }

  async pruneBuildCache(filters: Filters): Promise<BuildCachePruneResponse> {
    checkFilterNames(filters, buildCacheFilters);
    // Nothing is built, so there is nothing to remove.
    this.#context.events.publish('builder', 'prune', '', { reclaimed: '0' });
    return { CachesDeleted: null, SpaceReclaimed: 0 };
  }

  async diskUsage(kinds: ReadonlySet<DiskUsageKind>): Promise<DiskUsage> {
    return diskUsage(this.#diskUsageSources, kinds);
  }

  async *#follow(
    options: EventsOptions,
    queue: EngineEvent[],
    wake: { next: Deferred },
    signal: AbortSignal,
  ): AsyncGenerator<EventMessage> {
    const wanted = (event: EngineEvent): boolean =>
      (options.until === undefined || event.time <= options.until) && eventMatches(event, options.filters);
    for (;;) {
      for (const event of queue.splice(0)) if (wanted(event)) yield eventMessage(event);
      if (!options.follow || signal.aborted || (options.until !== undefined && nowNanoseconds() > options.until))
        return;
      await wake.next.promise;
      wake.next = deferred();
    }
  }

  events(options: EventsOptions, signal: AbortSignal): AsyncIterable<EventMessage> {
    const { events } = this.#context;
    const { since, until } = options;
    // An end is also an interest in what was.
    const isPastWanted = since !== undefined || until !== undefined;
    const queue = isPastWanted ? events.past().filter((event) => event.time >= (since ?? 0n)) : [];
    const wake = { next: deferred() };
    const unsubscribe = events.subscribe((event) => {
      queue.push(event);
      wake.next.resolve();
    });
    const remaining = until === undefined ? undefined : Number((until - nowNanoseconds()) / 1_000_000n);
    const timer =
      remaining === undefined ? undefined : setTimeout(() => wake.next.resolve(), Math.max(0, remaining) + 1);
    const end = (): void => {
      clearTimeout(timer);
      unsubscribe();
    };
    // Also of a stream that nobody has begun to read.
    signal.addEventListener('abort', () => {
      end();
      wake.next.resolve();
    });
    const messages = this.#follow(options, queue, wake, signal);
    return (async function* () {
      try {
        yield* messages;
      } finally {
        end();
      }
    })();
  }
}

/** The event as it goes over the wire; containers and images have the old fields too. */
function eventMessage({ type, action, id, attributes, time }: EngineEvent): EventMessage {
  // Go leaves out what is empty: a prune is about no container in particular.
  const old =
    type === 'container' || type === 'image' ? { status: action, id: id || undefined, from: attributes.image } : {};
  return {
    ...old,
    Type: type,
    Action: action,
    // Sorted, as Go writes a map.
    Actor: { ID: id, Attributes: Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))) },
    scope: 'local',
    time: Number(time / 1_000_000_000n),
    timeNano: time,
  };
}
