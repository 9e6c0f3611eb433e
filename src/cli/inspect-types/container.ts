/** container.InspectResponse and what it holds (moby's api/types/container). */
import { goBool, goInt, goString, map, pointer, slice, struct, structPointer, type GoType } from './go-type.ts';

const strings = slice(goString);
const stringMap = map(goString);
const emptyStruct = struct('struct {}', {});

export const healthConfig = struct('v1.HealthcheckConfig', {
  Test: strings,
  Interval: duration,
  Timeout: duration,
  StartPeriod: duration,
  StartInterval: duration,
  Retries: goInt,
});

const config = struct('container.Config', {
  Hostname: goString,
  Domainname: goString,
  User: goString,
  AttachStdin: goBool,
  AttachStdout: goBool,
  AttachStderr: goBool,
  ExposedPorts: map(emptyStruct),
  Tty: goBool,
  OpenStdin: goBool,
  StdinOnce: goBool,
  Env: strings,
  Cmd: strings,
  Healthcheck: structPointer('v1.HealthcheckConfig', healthConfig),
  ArgsEscaped: goBool,
  Image: goString,
  Volumes: map(emptyStruct),
  WorkingDir: goString,
  Entrypoint: strings,
  NetworkDisabled: goBool,
  MacAddress: goString,
  OnBuild: strings,
  Labels: stringMap,
  StopSignal: goString,
  StopTimeout: pointer('int'),
  Shell: strings,
});

/** time.Duration prints as `1m30s`, and marshals as nanoseconds. */
function duration(json: unknown): unknown {
  const nanoseconds = (json ?? 0) as number;
  if (nanoseconds === 0) return '0s';
  const seconds = nanoseconds / 1e9;
  if (seconds < 1)
    return nanoseconds >= 1e6
      ? `${nanoseconds / 1e6}ms`
      : nanoseconds >= 1e3
        ? `${nanoseconds / 1e3}µs`
        : `${nanoseconds}ns`;
  const [hours, minutes] = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60];
  const rest = Number((seconds % 60).toFixed(9));
  return `${hours > 0 ? `${hours}h` : ''}${seconds >= 60 ? `${minutes}m` : ''}${rest}s`;
}

const health = struct('container.Health', {
  Status: goString,
  FailingStreak: goInt,
  Log: slice(
    struct('container.HealthcheckResult', { Start: goString, End: goString, ExitCode: goInt, Output: goString }),
  ),
});

const state = struct('container.State', {
  Status: goString,
  Running: goBool,
  Paused: goBool,
  Restarting: goBool,
  OOMKilled: goBool,
  Dead: goBool,
  Pid: goInt,
  ExitCode: goInt,
  Error: goString,
  StartedAt: goString,
  FinishedAt: goString,
  Health: structPointer('container.Health', health),
});

const portMap = map(slice(struct('nat.PortBinding', { HostIP: ['HostIp', goString], HostPort: goString })));
const throttle = slice(struct('blkiodev.ThrottleDevice', { Path: goString, Rate: goInt }));

const mountSpec = struct('mount.Mount', {
  Type: goString,
  Source: goString,
  Target: goString,
  ReadOnly: goBool,
  Consistency: goString,
  BindOptions: structPointer(
    'mount.BindOptions',
    struct('mount.BindOptions', {
      Propagation: goString,
      NonRecursive: goBool,
      CreateMountpoint: goBool,
      ReadOnlyNonRecursive: goBool,
      ReadOnlyForceRecursive: goBool,
    }),
  ),
  VolumeOptions: structPointer(
    'mount.VolumeOptions',
    struct('mount.VolumeOptions', {
      NoCopy: goBool,
      Labels: stringMap,
      Subpath: goString,
      DriverConfig: structPointer('mount.Driver', struct('mount.Driver', { Name: goString, Options: stringMap })),
    }),
  ),
  ImageOptions: structPointer('mount.ImageOptions', struct('mount.ImageOptions', { Subpath: goString })),
  TmpfsOptions: structPointer(
    'mount.TmpfsOptions',
    struct('mount.TmpfsOptions', { SizeBytes: goInt, Mode: goInt, Options: slice(strings) }),
  ),
  ClusterOptions: structPointer('mount.ClusterOptions', struct('mount.ClusterOptions', {})),
});

const resources: Record<string, GoType | readonly [string, GoType]> = {
  CPUShares: ['CpuShares', goInt],
  Memory: goInt,
  NanoCPUs: ['NanoCpus', goInt],
  CgroupParent: goString,
  BlkioWeight: goInt,
  BlkioWeightDevice: slice(struct('blkiodev.WeightDevice', { Path: goString, Weight: goInt })),
  BlkioDeviceReadBps: throttle,
  BlkioDeviceWriteBps: throttle,
  BlkioDeviceReadIOps: throttle,
  BlkioDeviceWriteIOps: throttle,
  CPUPeriod: ['CpuPeriod', goInt],
  CPUQuota: ['CpuQuota', goInt],
  CPURealtimePeriod: ['CpuRealtimePeriod', goInt],
  CPURealtimeRuntime: ['CpuRealtimeRuntime', goInt],
  CpusetCpus: goString,
  CpusetMems: goString,
  Devices: slice(
    struct('container.DeviceMapping', { PathOnHost: goString, PathInContainer: goString, CgroupPermissions: goString }),
  ),
  DeviceCgroupRules: strings,
  DeviceRequests: slice(
    struct('container.DeviceRequest', {
      Driver: goString,
      Count: goInt,
      DeviceIDs: strings,
      Capabilities: slice(strings),
      Options: stringMap,
    }),
  ),
  KernelMemory: goInt,
  KernelMemoryTCP: goInt,
  MemoryReservation: goInt,
  MemorySwap: goInt,
  MemorySwappiness: pointer('int64'),
  OomKillDisable: pointer('bool'),
  PidsLimit: pointer('int64'),
  Ulimits: slice(struct('units.Ulimit', { Name: goString, Hard: goInt, Soft: goInt })),
  CPUCount: ['CpuCount', goInt],
  CPUPercent: ['CpuPercent', goInt],
  IOMaximumIOps: goInt,
  IOMaximumBandwidth: goInt,
};

