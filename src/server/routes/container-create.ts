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
  checkMounts(hostConfig);
  const warnings = moveMacAddress(config, hostConfig, networkingConfig);
  // With API 1.24 the client removed the container itself.
  if (!apiAtLeast(c, '1.25')) hostConfig.AutoRemove = false;
  if (hostConfig.PidsLimit !== null && hostConfig.PidsLimit <= 0) hostConfig.PidsLimit = null;

  const created = await backend.create({
    name: query.text(c, 'name'),
    config,
    hostConfig,
    networkingConfig,
    platform: query.optionalText(c, 'platform'),
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

function checkMounts(hostConfig: HostConfig): void {
  for (const mount of hostConfig.Mounts ?? []) {
    const foreign =
      (mount.VolumeOptions && mount.Type !== 'volume' && 'VolumeOptions') ||
      (mount.BindOptions && mount.Type !== 'bind' && 'BindOptions') ||
      (mount.TmpfsOptions && mount.Type !== 'tmpfs' && 'TmpfsOptions');
    if (foreign) throw invalid(`${foreign} must not be specified on mount type ${JSON.stringify(mount.Type ?? '')}`);
  }
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
  if (network !== 'host' && network !== 'none' && !network.startsWith('container:')) {
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
