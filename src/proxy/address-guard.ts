/**
 * Keeps the proxy from being a way into the network it stands in: only addresses of the public internet are asked, unless
 * the configuration names a registry as private.
 */
import ipaddr from 'ipaddr.js';
import { ProxyError } from './proxy-error.ts';

/** Whether an address is one of the public internet. IPv4 inside IPv6 (mapped, 6to4, NAT64) counts by the inner one. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv6) {
    const range = address.range();
    const bytes = address.toByteArray();
    if (range === '6to4') return isPublicAddress(bytes.slice(2, 6).join('.'));
    if (range === 'rfc6052') return isPublicAddress(bytes.slice(12).join('.'));
    return range === 'unicast';
  }
  return address.range() === 'unicast';
}

/** Throws a ProxyError for addresses that are not public. */
export function checkAddress(address: string, host: string): void {
  if (isPublicAddress(address)) return;
  const where = address === host ? host : `${host} (${address})`;
  throw new ProxyError(
    403,
    'DENIED',
    `the proxy does not ask ${where}: a private address; "allowPrivate" of the registry in its configuration permits it`,
  );
}

/** The part of the check that needs no DNS: the host of a URL where it is an address, and names that mean this machine. */
export function checkHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (ipaddr.isValid(host)) return checkAddress(host, host);
  if (host === 'localhost' || host.endsWith('.localhost') || !host.includes('.')) {
    throw new ProxyError(403, 'DENIED', `the proxy does not ask ${host}: a private name; see "allowPrivate"`);
  }
}
