/**
 * What daemon.json says of registries: mirrors of Docker Hub, and registries that need no TLS anybody vouches for
 * (moby's registry/config.go, whose errors these are).
 */
import ipaddr from 'ipaddr.js';
import type { RegistryServiceConfig } from '../../api/system.ts';
import { isHost } from '../../lib/reference.ts';

export interface RegistryOptions {
  /** URLs: `https://mirror.example`. */
  readonly mirrors: readonly string[];
  /** Hosts with or without port, and CIDR blocks. */
  readonly insecureRegistries: readonly string[];
}

export interface Mirror {
  /** As `docker info` shows it, with a slash at its end. */
  readonly url: string;
  /** With its port, where that is not the scheme's own. */
  readonly host: string;
  /** Plain http was asked for. */
  readonly isPlain: boolean;
}

type Block = ReturnType<typeof ipaddr.parseCIDR>;

/** A registry on this host needs no certificate, unasked. */
const alwaysInsecure = ['::1/128', '127.0.0.0/8'];

export class RegistryConfig {
  /** In the order they are asked. */
  readonly mirrors: readonly Mirror[];
  readonly #hosts = new Set<string>();
  readonly #blocks = new Map<string, Block>();

  /** Throws an Error in dockerd's words. */
  constructor({ mirrors, insecureRegistries }: RegistryOptions = { mirrors: [], insecureRegistries: [] }) {
    const read = mirrors.map(readMirror);
    this.mirrors = read.filter(({ url }, at) => read.findIndex((other) => other.url === url) === at);
    for (const registry of [...insecureRegistries, ...alwaysInsecure]) this.#addInsecure(registry);
  }

  #addInsecure(given: string): void {
    if (given.startsWith('-') || given.endsWith('-')) {
      throw new Error(`invalid index name (${given}). Cannot begin or end with a hyphen`);
    }
    const registry = given.replace(/^https?:\/\//i, '');
    if (registry.includes('://')) throw new Error(`insecure registry ${registry} should not contain '://'`);
    if (ipaddr.isValidCIDR(registry)) {
      const [address, bits] = ipaddr.parseCIDR(registry);
      const network = (address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(registry);
      this.#blocks.set(`${network.toString()}/${bits}`, [network, bits] as Block);
    } else {
      checkHostPort(registry);
      this.#hosts.add(registry);
    }
  }

  /** Whether a registry may be asked over plain http, or with a certificate nobody vouches for. */
  isInsecure(domain: string): boolean {
    if (this.#hosts.has(domain)) return true;
    if (domain === 'docker.io') return false;
    const name = domain.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    // moby looks names up. There is no resolver here, so of all names only this one has an address.
    const host = name === 'localhost' ? '127.0.0.1' : name;
    if (!ipaddr.isValid(host)) return false;
    const address = ipaddr.process(host);
    return [...this.#blocks.values()].some(([network, bits]) => {
      return address.kind() === network.kind() && address.match(network, bits);
    });
  }

  /** As `GET /info` tells it. */
  info(): RegistryServiceConfig {
    const urls = this.mirrors.map(({ url }) => url);
    const named = [...this.#hosts].map((Name) => ({ Name, Mirrors: [] as string[], Secure: false, Official: false }));
    const hub = { Name: 'docker.io', Mirrors: urls, Secure: true, Official: true };
    const all = [...named.filter(({ Name }) => Name !== hub.Name), hub];
    return {
      InsecureRegistryCIDRs: [...this.#blocks.keys()],
      IndexConfigs: Object.fromEntries(
        all.sort((a, b) => (a.Name < b.Name ? -1 : 1)).map((config) => [config.Name, config]),
      ),
      Mirrors: urls.length > 0 ? urls : null,
    };
  }
}

function readMirror(text: string): Mirror {
  const quoted = JSON.stringify(text);
  const scheme = (/^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1] ?? '').toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') {
    throw new Error(`invalid mirror: unsupported scheme ${JSON.stringify(scheme)} in ${quoted}`);
  }
  if (!URL.canParse(text)) throw new Error(`invalid mirror: ${quoted} is not a valid URI`);
  const url = new URL(text);
  if (/[?#]./.test(text)) throw new Error(`invalid mirror: query or fragment at end of the URI ${quoted}`);
  if (url.username !== '' || url.password !== '') {
    const masked = JSON.stringify(text.replace(/\/\/[^@]*@/, `//${url.username}:xxxxx@`));
    throw new Error(`invalid mirror: username/password not allowed in URI ${masked}`);
  }
  // dockerd would ask below the path; the registry proxy knows registries by their hosts only.
  if (url.pathname !== '/') throw new Error(`invalid mirror: the registry proxy cannot ask below a path: ${quoted}`);
  return { url: `${text.replace(/\/$/, '')}/`, host: url.host, isPlain: scheme === 'http' };
}

function checkHostPort(registry: string): void {
  const port = /^(?:[^:]*|\[.*\]):([^:]*)$/.exec(registry)?.[1] ?? '';
  const host = port === '' ? registry : registry.slice(0, -port.length - 1).replace(/^\[(.*)\]$/, '$1');
  const invalid = (what: string) => new Error(`insecure registry ${registry} is not valid: invalid ${what}`);
  if (!isHost(registry) && !ipaddr.isValid(host)) throw invalid(`host ${JSON.stringify(host)}`);
  if (port !== '' && Number(port) > 65535) throw invalid(`port ${JSON.stringify(port)}`);
}
