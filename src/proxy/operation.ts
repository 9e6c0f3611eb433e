/**
 * The requests the proxy lets through: the paths and methods of the OCI distribution specification, and the search of
 * registries that have it. Everything else is refused before any other host is asked.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */
import { type Digest, isDigest } from '../lib/digest.ts';
import { ProxyError } from './proxy-error.ts';

export type Operation =
  | { readonly kind: 'ping' | 'catalog' | 'search' }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: Digest }
  | { readonly kind: 'tags' | 'referrers'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly session: string };

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const repository = `(?<name>${component}(?:/${component})*)`;
const tagOrDigest = '(?<reference>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|sha256:[0-9a-f]{64})';
const anyDigest = '(?<digest>sha256:[0-9a-f]{64})';

type Row = readonly [kind: Operation['kind'], path: RegExp, methods: readonly string[]];

const read = ['GET', 'HEAD'];
const table: readonly Row[] = [
  ['ping', /^\/v2\/?$/, read],
  ['catalog', /^\/v2\/_catalog$/, ['GET']],
  ['search', /^\/v1\/search$/, ['GET']],
  ['tags', new RegExp(`^/v2/${repository}/tags/list$`), ['GET']],
  ['referrers', new RegExp(`^/v2/${repository}/referrers/${anyDigest}$`), ['GET']],
  ['manifest', new RegExp(`^/v2/${repository}/manifests/${tagOrDigest}$`), [...read, 'PUT']],
  [
    'upload',
    new RegExp(`^/v2/${repository}/blobs/uploads/(?<session>[^/]*)$`),
    ['POST', 'PATCH', 'PUT', 'GET', 'DELETE'],
  ],
  ['blob', new RegExp(`^/v2/${repository}/blobs/${anyDigest}$`), read],
];

/** The longest repository name distributions take. */
const maxNameLength = 255;

/** `path` is what follows the registry's name, still as it was sent. Throws a ProxyError for what is no operation. */
export function parseOperation(method: string, path: string): Operation {
  for (const [kind, pattern, methods] of table) {
    const groups = pattern.exec(path)?.groups;
    if (!pattern.test(path)) continue;
    if (!methods.includes(method)) {
      throw new ProxyError(405, 'UNSUPPORTED', `${method} ${path}: only ${methods.join(', ')} here`, {
        Allow: methods.join(', '),
      });
    }
    const { name = '', reference = '', digest = '', session = '' } = groups ?? {};
    if (name.length > maxNameLength) {
      throw new ProxyError(400, 'NAME_INVALID', `repository name must not be more than ${maxNameLength} characters`);
    }
    switch (kind) {
      case 'manifest':
        return { kind, name, reference };
      case 'blob':
        return { kind, name, digest: digest as Digest };
      case 'upload':
        return { kind, name, session };
      case 'tags':
      case 'referrers':
        return { kind, name };
      default:
        return { kind };
    }
  }
  throw new ProxyError(404, 'UNSUPPORTED', `${method} ${path} is no request of the distribution API`);
}

/** Whether an operation changes something in the registry. */
export const isWrite = (operation: Operation, method: string): boolean =>
  operation.kind === 'upload' || (operation.kind === 'manifest' && method === 'PUT');

/** The scopes of a token for it (https://distribution.github.io/distribution/spec/auth/scope/). */
export function scopesOf(operation: Operation, method: string, query: URLSearchParams): string[] {
  if (operation.kind === 'catalog') return ['registry:catalog:*'];
  if (!('name' in operation)) return [];
  const scopes = [`repository:${operation.name}:${isWrite(operation, method) ? 'pull,push' : 'pull'}`];
  // A blob mounted from another repository must be readable there.
  const from = operation.kind === 'upload' ? query.get('from') : null;
  if (from) scopes.push(`repository:${from}:pull`);
  return scopes;
}

/** Content that its name fixes for good. */
export const isImmutable = (operation: Operation): boolean =>
  operation.kind === 'blob' || (operation.kind === 'manifest' && isDigest(operation.reference));
