/** The flags that describe a container, shared by `docker run` and `docker create`. */
import { bytes, decimal } from '../../flag/bytes.ts';
import { allContainers, networkNames } from '../../completion/names.ts';
import {
  capabilities,
  environmentNames,
  platformNames,
  pullPolicies,
  restartPolicies,
  signals,
} from '../../completion/lists.ts';
import {
  ipcModes,
  links,
  logDrivers,
  logOptionNames,
  pidModes,
  securityOptions,
  storageOptions,
  ulimits,
  volumeDrivers,
} from '../../completion/container-flags.ts';
import { files, oneOf } from '../../completion/completer.ts';
import { alias, bool, duration, int, list, map, text, uint, type Flag, type FlagValues } from '../../flag/flag.ts';
import { ramInBytes } from '../../format/units.ts';
import { goQuote } from '../../../lib/go-template/go-quote.ts';
import type { Ulimit } from '../../../api/container-config.ts';
import { checkDnsSearch, checkExtraHost, checkIp, checkLink } from './options/address.ts';
import {
  checkCgroupRule,
  parseBpsDevice,
  parseGpus,
  parseIopsDevice,
  parseUlimit,
  parseWeightDevice,
} from './options/device.ts';
import { checkEnv, checkLabel, checkSysctl } from './options/key-values.ts';
import { parseMount } from './options/mount.ts';
import { parseNetwork } from './options/network.ts';

const attach = list('Attach to STDIN, STDOUT or STDERR', {
  shorthand: 'a',
  complete: oneOf(['stderr', 'stdin', 'stdout']),
  check: (given) => {
    const stream = given.toLowerCase();
    if (!['stdin', 'stdout', 'stderr'].includes(stream)) throw new Error('valid streams are STDIN, STDOUT and STDERR');
    return stream;
  },
});

const dnsOption = list('Set DNS options');
const network = list('Connect a container to a network', {
  kind: 'network',
  check: parseNetwork,
  complete: networkNames,
});
const networkAlias = list('Add network-scoped alias for the container');

/** Ulimits by name: the last of a name counts. */
const ulimit: Flag<ReadonlyMap<string, Ulimit>> = {
  kind: 'ulimit',
  usage: 'Ulimit options',
  complete: ulimits,
  initial: new Map(),
  shownDefault: '[]',
  add: (values, given) => {
    const parsed = parseUlimit(given);
    return new Map([...values, [parsed.Name, parsed]]);
  },
};

const cgroupnsUsage = `Cgroup namespace to use (host|private)
'host':    Run the container in the Docker host's cgroup namespace
'private': Run the container in its own private cgroup namespace
'':        Use the cgroup namespace as configured by the
           default-cgroupns-mode option on the daemon (default)`;

const windows = { requires: { os: 'windows' } };

