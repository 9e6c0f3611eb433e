/**
 * Image references as Docker reads and shows them (github.com/distribution/reference): `busybox` is
 * `docker.io/library/busybox`, and back again when shown. Errors carry the texts of that library.
 */
import { type Digest, isDigest } from './digest.ts';

export interface Reference {
  /** Registry host, with its port: `docker.io`, `localhost:5000`. */
  readonly domain: string;
  /** `library/busybox`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const defaultDomain = 'docker.io';
const officialPrefix = 'library/';
const maxPathLength = 255;

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const hostComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = `(?:${hostComponent}(?:\\.${hostComponent})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const referencePattern = new RegExp(
  `^(?:(${host})/)?(${component}(?:/${component})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(${digest}))?$`,
);

const hostPattern = new RegExp(`^${host}$`);

/** Whether a text could be a registry's host, with or without port. */
export const isHost = (text: string): boolean => hostPattern.test(text);

const identifier = /^[a-f0-9]{64}$/;

/** Whether a text is an image's ID rather than a name: 64 hexadecimal digits, or a whole digest. */
export const isImageId = (text: string): boolean => identifier.test(text) || isDigest(text);

/** Reads what a person types (ParseNormalizedNamed). Throws an Error in Docker's words. */
export function parseReference(text: string): Reference {
  if (identifier.test(text)) {
    throw new Error(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const [domain, remainder] = splitDomain(text);
  const remote = remainder.split(':', 1)[0]!;
  if (remote.toLowerCase() !== remote) {
    throw new Error(`invalid reference format: repository name (${remote}) must be lowercase`);
  }
  const match = referencePattern.exec(`${domain}/${remainder}`);
  if (!match) throw new Error('invalid reference format');
  const [, matchedDomain = '', path = '', tag, digest] = match;
  if (path.length > maxPathLength) {
    throw new Error(`repository name must not be more than ${maxPathLength} characters`);
  }
  return { domain: matchedDomain, path, ...(tag && { tag }), ...(digest && { digest: checkDigest(digest) }) };
}

function splitDomain(text: string): [domain: string, remainder: string] {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isDomain = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  let domain = isDomain ? first : defaultDomain;
  const remainder = isDomain ? text.slice(slash + 1) : text;
  if (domain === 'index.docker.io') domain = defaultDomain;
  const isOfficial = domain === defaultDomain && !remainder.includes('/');
  return [domain, isOfficial ? officialPrefix + remainder : remainder];
}

const hexLengths: Record<string, number> = { sha256: 64, sha384: 96, sha512: 128 };

function checkDigest(digest: string): Digest {
  if (isDigest(digest)) return digest;
  const [algorithm = '', hex = ''] = digest.split(':');
  const length = hexLengths[algorithm];
  // Docker knows the longer two as well; no image we could run is named by them.
  if (length === undefined || (algorithm !== 'sha256' && hex.length === length)) {
    throw new Error('unsupported digest algorithm');
  }
  throw new Error(hex.length === length ? 'invalid checksum digest format' : 'invalid checksum digest length');
}

/** `docker.io/library/busybox`. What looks like a host but is none (`a_b.c/d`) is all path, and its domain empty. */
export const repositoryName = ({ domain, path }: Reference): string => (domain === '' ? path : `${domain}/${path}`);

/** The name as Docker shows it: `busybox`, `someone/thing`, `ghcr.io/a/b`. */
export function familiarName({ domain, path }: Reference): string {
  if (domain !== defaultDomain) return repositoryName({ domain, path });
  return /^library\/[^/]+$/.test(path) ? path.slice(officialPrefix.length) : path;
}

const suffix = ({ tag, digest }: Reference): string =>
  (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);

/** The familiar name with tag and digest. */
export const familiarString = (reference: Reference): string => familiarName(reference) + suffix(reference);

/** The whole name with tag and digest: `docker.io/library/busybox:1.37`. */
export const fullString = (reference: Reference): string => repositoryName(reference) + suffix(reference);

/** With tag `latest` where there is neither tag nor digest. */
export const withDefaultTag = (reference: Reference): Reference =>
  reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
