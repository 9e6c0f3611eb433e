/** Bodies of the container and exec endpoints, decoded as Docker's structs would be. */
import * as z from 'zod';
import type { ContainerConfig, HostConfig, Resources } from '../../api/container-config.ts';
import type { ExecCreateRequest, ExecStartRequest } from '../../api/exec.ts';
import type { Mount } from '../../api/mount.ts';
import type { EndpointSettings, NetworkingConfig } from '../../api/network.ts';
import * as go from './go.ts';

/** The compiler's proof that a schema yields the API's type. */
type Yields<T> = z.ZodType<T>;

const stringMap = go.map(go.string);
const optionalStringMap = go.optionalMap(go.string);

const containerConfigFields = {
  Hostname: go.string,
  Domainname: go.string,
  User: go.string,
  AttachStdin: go.boolean,
  AttachStdout: go.boolean,
  AttachStderr: go.boolean,
  ExposedPorts: go.optionalMap(go.empty),
  Tty: go.boolean,
  OpenStdin: go.boolean,
  StdinOnce: go.boolean,
  Env: go.strings,
  Cmd: go.stringOrStrings,
  Healthcheck: go.optionalStruct({
    Test: go.optionalList(go.string),
    Interval: go.optionalInteger,
    Timeout: go.optionalInteger,
    StartPeriod: go.optionalInteger,
    StartInterval: go.optionalInteger,
    Retries: go.optionalInteger,
  }),
  ArgsEscaped: go.optionalBoolean,
  Image: go.string,
  Volumes: go.map(go.empty),
  WorkingDir: go.string,
  Entrypoint: go.stringOrStrings,
  NetworkDisabled: go.optionalBoolean,
  MacAddress: go.optionalString,
  OnBuild: go.strings,
  Labels: stringMap,
  StopSignal: go.optionalString,
  StopTimeout: go.optionalInteger,
  Shell: go.optionalList(go.string),
};

const throttleDevices = go.list(z.object({ Path: go.string, Rate: go.integer }));

const resourcesFields = {
  CpuShares: go.integer,
  Memory: go.integer,
  NanoCpus: go.integer,
  CgroupParent: go.string,
  BlkioWeight: go.integer,
  BlkioWeightDevice: go.list(z.object({ Path: go.string, Weight: go.integer })),
  BlkioDeviceReadBps: throttleDevices,
  BlkioDeviceWriteBps: throttleDevices,
  BlkioDeviceReadIOps: throttleDevices,
  BlkioDeviceWriteIOps: throttleDevices,
  CpuPeriod: go.integer,
  CpuQuota: go.integer,
  CpuRealtimePeriod: go.integer,
  CpuRealtimeRuntime: go.integer,
  CpusetCpus: go.string,
  CpusetMems: go.string,
  Devices: go.list(z.object({ PathOnHost: go.string, PathInContainer: go.string, CgroupPermissions: go.string })),
  DeviceCgroupRules: go.strings,
  DeviceRequests: go.list(
    z.object({
      Driver: go.string,
      Count: go.integer,
      DeviceIDs: go.strings,
      Capabilities: go.list(z.array(z.string())),
      Options: stringMap,
    }),
  ),
  MemoryReservation: go.integer,
  MemorySwap: go.integer,
  MemorySwappiness: go.nullableInteger,
  OomKillDisable: go.nullableBoolean,
  PidsLimit: go.nullableInteger,
  Ulimits: go.list(z.object({ Name: go.string, Hard: go.integer, Soft: go.integer })),
  CpuCount: go.integer,
  CpuPercent: go.integer,
  IOMaximumIOps: go.integer,
  IOMaximumBandwidth: go.integer,
};

const restartPolicyFields = { Name: go.string, MaximumRetryCount: go.integer };

const mount = z.object({
  // Any string decodes; the backend says which types it knows.
  Type: go.optionalString.transform((type) => type as Mount['Type']),
  Source: go.optionalString,
  Target: go.optionalString,
  ReadOnly: go.optionalBoolean,
  Consistency: go.optionalString,
  BindOptions: go.optionalStruct({
    Propagation: go.optionalString,
    NonRecursive: go.optionalBoolean,
    CreateMountpoint: go.optionalBoolean,
    ReadOnlyNonRecursive: go.optionalBoolean,
    ReadOnlyForceRecursive: go.optionalBoolean,
  }),
  VolumeOptions: go.optionalStruct({
    NoCopy: go.optionalBoolean,
    Labels: optionalStringMap,
    Subpath: go.optionalString,
    DriverConfig: go.optionalStruct({ Name: go.optionalString, Options: optionalStringMap }),
  }),
  ImageOptions: go.optionalStruct({ Subpath: go.optionalString }),
  TmpfsOptions: go.optionalStruct({
    SizeBytes: go.optionalInteger,
    Mode: go.optionalInteger,
    Options: go.optionalList(z.array(z.string())),
  }),
}) satisfies Yields<Mount>;

