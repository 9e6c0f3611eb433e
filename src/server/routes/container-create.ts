/** `POST /containers/create`: decoding, and what Docker changes in a request before its engine sees it. */
import { DockerError } from '../../api/error.ts';
import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import type { EndpointSettings, NetworkingConfig } from '../../api/network.ts';
import { apiAtLeast, type ApiContext } from '../context.ts';
import { checkForJson, readJson } from '../json-body.ts';
import * as query from '../query.ts';
import { json } from '../replies.ts';
import { createRequest, endpointSettings } from '../schemas/container.ts';
import type { ContainerBackend } from '../../api/backend/container.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

export async function createContainer(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  checkForJson(c);
  const request = await readJson(c, createRequest, { required: true });
  // Docker looks for any field of the configuration; one that sets nothing comes to the same.
  if (!request || JSON.stringify(configOf(request)) === JSON.stringify(configOf(createRequest.parse({})))) {
    throw invalid('config cannot be empty in order to create a container');
  }
  const { HostConfig: hostConfig, NetworkingConfig: networkingConfig, ...config } = request;
  useDefaultNetwork(hostConfig, networkingConfig);
  adaptToVersion(c, { config, hostConfig, networkingConfig });
  if (apiAtLeast(c, '1.42')) checkMounts(hostConfig);
  const warnings = [
    ...volumeDriverWarnings(c, hostConfig),
    ...(apiAtLeast(c, '1.44')
      ? moveMacAddress(config, hostConfig, networkingConfig)
      : useContainerMacAddress(config, hostConfig, networkingConfig)),
  ];
  if (hostConfig.PidsLimit !== null && hostConfig.PidsLimit <= 0) hostConfig.PidsLimit = null;

  const created = await backend.create({
    name: query.text(c, 'name'),
    config,
    hostConfig,
    networkingConfig,
    platform: apiAtLeast(c, '1.41') ? query.optionalText(c, 'platform') : undefined,
  });
  return json(c, { ...created, Warnings: [...created.Warnings, ...warnings] }, 201);
}

function configOf({ HostConfig: _host, NetworkingConfig: _network, ...config }: CreateRequest): ContainerConfig {
  return config;
}

type CreateRequest = ContainerConfig & { HostConfig: HostConfig; NetworkingConfig: NetworkingConfig };

/** `default` is how a client says "the platform's own" network, which is `bridge` here. */
function useDefaultNetwork(hostConfig: HostConfig, { EndpointsConfig: endpoints }: NetworkingConfig): void {
  if (hostConfig.NetworkMode !== '' && hostConfig.NetworkMode !== 'default') return;
  hostConfig.NetworkMode = 'bridge';
  if (endpoints.default !== undefined) {
    endpoints.bridge = endpoints.default;
    delete endpoints.default;
  }
}

interface Decoded {
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly networkingConfig: NetworkingConfig;
}

/** What a version of the API did not have yet is taken away from its clients' requests, or refused; and its defaults. */
function adaptToVersion(c: ApiContext, { config, hostConfig, networkingConfig }: Decoded): void {
  const endpoints = networkingConfig.EndpointsConfig;
  const mounts = hostConfig.Mounts ?? [];
  // With API 1.24 the client removed the container itself.
  if (!apiAtLeast(c, '1.25')) hostConfig.AutoRemove = false;
  if (!apiAtLeast(c, '1.40')) {
    hostConfig.IpcMode ||= 'shareable';
    for (const { BindOptions: options } of mounts) delete options?.NonRecursive;
  }
  if (!apiAtLeast(c, '1.42')) {
    hostConfig.ConsoleSize = [0, 0];
    for (const mount of mounts) {
      delete mount.BindOptions?.CreateMountpoint;
      if (mount.Type !== 'volume') delete mount.VolumeOptions;
      if (mount.Type !== 'tmpfs') delete mount.TmpfsOptions;
    }
  }
  if (!apiAtLeast(c, '1.43')) delete hostConfig.Annotations;
  if (!apiAtLeast(c, '1.44')) {
    delete config.Healthcheck?.StartInterval;
    if (mounts.some((mount) => mount.Type === 'bind' && mount.BindOptions?.ReadOnlyForceRecursive)) {
      throw invalid('BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer');
    }
    const names = Object.keys(endpoints);
    if (names.length > 1) {
      throw invalid(`Container cannot be created with multiple network endpoints: ${names.join(', ')}`);
    }
  }
  if (!apiAtLeast(c, '1.45') && mounts.some((mount) => mount.VolumeOptions?.Subpath)) {
    throw invalid('VolumeOptions.Subpath needs API v1.45 or newer');
  }
  if (!apiAtLeast(c, '1.48')) {
    for (const endpoint of Object.values(endpoints)) endpoint.GwPriority = 0;
    if (mounts.some((mount) => mount.Type === 'image')) throw invalid('Mount type "Image" needs API v1.48 or newer');
  }
}

