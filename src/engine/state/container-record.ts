// A container on disk: `config.v2.json` and `hostconfig.json` with moby's names, as a look around the host expects them,
// and under `Drydock` what only this engine has.

import * as z from 'zod';
import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import { formatRfc3339Nano, parseRfc3339Nano, zeroTime } from '../../lib/timestamp.ts';
import { Container, type ContainerImage } from '../container/container.ts';
import { ContainerHealth, type HealthState } from '../container/health.ts';
import { hostFilePaths, logPath } from '../container/inspect.ts';
import type { ContainerMount } from '../container/mounts.ts';
import { Restarts } from '../container/restart-policy.ts';
import type { Endpoint } from '../network/endpoint.ts';
import type { HeldPort } from '../network/port-publisher.ts';

/** Docker's own type has every value as JSON has it, so what was written is what is read. */
const written = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

const recordSchema = z.object({
  ID: z.string(),
  Name: z.string(),
  Created: z.string(),
  Path: z.string(),
  Args: z.array(z.string()),
  Config: written<ContainerConfig>(),
  Image: z.string(),
  State: z.object({
    Running: z.boolean(),
    Paused: z.boolean(),
    Restarting: z.boolean(),
    OOMKilled: z.boolean(),
    RemovalInProgress: z.boolean(),
    Dead: z.boolean(),
    Pid: z.number(),
    ExitCode: z.number(),
    Error: z.string(),
    StartedAt: z.string(),
    FinishedAt: z.string(),
  }),
  LogPath: z.string(),
  Driver: z.string(),
  OS: z.string(),
  RestartCount: z.number(),
  HasBeenStartedBefore: z.boolean(),
  HasBeenManuallyStopped: z.boolean(),
  HostnamePath: z.string(),
  HostsPath: z.string(),
  ResolvConfPath: z.string(),
  Drydock: z.object({
    version: z.literal(1),
    status: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
    mountId: z.string(),
    mounts: z.array(written<ContainerMount>()),
    streams: z.object({ stdin: z.number().optional(), stdout: z.number().optional(), stderr: z.number().optional() }),
    sandboxId: z.string().optional(),
    networkId: z.string(),
    endpointId: z.string(),
    hostFilesOf: z.string(),
    links: z.array(z.object({ alias: z.string(), child: z.string() })),
    endpoint: written<Endpoint>().optional(),
    published: z.array(written<HeldPort>()),
    restarts: z.object({ manuallyStopped: z.boolean(), delay: z.number(), until: z.number().optional() }),
    health: written<HealthState>().optional(),
    terminalSize: z.tuple([z.number(), z.number()]).optional(),
    /** Output without a newline that no log has yet: base64, by stream. */
    unfinished: z.partialRecord(z.enum(['stdout', 'stderr']), z.string()).optional(),
  }),
});

export type ContainerRecord = z.infer<typeof recordSchema>;

const timeText = (instant: bigint): string => (instant === 0n ? zeroTime : formatRfc3339Nano(instant));
const instantOf = (text: string): bigint => (text === zeroTime ? 0n : parseRfc3339Nano(text));

export function recordOf(container: Container, unfinished?: ContainerRecord['Drydock']['unfinished']): ContainerRecord {
  return {
    ID: container.id,
    Name: `/${container.name}`,
    Created: formatRfc3339Nano(container.created),
    Path: container.path,
    Args: [...container.args],
    Config: container.config,
    Image: container.image.id,
    State: {
      Running: container.running,
      Paused: container.paused,
      Restarting: container.restarting,
      OOMKilled: container.oomKilled,
      RemovalInProgress: false,
      Dead: container.status === 'dead',
      Pid: container.pid,
      ExitCode: container.exitCode,
      Error: container.error,
      StartedAt: timeText(container.startedAt),
      FinishedAt: timeText(container.finishedAt),
    },
    LogPath: logPath(container),
    Driver: 'overlay2',
    OS: 'linux',
    RestartCount: container.restartCount,
    HasBeenStartedBefore: container.startedAt > 0n,
    HasBeenManuallyStopped: container.restarts.manuallyStopped,
    ...hostFilePaths(container),
    Drydock: {
      version: 1,
      status: container.status,
      mountId: container.mountId,
      mounts: [...container.mounts],
      streams: container.streams,
      sandboxId: container.currentSandboxId,
      networkId: container.networkId,
      endpointId: container.endpointId,
      hostFilesOf: container.hostFilesOf,
      links: container.links.map(({ alias, child }) => ({ alias, child: child.id })),
      endpoint: container.endpoint,
      published: [...container.published],
      restarts: container.restarts.save(),
      health: container.health?.save(),
      terminalSize: container.terminalSize && [...container.terminalSize],
      unfinished,
    },
  };
}

/** Throws when the texts do not hold a container. */
export function parseRecord(config: string, hostConfig: string): { record: ContainerRecord; hostConfig: HostConfig } {
  const host = written<HostConfig>().parse(JSON.parse(hostConfig));
  return { record: recordSchema.parse(JSON.parse(config)), hostConfig: host };
}

/** The container as it was when the record was made; nothing goes on by itself yet. */
export function containerOf(record: ContainerRecord, hostConfig: HostConfig, image: ContainerImage): Container {
  const { State: state, Drydock: own } = record;
  const container = new Container({
    id: record.ID,
    name: record.Name.slice(1),
    created: parseRfc3339Nano(record.Created),
    config: record.Config,
    hostConfig,
    image,
    path: record.Path,
    args: record.Args,
    mounts: own.mounts,
    mountId: own.mountId,
  });
  container.status = own.status;
  container.pid = state.Pid;
  container.exitCode = state.ExitCode;
  container.error = state.Error;
  container.oomKilled = state.OOMKilled;
  container.startedAt = instantOf(state.StartedAt);
  container.finishedAt = instantOf(state.FinishedAt);
  container.restartCount = record.RestartCount;
  container.restarts = new Restarts(own.restarts);
  container.streams = own.streams;
  container.currentSandboxId = own.sandboxId;
  container.networkId = own.networkId;
  container.endpointId = own.endpointId;
  container.hostFilesOf = own.hostFilesOf;
  container.endpoint = own.endpoint;
  container.published = own.published;
  container.health = own.health && ContainerHealth.restore(own.health);
  container.terminalSize = own.terminalSize;
  return container;
}
