// The three files Docker keeps for a container on the host and binds into it.

import { open } from '../../guest/linux.ts';
import type { OpRef, ProgramBuilder } from '../../guest/program-builder.ts';
import type { ProgramResult } from '../../guest/results.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import type { EngineContext } from '../context.ts';
import { containerDirectory } from '../runtime/paths.ts';
import type { Container } from './container.ts';
import { resolvConf } from './resolv-conf.ts';

const largestFile = 64 * 1024;

type Hosts = readonly (readonly [name: string, address: string])[];

/** What is bound where. */
export const hostFileMounts = ({ hostFilesOf: owner }: Container): (readonly [source: string, target: string])[] =>
  ['hostname', 'hosts', 'resolv.conf'].map((name) => [`${containerDirectory(owner)}/${name}`, `/etc/${name}`]);

/** The host's own files as they are at a start: a user may have written them. */
export function readHostFiles(p: ProgramBuilder): (result: ProgramResult) => { hosts: string; resolvConf: string } {
  const hosts = p.try.readFile('/etc/hosts', largestFile);
  const resolv = p.try.readFile('/etc/resolv.conf', largestFile);
  return (result) => {
    const text = (file: OpRef): string => (result.value(file) < 0 ? '' : decodeUtf8(result.output(file)));
    return { hosts: text(hosts), resolvConf: text(resolv) };
  };
}

/** Writes the files of a container that has its own. */
export function writeHostFiles(
  p: ProgramBuilder,
  { host: { hostname: hostsName }, bridge }: EngineContext,
  container: Container,
  host: { readonly hosts: string; readonly resolvConf: string },
  linked: Hosts,
): void {
  const { id, config, hostConfig, endpoint } = container;
  if (container.hostFilesOf !== id) return;
  const onHost = hostConfig.NetworkMode === 'host';
  const hostname = config.Hostname || hostsName;
  const extraHosts = [...(hostConfig.ExtraHosts ?? []).map((entry) => extraHost(entry, bridge.gateway)), ...linked];
  const dns = {
    servers: hostConfig.Dns ?? [],
    search: hostConfig.DnsSearch ?? [],
    options: hostConfig.DnsOptions ?? [],
  };
  p.step('hosts, hostname, resolv.conf');
  const write = (name: string, text: string): void =>
    void p.writeFile(`${containerDirectory(id)}/${name}`, text, open.O_WRONLY | open.O_CREAT | open.O_TRUNC, 0o644);
  write('hostname', `${hostname}\n`);
  write(
    'hosts',
    // On the host's network the host's names hold, unless the container has some of its own.
    onHost && extraHosts.length === 0
      ? host.hosts
      : hostsFile({ hostname, domainname: config.Domainname, address: endpoint?.address, extraHosts }),
  );
  write('resolv.conf', resolvConf(host.resolvConf, dns, { legacy: !onHost }));
}

/** `name:address`, where the address may be Docker's `host-gateway`. */
function extraHost(entry: string, gateway: string): readonly [name: string, address: string] {
  const separator = entry.indexOf(':');
  const address = entry.slice(separator + 1);
  return [entry.slice(0, separator), address === 'host-gateway' ? gateway : address];
}

/** /etc/hosts as libnetwork writes it. */
function hostsFile(options: {
  readonly hostname: string;
  readonly domainname: string;
  readonly address: string | undefined;
  readonly extraHosts: Hosts;
}): string {
  const lines = [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'ff00::\tip6-mcastprefix',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    ...options.extraHosts.map(([name, address]) => `${address}\t${name}`),
  ];
  if (options.address !== undefined) {
    const name = options.domainname ? `${options.hostname}.${options.domainname}` : options.hostname;
    // The user may have given the domain with the host's name.
    const [first] = name.split('.', 1);
    lines.push(`${options.address}\t${first === name ? name : `${name} ${first}`}`);
  }
  return lines.join('\n') + '\n';
}