const hostConfig = struct('container.HostConfig', {
  Binds: strings,
  ContainerIDFile: goString,
  LogConfig: struct('container.LogConfig', { Type: goString, Config: stringMap }),
  NetworkMode: goString,
  PortBindings: portMap,
  RestartPolicy: struct('container.RestartPolicy', { Name: goString, MaximumRetryCount: goInt }),
  AutoRemove: goBool,
  VolumeDriver: goString,
  VolumesFrom: strings,
  ConsoleSize: slice(goInt),
  Annotations: stringMap,
  CapAdd: strings,
  CapDrop: strings,
  CgroupnsMode: goString,
  DNS: ['Dns', strings],
  DNSOptions: ['DnsOptions', strings],
  DNSSearch: ['DnsSearch', strings],
  ExtraHosts: strings,
  GroupAdd: strings,
  IpcMode: goString,
  Cgroup: goString,
  Links: strings,
  OomScoreAdj: goInt,
  PidMode: goString,
  Privileged: goBool,
  PublishAllPorts: goBool,
  ReadonlyRootfs: goBool,
  SecurityOpt: strings,
  StorageOpt: stringMap,
  Tmpfs: stringMap,
  UTSMode: goString,
  UsernsMode: goString,
  ShmSize: goInt,
  Sysctls: stringMap,
  Runtime: goString,
  Isolation: goString,
  ...resources,
  Mounts: slice(mountSpec),
  MaskedPaths: strings,
  ReadonlyPaths: strings,
  Init: pointer('bool'),
});

const endpoint = struct('network.EndpointSettings', {
  IPAMConfig: structPointer(
    'network.EndpointIPAMConfig',
    struct('network.EndpointIPAMConfig', {
      IPv4Address: goString,
      IPv6Address: goString,
      LinkLocalIPs: strings,
    }),
  ),
  Links: strings,
  Aliases: strings,
  MacAddress: goString,
  DriverOpts: stringMap,
  GwPriority: goInt,
  NetworkID: goString,
  EndpointID: goString,
  Gateway: goString,
  IPAddress: goString,
  IPPrefixLen: goInt,
  IPv6Gateway: goString,
  GlobalIPv6Address: goString,
  GlobalIPv6PrefixLen: goInt,
  DNSNames: strings,
});

const networkSettings = struct('container.NetworkSettings', {
  Bridge: goString,
  SandboxID: goString,
  SandboxKey: goString,
  Ports: portMap,
  HairpinMode: goBool,
  LinkLocalIPv6Address: goString,
  LinkLocalIPv6PrefixLen: goInt,
  SecondaryIPAddresses: slice(goString),
  SecondaryIPv6Addresses: slice(goString),
  EndpointID: goString,
  Gateway: goString,
  GlobalIPv6Address: goString,
  GlobalIPv6PrefixLen: goInt,
  IPAddress: goString,
  IPPrefixLen: goInt,
  IPv6Gateway: goString,
  MacAddress: goString,
  Networks: map(structPointer('network.EndpointSettings', endpoint)),
});

export const graphDriver = struct('storage.DriverData', { Data: stringMap, Name: goString });

const mountPoint = struct('container.MountPoint', {
  Type: goString,
  Name: goString,
  Source: goString,
  Destination: goString,
  Driver: goString,
  Mode: goString,
  RW: goBool,
  Propagation: goString,
});

const container = struct('container.InspectResponse', {
  ID: ['Id', goString],
  Created: goString,
  Path: goString,
  Args: strings,
  State: structPointer('container.State', state),
  Image: goString,
  ResolvConfPath: goString,
  HostnamePath: goString,
  HostsPath: goString,
  LogPath: goString,
  Name: goString,
  RestartCount: goInt,
  Driver: goString,
  Platform: goString,
  MountLabel: goString,
  ProcessLabel: goString,
  AppArmorProfile: goString,
  ExecIDs: strings,
  HostConfig: structPointer('container.HostConfig', hostConfig),
  GraphDriver: graphDriver,
  SizeRw: pointer('int64'),
  SizeRootFs: pointer('int64'),
  Mounts: slice(mountPoint),
  Config: structPointer('container.Config', config),
  NetworkSettings: structPointer('container.NetworkSettings', networkSettings),
  ImageManifestDescriptor: pointer('v1.Descriptor'),
});

export const typedContainer = (raw: string): unknown => container(JSON.parse(raw));
