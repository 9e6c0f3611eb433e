import type { FilesystemChange } from '../changes.ts';
import type { ContainerConfig, HostConfig, Resources, RestartPolicy } from '../container-config.ts';
import type {
  ContainerCreateResponse,
  ContainerInspect,
  ContainersPruneResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateResponse,
  ContainerWaitResponse,
} from '../container.ts';
import type { Filters } from '../filters.ts';
import type { NetworkingConfig } from '../network.ts';
import type { ContainerPathStat } from '../path-stat.ts';
import type { ContainerStats } from '../stats.ts';
import type { Reference } from '../../lib/reference.ts';
import type { StdStream } from '../../lib/stdcopy.ts';
import type { AttachedStreams } from './attached-streams.ts';

/**
 * What the container routes need from the engine. `container` is what the client wrote: an ID, a unique prefix of one, or
 * a name. Failures reject with DockerError in the daemon's words. Methods that return streams reject before the first
 * byte when they cannot start, so that the client gets a status; a `signal` fires when the client has gone.
 */
export interface ContainerBackend {
  list(options: ContainerListOptions): Promise<ContainerSummary[]>;
  create(options: ContainerCreateOptions): Promise<ContainerCreateResponse>;
  inspect(container: string, options: { size: boolean }): Promise<ContainerInspect>;
  /** Rejects as `not-modified` when it already runs. */
  start(container: string): Promise<void>;
  /** Rejects as `not-modified` when it does not run. */
  stop(container: string, options: ContainerStopOptions): Promise<void>;
  restart(container: string, options: ContainerStopOptions): Promise<void>;
  /** `signal` is a name with or without SIG, a number, or empty for SIGKILL. */
  kill(container: string, signal: string): Promise<void>;
  pause(container: string): Promise<void>;
  unpause(container: string): Promise<void>;
  /** Resolves once the wait is in place, which a client relies on before it starts the container. */
  wait(container: string, condition: WaitCondition, signal: AbortSignal): Promise<ContainerWait>;
  remove(container: string, options: ContainerRemoveOptions): Promise<void>;
  rename(container: string, newName: string): Promise<void>;
  /** Characters. */
  resize(container: string, size: { height: number; width: number }): Promise<void>;
  /** Resolves once output is being collected, which a client relies on before it starts the container. */
  attach(container: string, options: ContainerAttachOptions, signal: AbortSignal): Promise<AttachedStreams>;
  logs(container: string, options: ContainerLogsOptions, signal: AbortSignal): Promise<ContainerLogs>;
  /** Empty arguments mean `-ef`. */
  top(container: string, psArguments: string): Promise<ContainerTopResponse>;
  /** One sample a second until the signal fires; a single one when `stream` is false. */
  stats(container: string, options: ContainerStatsOptions, signal: AbortSignal): Promise<AsyncIterable<ContainerStats>>;
  changes(container: string): Promise<FilesystemChange[] | null>;
  statPath(container: string, path: string): Promise<ContainerPathStat>;
  /** A tar of what is at a path; to be read as that of `export`. */
  archive(container: string, path: string): Promise<{ stat: ContainerPathStat; content: AsyncIterable<Uint8Array> }>;
  /** Unpacks a tar, which may be compressed, into the directory `path`. What was made before it failed stays. */
  extract(
    container: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    options: ContainerExtractOptions,
  ): Promise<void>;
  /** A tar of its file system. Whoever takes it reads it to its end, or ends its iterator. */
  export(container: string): Promise<AsyncIterable<Uint8Array>>;
  /** Makes an image of it; resolves with the image's ID. */
  commit(container: string, options: ContainerCommitOptions): Promise<string>;
  update(container: string, update: ContainerUpdate): Promise<ContainerUpdateResponse>;
  prune(filters: Filters): Promise<ContainersPruneResponse>;
}

export interface ContainerCommitOptions {
  /** What the image is called, with its tag. */
  reference?: Reference;
  author: string;
  comment: string;
  /** The image's configuration; the container's without one. What it leaves open is the container's. */
  config?: ContainerConfig;
  /** Dockerfile instructions. */
  changes: readonly string[];
  /** Hold its processes meanwhile. */
  pause: boolean;
}

export interface ContainerExtractOptions {
  /** Give the files to the user the container runs as, if one was named; else they are whose the archive says. */
  copyUidGid: boolean;
  /** Fail where a directory would replace another file, or the other way round. */
  noOverwriteDirNonDir: boolean;
}

export interface ContainerListOptions {
  /** Stopped ones too. A limit and the filter `status` imply it. */
  all: boolean;
  /** The newest so many; 0 for no limit. */
  limit: number;
  size: boolean;
  filters: Filters;
}

/** A decoded create request: what the client left out has Go's zero value, as Docker's own structs would. */
export interface ContainerCreateOptions {
  /** Without a leading slash; empty for a generated one. */
  name: string;
  config: ContainerConfig;
  /** `NetworkMode` is never empty nor `default`: both have become `bridge`. */
  hostConfig: HostConfig;
  networkingConfig: NetworkingConfig;
  /** `os[/arch[/variant]]`. */
  platform?: string;
}

export interface ContainerStopOptions {
  /** Instead of the container's stop signal. */
  signal?: string;
  /** Seconds before SIGKILL; -1 waits for ever; absent means the container's own (10). */
  timeout?: number;
}

export interface ContainerRemoveOptions {
  force: boolean;
  /** Remove its anonymous volumes too. */
  volumes: boolean;
  /** Remove the named link, not the container. */
  link: boolean;
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

/** The result is wrapped so that awaiting the wait's beginning does not await its end. */
export interface ContainerWait {
  readonly result: Promise<ContainerWaitResponse>;
}

export interface ContainerAttachOptions {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Replay what was logged before. */
  logs: boolean;
  /** Stay attached; without it only the replay is sent. */
  stream: boolean;
  /** `ctrl-p,ctrl-q` and the like; empty for the default. */
  detachKeys: string;
}

export interface ContainerLogsOptions {
  follow: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Nanoseconds since 1970. */
  since?: bigint;
  until?: bigint;
  /** Only among the last so many lines; absent for all. */
  tail?: number;
}

export interface ContainerLogs {
  readonly tty: boolean;
  /** In order, in batches; only of the streams asked for. */
  readonly records: AsyncIterable<readonly LogRecord[]>;
}

export interface LogRecord {
  readonly stream: StdStream;
  /** With its newline, unless it is a part of a line too long for one record. */
  readonly line: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  /** What `--details` shows: labels and variables chosen by the log options. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface ContainerStatsOptions {
  stream: boolean;
  /** Do not wait for a second sample: `precpu_stats` stays empty. */
  oneShot: boolean;
}

/** Only what is to change; null and absent mean as before. `PidsLimit` 0 means unlimited. */
export interface ContainerUpdate {
  resources: Partial<Resources>;
  restartPolicy?: RestartPolicy;
}
