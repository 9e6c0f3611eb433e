// The three files Docker keeps for a container on the host and binds into it.

export const hostnameFile = (hostname: string): string => `${hostname}\n`;

/** /etc/hosts as libnetwork writes it. `extraHosts` are Docker's `name:address` strings. */
export function hostsFile(options: {
  readonly hostname: string;
  readonly domainname: string;
  readonly address: string | undefined;
  readonly extraHosts: readonly (readonly [name: string, address: string])[];
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
    const names = options.domainname
      ? `${options.hostname}.${options.domainname} ${options.hostname}`
      : options.hostname;
    lines.push(`${options.address}\t${names}`);
  }
  return lines.join('\n') + '\n';
}

/**
 * /etc/resolv.conf: what `--dns`, `--dns-search` and `--dns-option` say, and the host's for the rest. A host's loopback
 * name server is of no use inside and is left out, as Docker does.
 */
export function resolvConf(
  host: string,
  options: {
    readonly servers: readonly string[];
    readonly search: readonly string[];
    readonly options: readonly string[];
  },
): string {
  const lines = host.split('\n').map((line) => line.trim().split(/\s+/));
  const values = (keyword: string): string[] =>
    lines.filter((line) => line[0] === keyword).flatMap((line) => line.slice(1));
  const servers =
    options.servers.length > 0 ? options.servers : values('nameserver').filter((ip) => !ip.startsWith('127.'));
  const search = options.search.length > 0 ? options.search.filter((domain) => domain !== '.') : values('search');
  const flags = options.options.length > 0 ? options.options : values('options');
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(flags.length > 0 ? [`options ${flags.join(' ')}`] : []),
    '',
  ].join('\n');
}
