// `--link` on the default bridge: the linked container's addresses in /etc/hosts and its ports and environment in
// variables (moby's daemon/links).

import type { HostConfig } from '../../api/container-config.ts';
import { DockerError, errorKind } from '../../api/error.ts';
import { parsePortKey } from '../network/port-requests.ts';
import type { Container, ContainerStore } from './container.ts';

/** Another container under a name of this one's own. */
interface Link {
  readonly alias: string;
  readonly child: Container;
}

/** `container[:alias]` of a create request. Throws the daemon's errors. */
export function resolveLinks(
  { Links: links }: Pick<HostConfig, 'Links'>,
  containers: Pick<ContainerStore, 'get'>,
): Link[] {
  return (links ?? []).map((text) => {
    const [name = '', alias = name.replace(/^\//, '')] = text.split(':');
    let child = getContainer(containers, name);
    while (child.hostConfig.NetworkMode.startsWith('container:')) {
      child = getContainer(containers, child.hostConfig.NetworkMode.slice('container:'.length));
    }
    if (child.hostConfig.NetworkMode === 'host') {
      throw new DockerError(
        'invalid-parameter',
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
      );
    }
    return { alias, child };
  });
}

/** No such container is a fault of the request: a client would take "not found" for the image's. */
function getContainer(containers: Pick<ContainerStore, 'get'>, name: string): Container {
  try {
    return containers.get(name);
  } catch (cause) {
    const kind = errorKind(cause) === 'not-found' ? 'invalid-parameter' : errorKind(cause);
    throw new DockerError(kind, `could not get container for ${name}: ${(cause as Error).message}`, { cause });
  }
}

/** What a start gives a container that is connected to the default bridge. Throws for a link to one that does not run. */
export function linkedContainers(
  container: Container,
  containers: Pick<ContainerStore, 'get'>,
): { environment: string[]; hosts: (readonly [names: string, address: string])[] } {
  const environment: string[] = [];
  const hosts: (readonly [string, string])[] = [];
  for (const { alias, child } of container.endpoint ? resolveLinks(container.hostConfig, containers) : []) {
    const path = `/${container.name}/${alias}`;
    if (!child.running) {
      throw new DockerError('system', `Cannot link to a non running container: /${child.name} AS ${path}`);
    }
    if (!child.endpoint) {
      throw new DockerError('system', `container ${child.id} not attached to default bridge network`);
    }
    const { address } = child.endpoint;
    const name = alias.split('/').at(-1)!;
    hosts.push([[name, child.config.Hostname, ...(name === child.name ? [] : [child.name])].join(' '), address]);
    environment.push(...linkVariables(name, path, address, child));
  }
  return { environment, hosts };
}

function linkVariables(alias: string, path: string, address: string, { config }: Container): string[] {
  const prefix = alias.toUpperCase().replaceAll('-', '_');
  const ports = Object.keys(config.ExposedPorts ?? {})
    .map(parsePortKey)
    .sort((a, b) => rank(a.protocol) - rank(b.protocol) || a.port - b.port);
  const url = ({ protocol, port }: (typeof ports)[number]): string => `${protocol}://${address}:${port}`;
  const named = ({ protocol, port }: (typeof ports)[number]): string =>
    `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
  const variables: string[] = ports.length > 0 ? [`${prefix}_PORT=${url(ports[0]!)}`] : [];
  let first = ports[0];
  ports.forEach((port, index) => {
    const name = named(port);
    variables.push(
      `${name}=${url(port)}`,
      `${name}_ADDR=${address}`,
      `${name}_PORT=${port.port}`,
      `${name}_PROTO=${port.protocol}`,
    );
    const next = ports[index + 1];
    if (next && next.protocol === port.protocol && next.port === port.port + 1) return;
    // Ports that follow each other are told as a range too.
    if (first && first !== port) {
      variables.push(
        `${named(first)}_START=${url(first)}`,
        `${named(first)}_PORT_START=${first.port}`,
        `${named(first)}_END=${url(port)}`,
        `${named(first)}_PORT_END=${port.port}`,
      );
    }
    first = next;
  });
  const own = (config.Env ?? []).filter((entry) => entry.includes('=') && !/^(HOME|PATH)=/.test(entry));
  return [...variables, `${prefix}_NAME=${path}`, ...own.map((entry) => `${prefix}_ENV_${entry}`)];
}

/** TCP comes first, the others by name. */
const rank = (protocol: string): number => ['tcp', 'sctp', 'udp'].indexOf(protocol);