const portBindings = go.list(z.object({ HostIp: go.string, HostPort: go.string }));

const hostConfig = go.struct({
  ...resourcesFields,
  Binds: go.strings,
  ContainerIDFile: go.string,
  LogConfig: go.struct({ Type: go.string, Config: stringMap }),
  NetworkMode: go.string,
  PortBindings: go.map(portBindings),
  RestartPolicy: go.struct(restartPolicyFields),
  AutoRemove: go.boolean,
  VolumeDriver: go.string,
  VolumesFrom: go.strings,
  ConsoleSize: z
    .tuple([go.integer, go.integer])
    .nullish()
    .transform((size): [number, number] => size ?? [0, 0]),
  Annotations: optionalStringMap,
  CapAdd: go.stringOrStrings,
  CapDrop: go.stringOrStrings,
  CgroupnsMode: go.string,
  Dns: go.strings,
  DnsOptions: go.strings,
  DnsSearch: go.strings,
  ExtraHosts: go.strings,
  GroupAdd: go.strings,
  IpcMode: go.string,
  Cgroup: go.string,
  Links: go.strings,
  OomScoreAdj: go.integer,
  PidMode: go.string,
  Privileged: go.boolean,
  PublishAllPorts: go.boolean,
  ReadonlyRootfs: go.boolean,
  SecurityOpt: go.strings,
  StorageOpt: optionalStringMap,
  Tmpfs: optionalStringMap,
  UTSMode: go.string,
  UsernsMode: go.string,
  ShmSize: go.integer,
  Sysctls: optionalStringMap,
  Runtime: go.optionalString,
  Isolation: go.string,
  Mounts: go.optionalList(mount),
  // Null asks for Docker's own lists, an empty list for none.
  MaskedPaths: go.strings,
  ReadonlyPaths: go.strings,
  Init: go.optionalBoolean,
}) satisfies Yields<HostConfig>;

export const endpointSettings = go.struct({
  IPAMConfig: z
    .object({
      IPv4Address: go.optionalString,
      IPv6Address: go.optionalString,
      LinkLocalIPs: go.optionalList(go.string),
    })
    .nullish()
    .transform((config) => config ?? null),
  Links: go.strings,
  Aliases: go.strings,
  MacAddress: go.string,
  DriverOpts: stringMap,
  GwPriority: go.integer,
  NetworkID: go.string,
  EndpointID: go.string,
  Gateway: go.string,
  IPAddress: go.string,
  IPPrefixLen: go.integer,
  IPv6Gateway: go.string,
  GlobalIPv6Address: go.string,
  GlobalIPv6PrefixLen: go.integer,
  DNSNames: go.strings,
}) satisfies Yields<EndpointSettings>;

const networkingConfig = go.struct({
  EndpointsConfig: z
    .record(z.string(), endpointSettings)
    .nullish()
    .transform((endpoints) => endpoints ?? {}),
}) satisfies Yields<NetworkingConfig>;

export const createRequest = z.object({
  ...containerConfigFields,
  HostConfig: hostConfig,
  NetworkingConfig: networkingConfig,
}) satisfies Yields<ContainerConfig & { HostConfig: HostConfig; NetworkingConfig: NetworkingConfig }>;

/** Only what the client wrote: zero values would look like changes. */
export const updateRequest = z
  .object({ ...resourcesFields, RestartPolicy: go.optionalStruct(restartPolicyFields) })
  .partial() satisfies Yields<Partial<Resources>>;

export const execCreateRequest = z.object({
  User: go.optionalString,
  Privileged: go.optionalBoolean,
  Tty: go.optionalBoolean,
  ConsoleSize: z
    .tuple([go.integer, go.integer])
    .nullish()
    .transform((size) => size ?? undefined),
  AttachStdin: go.optionalBoolean,
  AttachStderr: go.optionalBoolean,
  AttachStdout: go.optionalBoolean,
  Detach: go.optionalBoolean,
  DetachKeys: go.optionalString,
  Env: go.strings,
  WorkingDir: go.optionalString,
  Cmd: z
    .array(z.string())
    .nullish()
    .transform((command) => command ?? []),
}) satisfies Yields<ExecCreateRequest>;

export const execStartRequest = z.object({
  Detach: go.optionalBoolean,
  Tty: go.optionalBoolean,
  ConsoleSize: z
    .tuple([go.integer, go.integer])
    .nullish()
    .transform((size) => size ?? undefined),
}) satisfies Yields<ExecStartRequest>;
