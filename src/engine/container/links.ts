// `--link` on the default bridge: the linked container's addresses in /etc/hosts and its ports and environment in
// variables (moby's daemon/links).

import type { HostConfig } from '../../api/container-config.ts';
import { DockerError, errorKind } from '../../api/error.ts';
import { open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import type { EngineContext } from '../context.ts';
import { parsePortKey } from '../network/port-requests.ts';
import { containerDirectory } from '../runtime/paths.ts';
import type { Container, ContainerStore } from './container.ts';
import { cleanPath } from './mounts.ts';

const largestHosts = 64 * 1024;

/** Another container under a name of this one's own. It stays when that container is removed. */
export interface Link {
  /** Without a slash before it. */
  readonly alias: string;
  readonly child: Container;
}

/** `container[:alias]` of a create request; of two with the same alias the first holds. Throws the daemon's errors. */
export function resolveLinks(
  { Links: links }: Pick<HostConfig, 'Links'>,
  containers: Pick<ContainerStore, 'get'>,
): Link[] {
  const resolved = (links ?? []).map((text) => {
    const [name = '', alias = name] = text.split(':');
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
    return { alias: cleanPath(alias).slice(1), child };
  });
  return resolved.filter(({ alias }, at) => resolved.findIndex((other) => other.alias === alias) === at);
}

/** The name of a link among those of containers: `/parent/alias`. */
export const linkName = (parent: Container, { alias }: Link): string => `/${parent.name}/${alias}`;

/** `rm --link /parent/alias`: takes a link away, and its line out of the parent's hosts. */
export async function removeLink(context: EngineContext, child: Container, reference: string): Promise<void> {
  const name = cleanPath(reference);
  const found = context.containers.links().find((each) => linkName(each.parent, each.link) === name);
  if (!found) throw new DockerError('system', 'Conflict, cannot remove the default link name of the container');
  const { parent, link } = found;
  parent.links = parent.links.filter((each) => each !== link);
  const address = child.endpoint?.address;
  if (address === undefined) return;
  // Either may have been renamed since the line was written.
  const start = `${address}\t${baseName(link)} `;
  await editHosts(context, parent, (hosts) =>
    hosts
      .split('\n')
      .filter((line) => !line.startsWith(start))
      .join('\n'),
  );
}

/** Tells the running containers that are linked to `child` of its address, which it got just now. */
export async function updateLinkedHosts(context: EngineContext, child: Container): Promise<void> {
  const address = child.endpoint?.address;
  if (address === undefined) return;
  for (const { parent, link } of context.containers.links()) {
    if (link.child !== child || parent === child) continue;
    await editHosts(context, parent, (hosts) =>
      hosts.replace(/^[^\t\n]*\t([^\s.]+)/gm, (line, name: string) =>
        name === baseName(link) ? `${address}\t${name}` : line,
      ),
    );
  }
}

/** The file is bound into the container, so it keeps its place. */
async function editHosts(context: EngineContext, parent: Container, edit: (hosts: string) => string): Promise<void> {
  if (!parent.endpoint) return;
  const { channel } = context.machine;
  const path = `${containerDirectory(parent.id)}/hosts`;
  const read = new ProgramBuilder(`read the hosts of container ${parent.shortId}`);
  const file = read.readFile(path, largestHosts);
  const hosts = decodeUtf8((await channel.run(read.build())).output(file));
  const write = new ProgramBuilder(`write the hosts of container ${parent.shortId}`);
  write.writeFile(path, edit(hosts), open.O_WRONLY | open.O_TRUNC, 0);
  await channel.run(write.build());
}

/** What a link is called in /etc/hosts and in variables. */
const baseName = ({ alias }: Link): string => alias.split('/').at(-1)!;

function hostNames(link: Link): string {
  const { child } = link;
  const name = baseName(link);
  return [name, child.config.Hostname, ...(name === child.name ? [] : [child.name])].join(' ');
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

/** What a start writes into /etc/hosts. Throws for a link to a container that does not run. */
export const linkedHosts = (container: Container): (readonly [names: string, address: string])[] =>
  connectedLinks(container).map(({ link, address }) => [hostNames(link), address]);

/** The variables of a process in a container: what links say, unless `own` says something else. Throws as above. */
export function withLinks(container: Container, own: readonly string[]): string[] {
  const nameOf = (entry: string): string => entry.split('=', 1)[0]!;
  const given = new Set(own.map(nameOf));
  const linked = connectedLinks(container).flatMap(({ link, address }) =>
    linkVariables(baseName(link), linkName(container, link), address, link.child),
  );
  return [...linked.filter((entry) => !given.has(nameOf(entry))), ...own];
}

/** Links count on the default bridge. */
function connectedLinks(container: Container): { readonly link: Link; readonly address: string }[] {
  return (container.endpoint ? container.links : []).map((link) => {
    const { child } = link;
    if (!child.running) {
      const message = `Cannot link to a non running container: /${child.name} AS ${linkName(container, link)}`;
      throw new DockerError('system', message);
    }
    if (!child.endpoint) {
      throw new DockerError('system', `container ${child.id} not attached to default bridge network`);
    }
    return { link, address: child.endpoint.address };
  });
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