export const containerFlags = {
  'add-host': list('Add a custom host-to-IP mapping (host:ip)', { check: checkExtraHost }),
  annotation: map('Add an annotation to the container (passed through to the OCI runtime)', {
    requires: { apiVersion: '1.43' },
  }),
  attach,
  'blkio-weight': uint('Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)', 16),
  'blkio-weight-device': list('Block IO weight (relative device weight)', {
    check: parseWeightDevice,
    shownDefault: '[]',
  }),
  'cap-add': list('Add Linux capabilities', { complete: capabilities }),
  'cap-drop': list('Drop Linux capabilities', { complete: capabilities }),
  'cgroup-parent': text('Optional parent cgroup for the container'),
  cgroupns: text(cgroupnsUsage, { requires: { apiVersion: '1.41' }, complete: oneOf(['host', 'private']) }),
  cidfile: text('Write the container ID to the file'),
  'cpu-count': int('CPU count (Windows only)', windows),
  'cpu-percent': int('CPU percent (Windows only)', windows),
  'cpu-period': int('Limit CPU CFS (Completely Fair Scheduler) period'),
  'cpu-quota': int('Limit CPU CFS (Completely Fair Scheduler) quota'),
  'cpu-rt-period': int('Limit CPU real-time period in microseconds', { requires: { apiVersion: '1.25' } }),
  'cpu-rt-runtime': int('Limit CPU real-time runtime in microseconds', { requires: { apiVersion: '1.25' } }),
  'cpu-shares': int('CPU shares (relative weight)', { shorthand: 'c' }),
  cpus: decimal('Number of CPUs'),
  'cpuset-cpus': text('CPUs in which to allow execution (0-3, 0,1)'),
  'cpuset-mems': text('MEMs in which to allow execution (0-3, 0,1)'),
  device: list('Add a host device to the container'),
  'device-cgroup-rule': list('Add a rule to the cgroup allowed devices list', { check: checkCgroupRule }),
  'device-read-bps': list('Limit read rate (bytes per second) from a device', {
    check: parseBpsDevice,
    shownDefault: '[]',
  }),
  'device-read-iops': list('Limit read rate (IO per second) from a device', {
    check: parseIopsDevice,
    shownDefault: '[]',
  }),
  'device-write-bps': list('Limit write rate (bytes per second) to a device', {
    check: parseBpsDevice,
    shownDefault: '[]',
  }),
  'device-write-iops': list('Limit write rate (IO per second) to a device', {
    check: parseIopsDevice,
    shownDefault: '[]',
  }),
  'disable-content-trust': bool('Skip image verification', { initial: true }),
  dns: list('Set custom DNS servers', { check: checkIp }),
  'dns-opt': alias(dnsOption, 'dns-option'),
  'dns-option': dnsOption,
  'dns-search': list('Set custom DNS search domains', { check: checkDnsSearch }),
  domainname: text('Container NIS domain name'),
  entrypoint: text('Overwrite the default ENTRYPOINT of the image'),
  env: list('Set environment variables', { shorthand: 'e', check: checkEnv, complete: environmentNames }),
  'env-file': list('Read in a file of environment variables', { complete: files }),
  expose: list('Expose a port or a range of ports'),
  gpus: list("GPU devices to add to the container ('all' to pass all GPUs)", {
    kind: 'gpu-request',
    check: parseGpus,
    requires: { apiVersion: '1.40' },
  }),
  'group-add': list('Add additional groups to join'),
  'health-cmd': text('Command to run to check health'),
  'health-interval': duration('Time between running the check (ms|s|m|h) (default 0s)'),
  'health-retries': int('Consecutive failures needed to report unhealthy'),
  'health-start-interval': duration('Time between running the check during the start period (ms|s|m|h) (default 0s)', {
    requires: { apiVersion: '1.44' },
  }),
  'health-start-period': duration(
    'Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)',
    { requires: { apiVersion: '1.29' } },
  ),
  'health-timeout': duration('Maximum time to allow one check to run (ms|s|m|h) (default 0s)'),
  help: bool('Print usage'),
  hostname: text('Container host name', { shorthand: 'h' }),
  init: bool('Run an init inside the container that forwards signals and reaps processes'),
  interactive: bool('Keep STDIN open even if not attached', { shorthand: 'i' }),
  'io-maxbandwidth': bytes('Maximum IO bandwidth limit for the system drive (Windows only)', windows),
  'io-maxiops': uint('Maximum IOps limit for the system drive (Windows only)', 64, windows),
  ip: text('IPv4 address (e.g., 172.30.100.104)'),
  ip6: text('IPv6 address (e.g., 2001:db8::33)'),
  ipc: text('IPC mode to use', { complete: ipcModes }),
  isolation: text('Container isolation technology'),
  'kernel-memory': bytes('Kernel memory limit'),
  label: list('Set meta data on a container', { shorthand: 'l', check: checkLabel }),
  'label-file': list('Read in a line delimited file of labels'),
  link: list('Add link to another container', { check: checkLink, complete: links }),
  'link-local-ip': list('Container IPv4/IPv6 link-local addresses'),
  'log-driver': text('Logging driver for the container', { complete: logDrivers }),
  'log-opt': list('Log driver options', { complete: logOptionNames }),
  'mac-address': text('Container MAC address (e.g., 92:d0:c6:0a:29:33)'),
  memory: bytes('Memory limit', { shorthand: 'm' }),
  'memory-reservation': bytes('Memory soft limit'),
  'memory-swap': {
    ...bytes("Swap limit equal to memory plus swap: '-1' to enable unlimited swap"),
    add: (_value: number, given: string) => (given === '-1' ? -1 : ramInBytes(given)),
  },
  'memory-swappiness': int('Tune container memory swappiness (0 to 100)', { initial: -1 }),
  mount: list('Attach a filesystem mount to the container', { kind: 'mount', check: parseMount }),
  name: text('Assign a name to the container'),
  net: alias(network, 'network'),
  'net-alias': alias(networkAlias, 'network-alias'),
  network,
  'network-alias': networkAlias,
  'no-healthcheck': bool('Disable any container-specified HEALTHCHECK'),
  'oom-kill-disable': bool('Disable OOM Killer'),
  'oom-score-adj': int("Tune host's OOM preferences (-1000 to 1000)"),
  pid: text('PID namespace to use', { complete: pidModes }),
  'pids-limit': int('Tune container pids limit (set -1 for unlimited)'),
  platform: text('Set platform if server is multi-platform capable', {
    variable: 'DOCKER_DEFAULT_PLATFORM',
    requires: { apiVersion: '1.32' },
    complete: platformNames,
  }),
  privileged: bool('Give extended privileges to this container'),
  publish: list("Publish a container's port(s) to the host", { shorthand: 'p' }),
  'publish-all': bool('Publish all exposed ports to random ports', { shorthand: 'P' }),
  pull: text('Pull image before creating ("always", "|missing", "never")', {
    initial: 'missing',
    complete: pullPolicies,
  }),
  quiet: bool('Suppress the pull output', { shorthand: 'q' }),
  'read-only': bool("Mount the container's root filesystem as read only"),
  restart: text('Restart policy to apply when a container exits', { initial: 'no', complete: restartPolicies }),
  rm: bool('Automatically remove the container and its associated anonymous volumes when it exits'),
  runtime: text('Runtime to use for this container'),
  'security-opt': list('Security Options', { complete: securityOptions }),
  'shm-size': bytes('Size of /dev/shm'),
  'stop-signal': text('Signal to stop the container', { complete: signals }),
  'stop-timeout': int('Timeout (in seconds) to stop a container', { requires: { apiVersion: '1.25' } }),
  'storage-opt': list('Storage driver options for the container', { complete: storageOptions }),
  sysctl: map('Sysctl options', { check: checkSysctl }),
  tmpfs: list('Mount a tmpfs directory'),
  tty: bool('Allocate a pseudo-TTY', { shorthand: 't' }),
  ulimit,
  'use-api-socket': bool('Bind mount Docker API socket and required auth'),
  user: text('Username or UID (format: <name|uid>[:<group|gid>])', { shorthand: 'u' }),
  userns: text('User namespace to use', { complete: oneOf(['host']) }),
  uts: text('UTS namespace to use', { complete: oneOf(['host']) }),
  volume: list('Bind mount a volume', { shorthand: 'v' }),
  'volume-driver': text('Optional volume driver for the container', { complete: volumeDrivers }),
  'volumes-from': list('Mount volumes from the specified container(s)', { complete: allContainers() }),
  workdir: text('Working directory inside the container', { shorthand: 'w' }),
};

export type ContainerFlags = typeof containerFlags;
export type ContainerValues = FlagValues<ContainerFlags>;

/** `--pull`. */
export function checkPull(value: string): void {
  if (['always', 'missing', 'never', ''].includes(value)) return;
  throw new Error(
    `invalid pull option: '${value}': must be one of ${goQuote('always')}, ${goQuote('missing')} or ${goQuote('never')}`,
  );
}
