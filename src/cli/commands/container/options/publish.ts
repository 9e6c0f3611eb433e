/** `-p ip:hostPort:containerPort/proto` with ranges, and `--expose` (go-connections' nat package). */
import type { PortBinding, PortMap, PortSet } from '../../../../api/port.ts';
import { cut } from '../../../flag/flag.ts';
import { parseInteger } from '../../../../lib/go-parse.ts';
import { parseIp } from './address.ts';

/** What `-p` and `--expose` make of a container's ports. */
export function parsePorts(
  publish: readonly string[],
  expose: readonly string[],
): { exposed: PortSet; bindings: PortMap } {
  const exposed: PortSet = {};
  const bindings: Record<string, PortBinding[]> = {};
  for (const spec of publish.map(shortNotation)) {
    for (const { port, binding } of parsePortSpec(spec)) {
      exposed[port] = {};
      (bindings[port] ??= []).push(binding);
    }
  }
  for (const spec of expose) {
    if (spec.includes(':')) throw new Error(`invalid port format for --expose: ${spec}`);
    const { proto, port } = splitProto(spec);
    for (const number of range(port, (reason) => `invalid range format for --expose: ${spec}, error: ${reason}`)) {
      exposed[`${number}/${proto}`] = {};
    }
  }
  return { exposed, bindings };
}

/** `target=80,published=8080,protocol=tcp` in the short notation. */
function shortNotation(spec: string): string {
  if (!spec.includes('=')) return spec;
  const fields: Record<string, string> = { protocol: 'tcp' };
  for (const field of spec.split(',')) {
    const [key, value] = cut(field, '=');
    if (value === undefined || key === '') {
      throw new Error(`invalid publish opts format (should be name=value but got '${field}')`);
    }
    fields[key] = value;
  }
  return `${fields['published'] ?? ''}:${fields['target'] ?? ''}/${fields['protocol']}`;
}

/** One published port, or all of a range. Throws nat's errors. */
export function parsePortSpec(spec: string): { port: string; binding: PortBinding }[] {
  const parts = spec.split(':');
  const { proto, port: containerPort } = splitProto(parts.at(-1)!);
  const hostPort = parts.length > 1 ? parts.at(-2)! : '';
  const ip = hostIp(parts.slice(0, -2).join(':'));
  if (containerPort === '') throw new Error(`no port specified: ${spec}<empty>`);
  const container = range(containerPort, () => `invalid containerPort: ${containerPort}`);
  const host = hostPort === '' ? [] : range(hostPort, () => `invalid hostPort: ${hostPort}`);
  if (hostPort !== '' && host.length !== container.length && container.length > 1) {
    throw new Error(`invalid ranges specified for container and host Ports: ${containerPort} and ${hostPort}`);
  }
  const protocol = proto.toLowerCase();
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw new Error(`invalid proto: ${proto}`);
  return container.map((number, at) => {
    // A range of host ports for one container port: the engine picks a free one.
    const isChoice = container.length === 1 && host.length > 1;
    const chosen = host.length === 0 ? '' : isChoice ? `${host[0]}-${host.at(-1)}` : String(host[at]);
    return { port: `${number}/${protocol}`, binding: { HostIp: ip, HostPort: chosen } };
  });
}

function hostIp(text: string): string {
  const ip = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (ip !== '' && parseIp(ip) === undefined) throw new Error(`invalid IP address: ${ip}`);
  return ip;
}

function splitProto(text: string): { proto: string; port: string } {
  const [port = '', proto = ''] = text.split('/');
  return port === '' ? { proto: '', port: '' } : { proto: proto === '' ? 'tcp' : proto, port };
}

/** All ports of `80` or `8000-8010`. */
function range(text: string, message: (reason: string) => string): number[] {
  try {
    if (text === '') throw new Error('empty string specified for ports');
    const [from, to] = text
      .split('-')
      .slice(0, 2)
      .map((part) => parseInteger(part, false, { bits: 16 }));
    if (to !== undefined && to < from!) throw new Error(`invalid range specified for port: ${text}`);
    return Array.from({ length: (to ?? from!) - from! + 1 }, (_, at) => from! + at);
  } catch (error) {
    throw new Error(message((error as Error).message));
  }
}
