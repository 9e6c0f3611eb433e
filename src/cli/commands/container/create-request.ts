/** What the flags of `docker run` say, as the body of a create request. Checks are those the real CLI makes itself. */
import type {
  ContainerConfig,
  HealthConfig,
  HostConfig,
  Resources,
  RestartPolicy,
} from '../../../api/container-config.ts';
import type { NetworkingConfig } from '../../../api/network.ts';
import { cut } from '../../flag/flag.ts';
import { parseInteger } from '../../../lib/go-parse.ts';
import type { CliIo } from '../../io.ts';
import type { ContainerValues } from './container-flags.ts';
import { isMac } from './options/address.ts';
import { isCdiName, parseDevice } from './options/device.ts';
import { readKeyValues, toMap } from './options/key-values.ts';
import { endpointsOf } from './options/network.ts';
import { parsePorts } from './options/publish.ts';
import { parseSecurityOptions } from './options/security.ts';
import { parseVolumes } from './options/volume.ts';

export interface CreateRequest {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networkingConfig: NetworkingConfig;
}

/** `args` are the image, then the command. `changed` tells a flag left out from one set to its default. */
export async function toCreateRequest(
  io: CliIo,
  flags: ContainerValues,
  changed: ReadonlySet<string>,
  args: readonly string[],
): Promise<CreateRequest> {
  const macAddress = flags['mac-address'];
  if (macAddress !== '' && !isMac(macAddress.trim())) throw new Error(`${macAddress} is not a valid mac address`);
  const swappiness = flags['memory-swappiness'];
  if (swappiness !== -1 && (swappiness < 0 || swappiness > 100)) {
    throw new Error(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
  }
  const { binds, volumes } = parseVolumes(flags.volume, io.cwd);
  const { exposed, bindings } = parsePorts(flags.publish, flags.expose);
  const devices = flags.device.filter((device) => !isCdiName(device)).map(parseDevice);
  const cdiDevices = flags.device.filter(isCdiName);
  const env = await readKeyValues(io, flags['env-file'], flags.env, io.env);
  const labels = toMap(await readKeyValues(io, flags['label-file'], flags.label));
  checkModes(flags);
  const restartPolicy = parseRestartPolicy(flags.restart);
  if (flags['log-driver'] === 'none' && flags['log-opt'].length > 0)
    throw new Error('invalid logging opts for driver none');
  const { securityOpt, paths } = await parseSecurityOptions(io, flags['security-opt']);
  const storageOpt = parseStorageOptions(flags['storage-opt']);
  const healthcheck = parseHealth(flags);
  if (flags.rm && restartPolicy.Name !== 'no' && restartPolicy.Name !== '') {
    throw new Error('conflicting options: cannot specify both --restart and --rm');
  }
  const endpoints = endpointsOf(flags.network, {
    aliases: flags['network-alias'],
    links: flags.link,
    ip: flags.ip,
    ip6: flags.ip6,
    linkLocalIps: flags['link-local-ip'],
    macAddress,
  });

  const attachesOutput = flags.attach.length === 0;
  const attachStdin = flags.attach.includes('stdin') || flags.interactive;
  const command = args.slice(1);
  const config: ContainerConfig = {
    Hostname: flags.hostname,
    Domainname: flags.domainname,
    User: flags.user,
    AttachStdin: attachStdin,
    AttachStdout: attachesOutput || flags.attach.includes('stdout'),
    AttachStderr: attachesOutput || flags.attach.includes('stderr'),
    ...(Object.keys(exposed).length > 0 && { ExposedPorts: exposed }),
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    // In attached mode stdin ends with its client.
    StdinOnce: flags.interactive && attachStdin,
    Env: env.length > 0 ? env : null,
    Cmd: command.length > 0 ? command : null,
    ...(healthcheck && { Healthcheck: healthcheck }),
    Image: args[0]!,
    Volumes: volumes,
    WorkingDir: flags.workdir,
    // `--entrypoint ''` takes the image's away.
    Entrypoint: changed.has('entrypoint') ? [flags.entrypoint] : null,
    OnBuild: null,
    Labels: labels,
    ...(flags['stop-signal'] !== '' && { StopSignal: flags['stop-signal'] }),
    ...(changed.has('stop-timeout') && { StopTimeout: flags['stop-timeout'] }),
  };

  const hostConfig: HostConfig = {
    Binds: orNull(binds),
    ContainerIDFile: flags.cidfile,
    LogConfig: { Type: flags['log-driver'], Config: toMap(flags['log-opt']) },
    NetworkMode: flags.network[0]?.target ?? 'default',
    PortBindings: bindings,
    RestartPolicy: restartPolicy,
    AutoRemove: flags.rm,
    VolumeDriver: flags['volume-driver'],
    VolumesFrom: orNull(flags['volumes-from']),
    ConsoleSize: [0, 0],
    ...(Object.keys(flags.annotation).length > 0 && { Annotations: flags.annotation }),
    CapAdd: capabilities(flags['cap-add']),
    CapDrop: capabilities(flags['cap-drop']),
    CgroupnsMode: flags.cgroupns,
    Dns: [...flags.dns],
    DnsOptions: [...flags['dns-option']],
    DnsSearch: [...flags['dns-search']],
    ExtraHosts: orNull(flags['add-host']),
    GroupAdd: orNull(flags['group-add']),
    IpcMode: flags.ipc,
    Cgroup: '',
    Links: orNull(flags.link),
    OomScoreAdj: flags['oom-score-adj'],
    PidMode: flags.pid,
    Privileged: flags.privileged,
    PublishAllPorts: flags['publish-all'],
    ReadonlyRootfs: flags['read-only'],
    SecurityOpt: orNull(securityOpt),
    ...(Object.keys(storageOpt).length > 0 && { StorageOpt: storageOpt }),
    ...(flags.tmpfs.length > 0 && {
      Tmpfs: Object.fromEntries(
        flags.tmpfs.map((spec) => cut(spec, ':')).map(([path, options]) => [path, options ?? '']),
      ),
    }),
    UTSMode: flags.uts,
    UsernsMode: flags.userns,
    ShmSize: flags['shm-size'],
    ...(Object.keys(flags.sysctl).length > 0 && { Sysctls: flags.sysctl }),
    ...(flags.runtime !== '' && { Runtime: flags.runtime }),
    Isolation: flags.isolation,
    ...resources(flags),
    Devices: devices,
    DeviceRequests: orNull([
      ...flags.gpus,
      ...(cdiDevices.length > 0
        ? [{ Driver: 'cdi', Count: 0, DeviceIDs: cdiDevices, Capabilities: null, Options: null }]
        : []),
    ]),
    ...(flags.mount.length > 0 && { Mounts: [...flags.mount] }),
    MaskedPaths: paths,
    ReadonlyPaths: paths,
    ...(changed.has('init') && { Init: flags.init }),
  };
  return { config, hostConfig, networkingConfig: { EndpointsConfig: endpoints } };
}

function resources(flags: ContainerValues): Omit<Resources, 'Devices' | 'DeviceRequests'> {
  return {
    CpuShares: flags['cpu-shares'],
    Memory: flags.memory,
    NanoCpus: flags.cpus,
    CgroupParent: flags['cgroup-parent'],
    BlkioWeight: flags['blkio-weight'],
    BlkioWeightDevice: [...flags['blkio-weight-device']],
    BlkioDeviceReadBps: [...flags['device-read-bps']],
    BlkioDeviceWriteBps: [...flags['device-write-bps']],
    BlkioDeviceReadIOps: [...flags['device-read-iops']],
    BlkioDeviceWriteIOps: [...flags['device-write-iops']],
    CpuPeriod: flags['cpu-period'],
    CpuQuota: flags['cpu-quota'],
    CpuRealtimePeriod: flags['cpu-rt-period'],
    CpuRealtimeRuntime: flags['cpu-rt-runtime'],
    CpusetCpus: flags['cpuset-cpus'],
    CpusetMems: flags['cpuset-mems'],
    DeviceCgroupRules: orNull(flags['device-cgroup-rule']),
    MemoryReservation: flags['memory-reservation'],
    MemorySwap: flags['memory-swap'],
    MemorySwappiness: flags['memory-swappiness'],
    OomKillDisable: flags['oom-kill-disable'],
    PidsLimit: flags['pids-limit'],
    Ulimits: [...flags.ulimit.values()].sort((a, b) => (a.Name < b.Name ? -1 : 1)),
    CpuCount: flags['cpu-count'],
    CpuPercent: flags['cpu-percent'],
    IOMaximumIOps: flags['io-maxiops'],
    IOMaximumBandwidth: flags['io-maxbandwidth'],
  };
}

const orNull = <T>(values: readonly T[]): T[] | null => (values.length > 0 ? [...values] : null);

/** Upper case, `CAP_` in front, each once, sorted; null for none. */
function capabilities(given: readonly string[]): string[] | null {
  const names = given
    .map((name) => name.toUpperCase())
    .map((name) => (name === 'ALL' || name.startsWith('CAP_') ? name : `CAP_${name}`));
  return orNull([...new Set(names)].sort());
}

function checkModes(flags: ContainerValues): void {
  const { pid, uts, userns, cgroupns } = flags;
  if (!(pid === '' || pid === 'host' || /^container:./.test(pid))) throw new Error('--pid: invalid PID mode');
  if (!(uts === '' || uts === 'host')) throw new Error('--uts: invalid UTS mode');
  if (!(userns === '' || userns === 'host')) throw new Error('--userns: invalid USER mode');
  if (!['', 'host', 'private'].includes(cgroupns)) throw new Error('--cgroupns: invalid CGROUP mode');
}

/** `on-failure:3`. Whether there is such a policy is for the engine to say. */
export function parseRestartPolicy(policy: string): RestartPolicy {
  const [name, count = ''] = cut(policy, ':');
  if (policy.includes(':') && name === '')
    throw new Error('invalid restart policy format: no policy provided before colon');
  if (count === '') return { Name: name, MaximumRetryCount: 0 };
  try {
    return { Name: name, MaximumRetryCount: parseInteger(count, true) };
  } catch {
    throw new Error('invalid restart policy format: maximum retry count must be an integer');
  }
}

function parseStorageOptions(options: readonly string[]): Record<string, string> {
  if (options.some((option) => !option.includes('='))) throw new Error('invalid storage option');
  return toMap(options);
}

function parseHealth(flags: ContainerValues): HealthConfig | undefined {
  const command = flags['health-cmd'];
  const settings = [
    'health-interval',
    'health-timeout',
    'health-retries',
    'health-start-period',
    'health-start-interval',
  ] as const;
  const given = command !== '' || settings.some((name) => flags[name] !== 0);
  if (flags['no-healthcheck']) {
    if (given) throw new Error('--no-healthcheck conflicts with --health-* options');
    return { Test: ['NONE'] };
  }
  if (!given) return undefined;
  for (const name of settings) if (flags[name] < 0) throw new Error(`--${name} cannot be negative`);
  return {
    ...(command !== '' && { Test: ['CMD-SHELL', command] }),
    ...(flags['health-interval'] !== 0 && { Interval: flags['health-interval'] }),
    ...(flags['health-timeout'] !== 0 && { Timeout: flags['health-timeout'] }),
    ...(flags['health-start-period'] !== 0 && { StartPeriod: flags['health-start-period'] }),
    ...(flags['health-start-interval'] !== 0 && { StartInterval: flags['health-start-interval'] }),
    ...(flags['health-retries'] !== 0 && { Retries: flags['health-retries'] }),
  };
}
