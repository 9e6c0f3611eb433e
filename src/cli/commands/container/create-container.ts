/** Creating a container the way `run` and `create` do: pull what is missing, warn, write the ID down. */
import {
  familiarString,
  repositoryName,
  isImageId,
  parseReference,
  withDefaultTag,
  type Reference,
} from '../../../lib/reference.ts';
import { isNotFound } from '../../../client/errors.ts';
import { isOlder } from '../../../client/transport.ts';
import { encodeUtf8 } from '../../../lib/bytes.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { contextEndpoint } from '../context/default-context.ts';
import { absolutePath, fileErrorText } from '../../host-file.ts';
import { RegistryCredentials, credentialKey } from '../../registry-credentials.ts';
import { proxyVariables } from '../../settings.ts';
import { displayProgress } from '../../stream/progress-display.ts';
import type { ContainerValues } from './container-flags.ts';
import type { CreateRequest } from './create-request.ts';
import { parseIp } from './options/address.ts';
import { formatPlatform, parsePlatform } from '../../../lib/platform.ts';

/** Returns the new container's ID. */
export async function createContainer(cli: DockerCli, request: CreateRequest, flags: ContainerValues): Promise<string> {
  const { config, hostConfig, networkingConfig } = request;
  const idFile = flags.cidfile;
  if (idFile !== '') await reserveIdFile(cli, idFile);
  let created: string | undefined;
  try {
    const image = isImageId(config.Image) ? undefined : withDefaultTag(parseReference(config.Image));
    if (!flags['disable-content-trust']) {
      throw new Error('--disable-content-trust=false: Drydock has no Notary client to verify images with');
    }
    if (flags['use-api-socket']) mountApiSocket(cli, request);
    const platform = flags.platform === '' ? '' : checkedPlatform(flags.platform);
    if (flags.pull === 'always') await pull(cli, image ?? parseReference(config.Image), flags);

    const size = cli.io.terminalSize();
    if (cli.io.stdout.isTty && size !== undefined) hostConfig.ConsoleSize = [size.rows, size.columns];
    const legacyMac = await needsLegacyMac(cli);
    const proxies = proxyVariables(await cli.settings(), contextEndpoint(cli), config.Env ?? []);
    const body = {
      ...config,
      ...(proxies.length > 0 && { Env: [...(config.Env ?? []), ...proxies] }),
      ...(legacyMac && flags['mac-address'] !== '' && { MacAddress: flags['mac-address'] }),
      HostConfig: hostConfig,
      NetworkingConfig: networkingConfig,
    };
    const create = () => cli.client.containers.create(body, { name: flags.name, platform });
    const response = await create().catch(async (error: unknown) => {
      if (!isNotFound(error) || image === undefined || flags.pull !== 'missing') throw error;
      if (!flags.quiet) await cli.printError(`Unable to find image '${familiarString(image)}' locally\n`);
      await pull(cli, image, flags);
      return create();
    });
    const warnings = [...(response.Warnings ?? []), ...loopbackWarnings(hostConfig.Dns ?? [])];
    for (const warning of warnings) await cli.printError(`WARNING: ${warning}\n`);
    if (idFile !== '') await cli.io.files.write(absolutePath(cli.io.cwd, idFile), encodeUtf8(response.Id));
    created = response.Id;
    return created;
  } finally {
    if (idFile !== '' && created === undefined)
      await cli.io.files.remove(absolutePath(cli.io.cwd, idFile)).catch(() => {});
  }
}

async function reserveIdFile(cli: DockerCli, path: string): Promise<void> {
  const absolute = absolutePath(cli.io.cwd, path);
  if (await cli.io.files.exists(absolute)) {
    throw new Error(`container ID file found, make sure the other container isn't running or delete ${path}`);
  }
  try {
    await cli.io.files.write(absolute, new Uint8Array());
  } catch (error) {
    throw new Error(`failed to create the container ID file: open ${path}: ${fileErrorText(error)}`);
  }
}

function checkedPlatform(text: string): string {
  try {
    return formatPlatform(parsePlatform(text));
  } catch (error) {
    throw new Error(`error parsing specified platform: ${(error as Error).message}`);
  }
}

async function pull(cli: DockerCli, image: Reference, flags: ContainerValues): Promise<void> {
  const progress = await cli.client.images.pull(
    {
      fromImage: repositoryName(image),
      tag: image.digest ?? withDefaultTag(image).tag,
      platform: flags.platform,
      auth: await new RegistryCredentials(cli).get(credentialKey(image.domain)),
    },
    cli.signal,
  );
  const output = flags.quiet ? { isTty: false, write: async () => {} } : cli.io.stderr;
  await displayProgress(progress, output, { columns: cli.io.terminalSize()?.columns });
}

/** Engines before API 1.44 take a MAC address from the container, later ones from its endpoint. */
const needsLegacyMac = async (cli: DockerCli): Promise<boolean> => isOlder(await cli.client.apiVersion(), '1.44');

function mountApiSocket(cli: DockerCli, { hostConfig }: CreateRequest): void {
  const host = cli.io.host ?? 'unix:///var/run/docker.sock';
  if (!host.startsWith('unix://')) {
    throw new Error(`flag --use-api-socket can only be used with unix sockets: docker endpoint ${host} incompatible`);
  }
  const mount = {
    Type: 'bind' as const,
    Source: host.slice('unix://'.length),
    Target: '/var/run/docker.sock',
    BindOptions: {},
  };
  hostConfig.Mounts = [...(hostConfig.Mounts ?? []), mount];
}

const loopbackWarnings = (servers: readonly string[]): string[] =>
  servers
    .filter((server) => parseIp(server)?.startsWith('127.') || parseIp(server) === '::1')
    .slice(0, 1)
    .map((server) => `Localhost DNS (${server}) may fail in containers.`);
