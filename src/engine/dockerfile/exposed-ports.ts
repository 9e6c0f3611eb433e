const mostPorts = 0xffff;

/**
 * The container ports of an EXPOSE word, as `80/tcp`: `80`, `80-90/udp`; a host's part in front is checked and dropped
 * (go-connections' nat). Throws an Error in its words.
 */
export function exposedPorts(spec: string): string[] {
  const parts = spec.split(':');
  const [containerPort = '', protocol = ''] = parts.at(-1)!.split('/');
  const hostPort = parts.at(-2) ?? '';
  if (containerPort === '') throw new Error(`no port specified: ${spec}<empty>`);
  const container = portRange(containerPort, 'containerPort');
  const host = hostPort === '' ? undefined : portRange(hostPort, 'hostPort');
  if (host && host.length !== container.length && container.length > 1) {
    throw new Error(`invalid ranges specified for container and host Ports: ${containerPort} and ${hostPort}`);
  }
  const proto = (protocol || 'tcp').toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(proto)) throw new Error(`invalid proto: ${protocol}`);
  return container.map((port) => `${port}/${proto}`);
}

function portRange(text: string, what: string): number[] {
  const [, from, to = from] = /^([0-9]+)(?:-([0-9]+))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === undefined || last > mostPorts || last < first) throw new Error(`invalid ${what}: ${text}`);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
