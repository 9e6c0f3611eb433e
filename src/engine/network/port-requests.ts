// What a container wants published, in the order in which the bridge driver gives it host ports.

import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import type { PortMap } from '../../api/port.ts';
import { DockerError } from '../../api/error.ts';
import { parseIp } from '../../guest/netlink/ip-address.ts';
import { transportProtocols, type TransportProtocol } from '../../guest/netlink/nft-rule.ts';
import type { PortRange } from './port-allocator.ts';

/** A port of the container that wants one host port, the same on all the addresses. */
export interface PortRequest {
  readonly protocol: TransportProtocol;
  readonly containerPort: number;
  /** Of the host; `::` beside `0.0.0.0` when none was asked for. */
  readonly addresses: readonly string[];
  /** Undefined for any port that is free. */
  readonly range: PortRange | undefined;
}

/** One entry of a container's published ports, as inspect and ps show it. */
export interface PublishedPort {
  readonly protocol: TransportProtocol;
  readonly containerPort: number;
  readonly hostIp: string;
  readonly hostPort: number;
}

/** `80/tcp` → port and protocol. Throws for what is neither. */
export function parsePortKey(key: string): { port: number; protocol: TransportProtocol } {
  const [text = '', protocol = 'tcp'] = key.split('/');
  const port = portNumber(text);
  if (port === undefined || !Object.hasOwn(transportProtocols, protocol)) {
    throw new DockerError('invalid-parameter', `invalid port specification: ${JSON.stringify(text)}`);
  }
  return { port, protocol: protocol as TransportProtocol };
}

function portNumber(text: string): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : -1;
  return port >= 0 && port <= 65535 ? port : undefined;
}

/** `8080`, `8000-8010`; empty and 0 mean any. */
function parseHostPort(text: string): PortRange | undefined {
  const [first = '', last = first, ...rest] = text.split('-');
  const range = { first: portNumber(first || '0'), last: portNumber(last || '0') };
  if (range.first === undefined || range.last === undefined || rest.length > 0 || range.last < range.first) {
    throw new DockerError('invalid-parameter', `invalid port specification: ${JSON.stringify(text)}`);
  }
  return range.first === 0 ? undefined : { first: range.first, last: range.last };
}

/** The daemon's check of a create request. */
export function validatePortBindings(bindings: PortMap | null): void {
  for (const [key, list] of Object.entries(bindings ?? {})) {
    parsePortKey(key);
    for (const { HostPort, HostIp } of list ?? []) {
      parseHostPort(HostPort);
      if (HostIp !== '') hostAddress(HostIp);
    }
  }
}

function hostAddress(text: string): string {
  try {
    parseIp(text);
    return text;
  } catch {
    throw new DockerError('invalid-parameter', `invalid IP address: ${text}`);
  }
}

/** Single ports come first, so that none is taken by a range; then by the container's port (moby's cmpPortBinding). */
export function portRequests(
  { ExposedPorts: exposed }: Pick<ContainerConfig, 'ExposedPorts'>,
  { PortBindings: bindings, PublishAllPorts: all }: Pick<HostConfig, 'PortBindings' | 'PublishAllPorts'>,
): PortRequest[] {
  const requests = new Map<string, PortRequest>();
  for (const key of Object.keys(exposed ?? {})) {
    const { port, protocol } = parsePortKey(key);
    const wanted = bindings?.[key] ?? [];
    for (const { HostIp, HostPort } of wanted.length === 0 && all ? [{ HostIp: '', HostPort: '' }] : wanted) {
      const range = parseHostPort(HostPort);
      // Those that differ in the host's address alone get the same port.
      const group = `${key} ${range?.first}-${range?.last}`;
      const addresses = HostIp === '' ? anyAddress(protocol) : [HostIp];
      const known = requests.get(group)?.addresses ?? [];
      requests.set(group, { protocol, containerPort: port, range, addresses: [...new Set([...known, ...addresses])] });
    }
  }
  const isRange = ({ range }: PortRequest): number => (range?.first === range?.last && range ? 0 : 1);
  return [...requests.values()].sort(
    (a, b) =>
      isRange(a) - isRange(b) ||
      a.containerPort - b.containerPort ||
      transportProtocols[a.protocol] - transportProtocols[b.protocol] ||
      (a.range?.first ?? 0) - (b.range?.first ?? 0),
  );
}

/** IPv6 connections are carried by the engine itself (port-proxy.ts), which it does for TCP. */
const anyAddress = (protocol: TransportProtocol): string[] => (protocol === 'tcp' ? ['0.0.0.0', '::'] : ['0.0.0.0']);

/** What is exposed and where it is published, by `port/protocol`. */
export function portMap(exposed: ContainerConfig['ExposedPorts'], published: readonly PublishedPort[]): PortMap {
  const ports: PortMap = Object.fromEntries(Object.keys(exposed ?? {}).map((key) => [key, null]));
  for (const { containerPort, protocol, hostIp, hostPort } of published) {
    (ports[`${containerPort}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort: String(hostPort) });
  }
  // Go's maps are written in the order of their keys.
  return Object.fromEntries(Object.entries(ports).sort(([a], [b]) => (a < b ? -1 : 1)));
}