function volumeDriverWarnings(c: ApiContext, { VolumeDriver: driver, Mounts: mounts }: HostConfig): string[] {
  const ignored = mounts?.some((mount) => mount.Type === 'volume' && !mount.VolumeOptions?.DriverConfig?.Name);
  if (driver === '' || !ignored || !apiAtLeast(c, '1.48')) return [];
  return [
    "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead",
  ];
}

function checkMounts(hostConfig: HostConfig): void {
  for (const mount of hostConfig.Mounts ?? []) {
    const foreign =
      (mount.VolumeOptions && mount.Type !== 'volume' && 'VolumeOptions') ||
      (mount.BindOptions && mount.Type !== 'bind' && 'BindOptions') ||
      (mount.TmpfsOptions && mount.Type !== 'tmpfs' && 'TmpfsOptions');
    if (foreign) throw invalid(`${foreign} must not be specified on mount type ${JSON.stringify(mount.Type ?? '')}`);
  }
}

const hasOwnEndpoint = (network: string): boolean =>
  network !== 'host' && network !== 'none' && !network.startsWith('container:');

/** Before API 1.44 the container-wide MAC address was the only one. Returns the warnings to give. */
function useContainerMacAddress(
  config: ContainerConfig,
  { NetworkMode: network }: HostConfig,
  { EndpointsConfig: endpoints }: NetworkingConfig,
): string[] {
  const address = config.MacAddress;
  if (!address) {
    for (const endpoint of Object.values(endpoints)) endpoint.MacAddress = '';
    return [];
  }
  if (!hasOwnEndpoint(network)) {
    throw invalid('conflicting options: mac-address and the network mode');
  }
  const endpoint = Object.values(endpoints)[0] ?? mainEndpoint(network, endpoints);
  endpoint.MacAddress = address;
  return [];
}

/** The container-wide MAC address is deprecated: it belongs to the endpoint. Returns the warnings to give. */
function moveMacAddress(
  config: ContainerConfig,
  hostConfig: HostConfig,
  { EndpointsConfig: endpoints }: NetworkingConfig,
): string[] {
  const address = config.MacAddress;
  delete config.MacAddress;
  if (!address) return [];
  const network = hostConfig.NetworkMode;
  if (hasOwnEndpoint(network)) {
    const endpoint = mainEndpoint(network, endpoints);
    if (endpoint.MacAddress !== '' && endpoint.MacAddress !== address) {
      throw invalid(
        'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
      );
    }
    endpoint.MacAddress = address;
  }
  return ['The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.'];
}

function mainEndpoint(network: string, endpoints: Record<string, EndpointSettings>): EndpointSettings {
  if (Object.keys(endpoints).length === 0) endpoints[network] = endpointSettings.parse({});
  const endpoint = endpoints[network];
  if (endpoint === undefined) {
    throw invalid(
      'unable to migrate container-wide MAC address to a specific network: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks',
    );
  }
  return endpoint;
}
