/**
 * The Engine API as a function from request to reply: every route with and without its version prefix, the version
 * check, the headers Docker puts on every reply, and errors turned into replies.
 */
import { Hono, type Next } from 'hono';
import { DockerError } from '../api/error.ts';
import { compareApiVersions, defaultApiVersion, minApiVersion } from './api-version.ts';
import type { Backends } from './backends.ts';
import type { ApiContext, ApiEnv, RequestBindings, Route } from './context.ts';
import type { RequestHandler } from './http/request.ts';
import { errorReply } from './replies.ts';
import { containerRoutes } from './routes/container.ts';
import { distributionRoutes } from './routes/distribution.ts';
import { execRoutes } from './routes/exec.ts';
import { imageRoutes } from './routes/image.ts';
import { commitRoutes, imageArchiveRoutes } from './routes/image-archive.ts';
import { networkRoutes } from './routes/network.ts';
import { systemRoutes } from './routes/system.ts';
import { absentRoutes } from './routes/absent.ts';
import { unimplementedRoutes } from './routes/unimplemented.ts';
import { volumeRoutes } from './routes/volume.ts';

const pageNotFound = (): Response => errorReply(new DockerError('not-found', 'page not found'));

/** What the Fetch API's Request can carry; Docker answers every other method as it answers an unknown path. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

export function createApiHandler(backends: Backends): RequestHandler {
  const app = new Hono<ApiEnv>({ strict: true });
  const routes = [
    ...systemRoutes(backends.system),
    ...containerRoutes(backends.containers),
    ...execRoutes(backends.execs),
    ...commitRoutes(backends.containers),
    ...imageArchiveRoutes(backends.images),
    ...imageRoutes(backends.images),
    ...distributionRoutes(backends.images),
    ...networkRoutes(backends.networks),
    ...volumeRoutes(backends.volumes),
    ...absentRoutes,
    ...unimplementedRoutes,
  ];
  for (const route of routes) {
    // Hono asks GET routes for HEAD; which of the two the client wanted is decided here.
    const routed = route.method === 'HEAD' ? 'GET' : route.method;
    const handler = (c: ApiContext, next: Next) =>
      c.env.method === route.method ? answer(c, route, backends.system.engineVersion) : next();
    app.on(routed, [route.path, `/:version{v[0-9.]+}${route.path}`], handler);
  }
  app.notFound(pageNotFound);
  app.onError(errorReply);

  return async (request) => {
    if (!methods.has(request.method)) return pageNotFound();
    const clean = cleanTarget(request.target);
    if (clean !== undefined) return new Response(null, { status: 301, headers: { location: clean } });
    let url: URL;
    try {
      url = new URL(
        request.target.startsWith('/') ? `http://docker${request.target}` : request.target,
        'http://docker/',
      );
    } catch {
      return errorReply(new DockerError('invalid-parameter', 'malformed request target'));
    }
    const bindings: RequestBindings = { ...request };
    const response = await app.fetch(new Request(url, { method: request.method }), bindings);
    return bindings.hijack ?? response;
  };
}

/**
 * Where Docker's router sends a client whose path has empty or dot segments; undefined when it has none. The Fetch API's
 * URL would take them away unasked.
 */
function cleanTarget(target: string): string | undefined {
  if (!target.startsWith('/')) return undefined;
  const [path, ...query] = target.split('?');
  const segments: string[] = [];
  for (const segment of path!.split('/')) {
    const plain = segment.replaceAll(/%2e/gi, '.');
    if (plain === '..') segments.pop();
    else if (plain !== '' && plain !== '.') segments.push(segment);
  }
  const slash = segments.length > 0 && path!.endsWith('/') ? '/' : '';
  const clean = `/${segments.join('/')}${slash}`;
  return clean === path ? undefined : [clean, ...query].join('?');
}

async function answer(c: ApiContext, route: Route, engineVersion: string): Promise<Response> {
  const headers: Record<string, string> = {
    'api-version': defaultApiVersion,
    ostype: 'linux',
    server: `Docker/${engineVersion} (linux)`,
  };
  let response: Response;
  try {
    const version = c.req.param('version')?.slice(1) ?? defaultApiVersion;
    checkVersion(version);
    c.set('apiVersion', version);
    headers['docker-experimental'] = 'false';
    response = await route.handler(c);
  } catch (error) {
    response = error instanceof TooOldError ? tooOldReply(error) : errorReply(error);
  }
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

class TooOldError extends DockerError {}

function checkVersion(version: string): void {
  if (compareApiVersions(version, minApiVersion) < 0) {
    throw new TooOldError(
      'invalid-parameter',
      `client version ${version} is too old. Minimum supported API version is ${minApiVersion}, please upgrade your client to a newer version`,
    );
  }
  if (compareApiVersions(version, defaultApiVersion) > 0) {
    throw new DockerError(
      'invalid-parameter',
      `client version ${version} is too new. Maximum supported API version is ${defaultApiVersion}`,
    );
  }
}

/** Clients that old print the body as it is, so Docker spares them the JSON. */
const tooOldReply = ({ message }: TooOldError): Response =>
  new Response(`${message}\n`, {
    status: 400,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': `${message.length + 1}`,
      'x-content-type-options': 'nosniff',
    },
  });
