/**
 * Uploads go on at the `Location` a registry names, which may have any form: one that fits the proxy's own paths stays
 * readable, any other of the same registry is carried in one opaque path segment.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
 */
import type { Operation } from './operation.ts';
import { ProxyError } from './proxy-error.ts';

/** Begins a segment that carries a location. A session of a registry's own that begins so is carried, too. */
const mark = '~';

interface Registry {
  readonly name: string;
  readonly origin: string;
}

/** Where the client goes on, relative to the proxy's root. Throws a ProxyError for a location outside of the registry. */
export function rewriteLocation(location: string, registry: Registry, repository: string): string {
  const url = URL.canParse(location, registry.origin) ? new URL(location, registry.origin) : undefined;
  if (url?.origin !== registry.origin) {
    throw new ProxyError(
      502,
      'UNAVAILABLE',
      `${registry.name} sends uploads to another host, which the proxy does not follow`,
    );
  }
  const base = `/v2/${repository}/`;
  const isPlain = url.pathname.startsWith(base) && !url.pathname.includes(`/uploads/${mark}`);
  if (isPlain) return `/${registry.name}${url.pathname}${url.search}`;
  // A URL's path and query are ASCII by now.
  const carried = btoa(url.pathname + url.search)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
  return `/${registry.name}${base}blobs/uploads/${mark}${carried}`;
}

/** What to ask the registry for a path and query of the proxy's; the query a client adds joins the carried one. */
export function uploadPath(
  path: string,
  query: string,
  { session }: Operation & { kind: 'upload' },
  origin: string,
): { path: string; query: string } {
  if (!session.startsWith(mark)) return { path, query };
  let url: URL;
  try {
    url = new URL(atob(session.slice(mark.length).replaceAll('-', '+').replaceAll('_', '/')), origin);
  } catch {
    throw new ProxyError(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
  }
  if (url.origin !== origin) throw new ProxyError(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.append(name, value);
  return { path: url.pathname, query: url.search };
}
