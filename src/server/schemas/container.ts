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
  Healthcheck: go.optionalStruct('v1.HealthcheckConfig', {
    Test: go.optionalList(go.string),
    Interval: go.optionalIntegerOf('time.Duration'),
    Timeout: go.optionalIntegerOf('time.Duration'),
    StartPeriod: go.optionalIntegerOf('time.Duration'),
    StartInterval: go.optionalIntegerOf('time.Duration'),
    Retries: go.optionalIntegerOf('int'),
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
  StopTimeout: go.optionalIntegerOf('int'),
  Shell: go.optionalList(go.string),
};

const throttleDevices = go.list(
  go.element('blkiodev.ThrottleDevice', { Path: go.string, Rate: go.integerOf('uint64') }),
);

const resourcesFields = {
  CpuShares: go.integer,
  Memory: go.integer,
  NanoCpus: go.integer,
  CgroupParent: go.string,
  BlkioWeight: go.integerOf('uint16'),
  BlkioWeightDevice: go.list(go.element('blkiodev.WeightDevice', { Path: go.string, Weight: go.integerOf('uint16') })),
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
  Devices: go.list(
    go.element('container.DeviceMapping', {
      PathOnHost: go.string,
      PathInContainer: go.string,
      CgroupPermissions: go.string,
    }),
  ),
  DeviceCgroupRules: go.strings,
  DeviceRequests: go.list(
    go.element('container.DeviceRequest', {
      Driver: go.string,
      Count: go.integerOf('int'),
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
  Ulimits: go.list(go.element('units.Ulimit', { Name: go.string, Hard: go.integer, Soft: go.integer })),
  CpuCount: go.integer,
  CpuPercent: go.integer,
  IOMaximumIOps: go.integerOf('uint64'),
  IOMaximumBandwidth: go.integerOf('uint64'),
};

const restartPolicyFields = {
  Name: go.stringOf('container.RestartPolicyMode'),
  MaximumRetryCount: go.integerOf('int'),
};

const mount = go.element('mount.Mount', {
  // Any string decodes; the backend says which types it knows.
  Type: go.named(
    'mount.Type',
    go.optionalString.transform((type) => type as Mount['Type']),
  ),
  Source: go.optionalString,
  Target: go.optionalString,
  ReadOnly: go.optionalBoolean,
  Consistency: go.optionalString,
  BindOptions: go.optionalStruct('mount.BindOptions', {
    Propagation: go.optionalString,
    NonRecursive: go.optionalBoolean,
    CreateMountpoint: go.optionalBoolean,
    ReadOnlyNonRecursive: go.optionalBoolean,
    ReadOnlyForceRecursive: go.optionalBoolean,
  }),
  VolumeOptions: go.optionalStruct('mount.VolumeOptions', {
    NoCopy: go.optionalBoolean,
    Labels: optionalStringMap,
    Subpath: go.optionalString,
    DriverConfig: go.optionalStruct('mount.Driver', { Name: go.optionalString, Options: optionalStringMap }),
  }),
  ImageOptions: go.optionalStruct('mount.ImageOptions', { Subpath: go.optionalString }),
  TmpfsOptions: go.optionalStruct('mount.TmpfsOptions', {
    SizeBytes: go.optionalInteger,
    Mode: go.optionalIntegerOf('fs.FileMode'),
    Options: go.optionalList(z.array(z.string())),
  }),
}) satisfies Yields<Mount>;

const portBindings = go.list(go.element('nat.PortBinding', { HostIp: go.string, HostPort: go.string }));

const hostConfigFields = {
  ...resourcesFields,
  Binds: go.strings,
  ContainerIDFile: go.string,
  LogConfig: go.struct('container.LogConfig', { Type: go.string, Config: stringMap }),
  NetworkMode: go.stringOf('container.NetworkMode'),
  PortBindings: go.map(portBindings),
  RestartPolicy: go.struct('container.RestartPolicy', restartPolicyFields),
  AutoRemove: go.boolean,
  VolumeDriver: go.string,
  VolumesFrom: go.strings,
  ConsoleSize: go.size.transform((size): [number, number] => size ?? [0, 0]),
  Annotations: optionalStringMap,
  CapAdd: go.stringOrStrings,
  CapDrop: go.stringOrStrings,
  CgroupnsMode: go.stringOf('container.CgroupnsMode'),
  Dns: go.strings,
  DnsOptions: go.strings,
  DnsSearch: go.strings,
  ExtraHosts: go.strings,
  GroupAdd: go.strings,
  IpcMode: go.stringOf('container.IpcMode'),
  Cgroup: go.stringOf('container.CgroupSpec'),
  Links: go.strings,
  OomScoreAdj: go.integerOf('int'),
  PidMode: go.stringOf('container.PidMode'),
  Privileged: go.boolean,
  PublishAllPorts: go.boolean,
  ReadonlyRootfs: go.boolean,
  SecurityOpt: go.strings,
  StorageOpt: optionalStringMap,
  Tmpfs: optionalStringMap,
  UTSMode: go.stringOf('container.UTSMode'),
  UsernsMode: go.stringOf('container.UsernsMode'),
  ShmSize: go.integer,
  Sysctls: optionalStringMap,
  Runtime: go.optionalString,
  Isolation: go.stringOf('container.Isolation'),
  Mounts: go.optionalList(mount),
  // Null asks for Docker's own lists, an empty list for none.
  MaskedPaths: go.strings,
  ReadonlyPaths: go.strings,
  Init: go.optionalBoolean,
};

const hostConfig = go.struct(
  'container.HostConfig',
  hostConfigFields,
  go.embed('Resources', resourcesFields),
) satisfies Yields<HostConfig>;

export const endpointSettings = go.struct('network.EndpointSettings', {
  IPAMConfig: go
    .element('network.EndpointIPAMConfig', {
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
  GwPriority: go.integerOf('int'),
  NetworkID: go.string,
  EndpointID: go.string,
  Gateway: go.string,
  IPAddress: go.string,
  IPPrefixLen: go.integerOf('int'),
  IPv6Gateway: go.string,
  GlobalIPv6Address: go.string,
  GlobalIPv6PrefixLen: go.integerOf('int'),
  DNSNames: go.strings,
}) satisfies Yields<EndpointSettings>;

const networkingConfig = go.struct('network.NetworkingConfig', {
  EndpointsConfig: z
    .record(z.string(), endpointSettings)
    .nullish()
    .transform((endpoints) => endpoints ?? {}),
}) satisfies Yields<NetworkingConfig>;

export const createRequest = go.named(
  'container.CreateRequest',
  z.object({
    ...containerConfigFields,
    HostConfig: hostConfig,
    NetworkingConfig: networkingConfig,
  }),
  go.embed('Config', containerConfigFields),
) satisfies Yields<ContainerConfig & { HostConfig: HostConfig; NetworkingConfig: NetworkingConfig }>;

/** Only what the client wrote: zero values would look like changes. */
export const updateRequest = go.named(
  'container.UpdateConfig',
  z
    .object({ ...resourcesFields, RestartPolicy: go.optionalStruct('container.RestartPolicy', restartPolicyFields) })
    .partial(),
  go.embed('Resources', resourcesFields),
) satisfies Yields<Partial<Resources>>;

export const execCreateRequest = go.element('container.ExecOptions', {
  User: go.optionalString,
  Privileged: go.optionalBoolean,
  Tty: go.optionalBoolean,
  ConsoleSize: go.size.transform((size) => size ?? undefined),
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

export const execStartRequest = go.element('container.ExecStartOptions', {
  Detach: go.optionalBoolean,
  Tty: go.optionalBoolean,
  ConsoleSize: go.size.transform((size) => size ?? undefined),
}) satisfies Yields<ExecStartRequest>;
