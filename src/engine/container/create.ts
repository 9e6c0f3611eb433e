// Turns a create request and an image into a container's record: Docker's merging rules, defaults and checks. Nothing
// happens in the guest here.

import type { ContainerCreateOptions } from '../../api/backend/container.ts';
import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import type { NetworkingConfig } from '../../api/network.ts';
import { randomHex } from '../../lib/hex.ts';
import { nowNanoseconds } from '../../lib/timestamp.ts';
import { validatePortBindings } from '../network/port-requests.ts';
import { validateLogConfig } from '../logs/log-options.ts';
import { maskedPaths, readonlyPaths } from '../security/paths.ts';
import { Container, type ContainerImage, type ContainerStore } from './container.ts';
import { mergeHealthcheck, validateHealthcheck } from './health.ts';
import { resolveLinks } from './links.ts';
import { cleanPath } from './mounts.ts';
import { generateName } from './names.ts';
import { parseMounts } from './parse-mounts.ts';
import { validateRestartPolicy } from './restart-policy.ts';
import { validateResources } from './validate.ts';

/** The part of an image's configuration that containers inherit. */
export type ImageDefaults = Partial<
  Pick<
    ContainerConfig,
    | 'User'
    | 'ExposedPorts'
    | 'Env'
    | 'Cmd'
    | 'Entrypoint'
    | 'Volumes'
    | 'WorkingDir'
    | 'Labels'
    | 'StopSignal'
    | 'Healthcheck'
    | 'Shell'
    | 'OnBuild'
  >
>;

const validName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Checks a name as `docker run --name` and `docker rename` have it. */
/** `shown` is what an error calls it. */
export function checkName(name: string, shown = name): void {
  if (!validName.test(name)) {
    throw new DockerError(
      'invalid-parameter',
      `Invalid container name (${shown}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
}

export function createContainer(
  options: ContainerCreateOptions,
  image: ContainerImage,
  defaults: ImageDefaults,
  containers: Pick<ContainerStore, 'get' | 'hasName'>,
  mountedImages: ReadonlyMap<string, Pick<ContainerImage, 'layers'>>,
): { container: Container; warnings: string[] } {
  const { config, hostConfig } = options;
  const id = randomHex();
  if (options.name !== '') checkName(options.name);

  validateHealthcheck(config.Healthcheck);
  mergeImage(config, defaults);
  const [path, ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (path === undefined) throw new DockerError('invalid-parameter', 'no command specified');
  if (config.WorkingDir !== '' && !config.WorkingDir.startsWith('/')) {
    throw new DockerError(
      'invalid-parameter',
      `the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`,
    );
  }
  if (config.WorkingDir !== '') config.WorkingDir = cleanPath(config.WorkingDir);
  checkEnvironment(config.Env ?? []);

  validateRestartPolicy(hostConfig.RestartPolicy);
  completeHostConfig(hostConfig);
  applyEndpoint(config, hostConfig, options.networkingConfig);
  const warnings = validateResources(hostConfig);
  validateLogConfig(hostConfig.LogConfig);
  validatePortBindings(hostConfig.PortBindings);
  const links = resolveLinks(hostConfig, containers);
  if (hostConfig.NetworkMode === 'host' && Object.keys(hostConfig.PortBindings ?? {}).length > 0) {
    warnings.push('Published ports are discarded when using host network mode');
  }
  validateLogConfig(hostConfig.LogConfig);
  config.Hostname ||= id.slice(0, 12);

  const container = new Container({
    id,
    name: options.name === '' ? generateName((name) => containers.hasName(name)) : options.name,
    created: nowNanoseconds(),
    config,
    hostConfig,
    image,
    path,
    args,
    mounts: parseMounts(hostConfig, config.Volumes, (reference) => containers.get(reference), mountedImages),
    links,
    mountId: randomHex(),
  });
  const [height, width] = hostConfig.ConsoleSize;
  if (height > 0 && width > 0) container.terminalSize = [height, width];
  return { container, warnings };
}

/** Docker's rules: what the user says wins; a user's entrypoint also drops the image's command. */
export function mergeImage(config: ContainerConfig, image: ImageDefaults): void {
  config.User ||= image.User ?? '';
  config.WorkingDir ||= image.WorkingDir ?? '';
  config.StopSignal ||= image.StopSignal;
  if (!config.Entrypoint?.length) {
    // An empty list (not null) is `--entrypoint ""`: it clears the image's entrypoint and command.
    if (config.Entrypoint === null || config.Entrypoint === undefined) {
      if (!config.Cmd?.length) config.Cmd = image.Cmd ?? null;
      config.Entrypoint = image.Entrypoint ?? null;
    }
  } else if (config.Entrypoint.length === 1 && config.Entrypoint[0] === '') {
    config.Entrypoint = null;
  }
  const given = new Set((config.Env ?? []).map((entry) => entry.split('=', 1)[0]));
  const inherited = (image.Env ?? []).filter((entry) => !given.has(entry.split('=', 1)[0]));
  config.Env = [...(config.Env ?? []), ...inherited];
  config.Labels = { ...image.Labels, ...config.Labels };
  if (image.ExposedPorts) config.ExposedPorts = { ...image.ExposedPorts, ...config.ExposedPorts };
  if (image.Volumes) config.Volumes = { ...image.Volumes, ...config.Volumes };
  const healthcheck = mergeHealthcheck(config.Healthcheck, image.Healthcheck);
  if (healthcheck) config.Healthcheck = healthcheck;
}

/** What the client wants of its endpoint on the default bridge: a MAC address it may choose, an IP address it may not. */
function applyEndpoint(
  config: ContainerConfig,
  host: HostConfig,
  { EndpointsConfig: endpoints }: NetworkingConfig,
): void {
  const endpoint = endpoints[host.NetworkMode];
  // Whether another network can do it is seen when the container is connected to it.
  if (endpoint === undefined || !['bridge', 'host', 'none'].includes(host.NetworkMode)) return;
  if (endpoint.IPAMConfig?.IPv4Address || endpoint.IPAMConfig?.IPv6Address) {
    throw new DockerError(
      'invalid-parameter',
      `invalid config for network ${host.NetworkMode}: invalid endpoint settings:\n` +
        '* user specified IP address is supported on user defined networks only\n' +
        '* user specified IP address is supported only when connecting to networks with user configured subnets',
    );
  }
  if (endpoint.MacAddress !== '') config.MacAddress = endpoint.MacAddress;
}

function checkEnvironment(env: readonly string[]): void {
  for (const entry of env) {
    if (entry === '' || entry.startsWith('='))
      throw new DockerError('invalid-parameter', `invalid environment variable: ${entry}`);
  }
}

function completeHostConfig(host: HostConfig): void {
  if (host.NetworkMode === 'default') host.NetworkMode = 'bridge';
  host.IpcMode ||= 'private';
  host.CgroupnsMode ||= 'private';
  host.ShmSize ||= 64 * 1024 * 1024;
  host.Runtime ||= 'runc';
  host.LogConfig.Type ||= 'json-file';
  host.LogConfig.Config ??= {};
  host.RestartPolicy.Name ||= 'no';
  if (host.Privileged) {
    host.MaskedPaths = null;
    host.ReadonlyPaths = null;
  } else {
    host.MaskedPaths ??= [...maskedPaths];
    host.ReadonlyPaths ??= [...readonlyPaths];
  }
}
