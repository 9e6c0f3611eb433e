/**
 * Names of images (the distribution project's reference package): `busybox` is short for
 * `docker.io/library/busybox:latest`. Errors are its own, which is what Docker prints.
 */
export interface ImageReference {
  /** `docker.io` */
  readonly domain: string;
  /** `library/busybox` */
  readonly path: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const defaultDomain = 'docker.io';
const officialPrefix = 'library/';

const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])`;
const domain = `${host}(?::[0-9]+)?`;
const pathComponent = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const remoteName = `${pathComponent}(?:/${pathComponent})*`;
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const referencePattern = new RegExp(`^(?:(${domain})/)?(${remoteName})(?::(${tag}))?(?:@(${digest}))?$`);
const identifierPattern = /^[a-f0-9]{64}$/;

/** Reads a name as people write it. Throws for what is none. */
export function parseReference(name: string): ImageReference {
  if (identifierPattern.test(name)) {
    throw new Error(`invalid repository name (${name}), cannot specify 64-byte hexadecimal strings`);
  }
  const { repositoryDomain, remainder } = splitDomain(name);
  const remote = remainder.split(':')[0]!;
  if (remote.toLowerCase() !== remote) {
    throw new Error(`invalid reference format: repository name (${remote}) must be lowercase`);
  }
  const match = referencePattern.exec(`${repositoryDomain}/${remainder}`);
  if (match === null) throw new Error('invalid reference format');
  const reference = { domain: match[1] ?? repositoryDomain, path: match[2]!, tag: match[3], digest: match[4] };
  if (reference.path.length > 255) throw new Error('repository name must not be more than 255 characters');
  if (reference.digest !== undefined) checkDigest(reference.digest);
  return reference;
}

function splitDomain(name: string): { repositoryDomain: string; remainder: string } {
  const slash = name.indexOf('/');
  if (slash < 0) return { repositoryDomain: defaultDomain, remainder: officialPrefix + name };
  const first = name.slice(0, slash);
  const rest = name.slice(slash + 1);
  const isDomain = first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first;
  const repositoryDomain = first === 'index.docker.io' || !isDomain ? defaultDomain : first;
  const remainder = isDomain ? rest : name;
  const isOfficial = repositoryDomain === defaultDomain && !remainder.includes('/');
  return { repositoryDomain, remainder: isOfficial ? officialPrefix + remainder : remainder };
}

const digestLengths: Record<string, number> = { sha256: 64, sha384: 96, sha512: 128 };

function checkDigest(text: string): void {
  const [algorithm = '', hex = ''] = text.split(':');
  const length = digestLengths[algorithm];
  if (length === undefined) throw new Error('unsupported digest algorithm');
  if (hex.length !== length) throw new Error('invalid checksum digest length');
  if (!/^[a-f0-9]+$/.test(hex)) throw new Error('invalid checksum digest format');
}

/** Whether a text is an image's ID rather than a name: 64 hexadecimal digits, or a whole digest. */
export const isImageId = (text: string): boolean => identifierPattern.test(text) || /^sha256:[a-f0-9]{64}$/.test(text);

/** `docker.io/library/busybox`. */
export const fullName = ({ domain: at, path }: ImageReference): string => `${at}/${path}`;

/** `busybox`: what Docker prints. */
export function familiarName({ domain: at, path }: ImageReference): string {
  if (at !== defaultDomain) return `${at}/${path}`;
  const rest = path.startsWith(officialPrefix) ? path.slice(officialPrefix.length) : path;
  return rest.includes('/') ? path : rest;
}

const suffix = (reference: ImageReference): string =>
  (reference.tag === undefined ? '' : `:${reference.tag}`) +
  (reference.digest === undefined ? '' : `@${reference.digest}`);

/** `busybox:1.37`, tag and digest as given. */
export const familiarString = (reference: ImageReference): string => familiarName(reference) + suffix(reference);

/** `docker.io/library/busybox:1.37`, tag and digest as given. */
export const fullString = (reference: ImageReference): string => fullName(reference) + suffix(reference);

/** With `latest` where neither tag nor digest is given. */
export const withDefaultTag = (reference: ImageReference): ImageReference =>
  reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
