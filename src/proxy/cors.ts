/** Lets pages of other origins use the proxy, when the configuration does (https://fetch.spec.whatwg.org/#http-cors-protocol). */
import type { ProxyConfig } from './config.ts';
import { ProxyError } from './proxy-error.ts';

const exposed = [
  'Content-Length',
  'Content-Range',
  'Docker-Content-Digest',
  'Docker-Upload-UUID',
  'ETag',
  'Link',
  'Location',
  'OCI-Chunk-Min-Length',
  'OCI-Filters-Applied',
  'OCI-Subject',
  'Range',
  'Retry-After',
];
const allowed = [
  'Accept',
  'Authorization',
  'Content-Range',
  'Content-Type',
  'If-None-Match',
  'Range',
  'Registry-Insecure',
];

/** Throws a ProxyError when the request comes from a page that may not use the proxy. */
export function corsHeaders(request: Request, origins: ProxyConfig['origins']): Headers {
  const headers = new Headers({ Vary: 'Origin' });
  const origin = request.headers.get('Origin');
  if (origin === null || origin === new URL(request.url).origin) return headers;
  if (origins !== '*' && !origins.includes(origin)) {
    throw new ProxyError(403, 'DENIED', `pages of ${origin} may not use this proxy`);
  }
  headers.set('Access-Control-Allow-Origin', origins === '*' ? '*' : origin);
  headers.set('Access-Control-Expose-Headers', exposed.join(', '));
  return headers;
}

/** The answer to a browser that asks before it sends. */
export function preflight(headers: Headers): Response {
  headers.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
  headers.set('Access-Control-Allow-Headers', allowed.join(', '));
  headers.set('Access-Control-Max-Age', '86400');
  return new Response(null, { status: 204, headers });
}
