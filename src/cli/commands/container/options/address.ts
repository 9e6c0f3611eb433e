/** Network addresses and names as the flags of `docker run` accept them. */
import { goQuote } from '../../../../lib/go-template/go-quote.ts';
import { cut } from '../../../flag/flag.ts';

/** The address in its canonical form (net.IP's), undefined when it is none. */
export function parseIp(text: string): string | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split('.');
    return parts.every((part) => Number(part) <= 255 && (part === '0' || !part.startsWith('0'))) ? text : undefined;
  }
  if (!text.includes(':') || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  try {
    const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
    if (mapped === null) return canonical;
    const [high, low] = [parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  } catch {
    return undefined;
  }
}

/** `--dns`. */
export function checkIp(text: string): string {
  const ip = parseIp(text.trim());
  if (ip === undefined) throw new Error(`IP address is not correctly formatted: ${text}`);
  return ip;
}

/** Whether it is a MAC address as net.ParseMAC reads one: 6, 8 or 20 bytes. */
export function isMac(text: string): boolean {
  const bytes = /^[0-9a-fA-F]{2}([:-])[0-9a-fA-F]{2}(\1[0-9a-fA-F]{2})*$/.test(text) ? (text.length + 1) / 3 : 0;
  const dotted = /^[0-9a-fA-F]{4}(\.[0-9a-fA-F]{4})+$/.test(text) ? ((text.length + 1) / 5) * 2 : 0;
  return [6, 8, 20].includes(bytes) || [6, 8, 20].includes(dotted);
}

const domainLabel = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domainPattern = new RegExp(`^(${domainLabel}(?:\\.${domainLabel})*)\\.?\\s*$`);

/** `--dns-search`; `.` stands for none. */
export function checkDnsSearch(text: string): string {
  const trimmed = text.replace(/^ +| +$/g, '');
  if (trimmed === '.') return trimmed;
  const name = /[a-zA-Z]/.test(trimmed) ? domainPattern.exec(trimmed)?.[1] : undefined;
  if (name === undefined || name.length >= 255) throw new Error(`${trimmed} is not a valid domain`);
  return name;
}

/** `--add-host name:ip` or `name=ip`, the form the API wants. */
export function checkExtraHost(text: string): string {
  const [name, value] = text.includes('=') ? cut(text, '=') : cut(text, ':');
  if (value === undefined || name === '' || name.includes(':'))
    throw new Error(`bad format for add-host: ${goQuote(text)}`);
  if (value === 'host-gateway') return `${name}:${value}`;
  const address = /^\[(.+)\]$/.exec(value)?.[1] ?? value;
  if (parseIp(address.trim()) === undefined) throw new Error(`invalid IP address in add-host: ${goQuote(address)}`);
  return `${name}:${address}`;
}

/** `--link container:alias`. */
export function checkLink(text: string): string {
  if (text === '') throw new Error('empty string specified for links');
  if (text.split(':').length > 2) throw new Error(`bad format for links: ${text}`);
  return text;
}
