import * as z from 'zod';
import { DockerError } from '../../api/error.ts';
import type { EventMessage } from '../../api/events.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { linkedAbort } from '../../lib/linked-abort.ts';
import { apiAtLeast, type ApiContext, type Route } from '../context.ts';
import { readJson } from '../json-body.ts';
import * as query from '../query.ts';
import { json, streamReply, wrapError } from '../replies.ts';
import type { DiskUsageKind, SystemBackend } from '../../api/backend/system.ts';
import { infoFor } from './info-versions.ts';
import { withVirtualSize } from './image-versions.ts';

/** Ping, version, info, disk usage and events. */
export const systemRoutes = (backend: SystemBackend): Route[] => [
  { method: 'HEAD', path: '/_ping', handler: ping },
  { method: 'GET', path: '/_ping', handler: ping },
  { method: 'OPTIONS', path: '/:any{.*}', handler: (c) => c.body(null, 200) },
  { method: 'GET', path: '/version', handler: async (c) => json(c, await backend.version()) },
  { method: 'GET', path: '/info', handler: async (c) => json(c, infoFor(c, await backend.info())) },
  { method: 'GET', path: '/system/df', handler: (c) => diskUsage(c, backend) },
  { method: 'POST', path: '/build/prune', handler: (c) => pruneBuildCache(c, backend) },
  { method: 'GET', path: '/events', handler: (c) => events(c, backend) },
  { method: 'POST', path: '/auth', handler: (c) => auth(c, backend) },
];

/** What a client learns before anything else. The builder is the classic one: there is no BuildKit here. */
function ping(c: ApiContext): Response {
  c.header('builder-version', '1');
  c.header('cache-control', 'no-cache, no-store, must-revalidate');
  c.header('content-type', 'text/plain; charset=utf-8');
  c.header('pragma', 'no-cache');
  c.header('swarm', 'inactive');
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-length': '0' });
  return c.body('OK', 200, { 'content-length': '2' });
}

const diskUsageKinds: readonly string[] = ['container', 'image', 'volume', 'build-cache'] satisfies DiskUsageKind[];

async function diskUsage(c: ApiContext, backend: SystemBackend): Promise<Response> {
  const asked = apiAtLeast(c, '1.42') ? (c.req.queries('type') ?? diskUsageKinds) : diskUsageKinds;
  const unknown = asked.find((kind) => !diskUsageKinds.includes(kind));
  if (unknown !== undefined) throw new DockerError('invalid-parameter', `unknown object type: ${unknown}`);
  const usage = await backend.diskUsage(new Set(asked as DiskUsageKind[]));
  const Images = usage.Images && !apiAtLeast(c, '1.44') ? usage.Images.map(withVirtualSize) : usage.Images;
  return json(c, { ...usage, Images });
}

async function pruneBuildCache(c: ApiContext, backend: SystemBackend): Promise<Response> {
  const size = query.text(c, 'keep-storage');
  if (size !== '' && !/^[+-]?\d+$/.test(size)) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(size)}: invalid syntax`;
    const message = `keep-storage is in bytes and expects an integer, got ${size}: ${reason}`;
    throw new DockerError('invalid-parameter', message);
  }
  const filters = query.filters(c);
  try {
    return json(c, await backend.pruneBuildCache(filters));
  } catch (error) {
    throw wrapError('failed to prune build cache', error);
  }
}

function events(c: ApiContext, backend: SystemBackend): Response {
  const [since, until] = [query.timestamp(c, 'since'), query.timestamp(c, 'until')];
  if (until !== undefined && since !== undefined && until < since) {
    throw new DockerError(
      'invalid-parameter',
      `\`since\` time (${query.text(c, 'since')}) cannot be after \`until\` time (${query.text(c, 'until')})`,
    );
  }
  const filters = query.filters(c);
  const millisecondsLeft = until === undefined ? Infinity : Number(until / 1_000_000n) - Date.now();
  const ending = linkedAbort(c.env.signal);
  const { signal } = ending;
  const timer = millisecondsLeft < maxTimeout ? setTimeout(() => ending.abort(), millisecondsLeft) : undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  const messages = backend.events({ since, until, follow: millisecondsLeft > 0, filters }, signal);
  // Clients before API 1.46 know no event for a new image.
  const wanted = (async function* () {
    for await (const message of messages) {
      if (apiAtLeast(c, '1.46') || message.Type !== 'image' || message.Action !== 'create') yield message;
    }
    clearTimeout(timer);
  })();
  return streamReply(c, 'application/json', wanted, eventLine, signal);
}

/** JSON with all digits of the nanoseconds, which come last as in Docker. */
function eventLine({ timeNano = 0n, ...event }: EventMessage): Uint8Array {
  return encodeUtf8(`${JSON.stringify(event).slice(0, -1)},"timeNano":${timeNano}}\n`);
}

/** Longer timeouts fire at once; nobody watches events for 24 days. */
const maxTimeout = 2 ** 31;

const registryAuth = z.object({
  username: z.string().optional(),
  password: z.string().optional(),
  auth: z.string().optional(),
  serveraddress: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});

async function auth(c: ApiContext, backend: SystemBackend): Promise<Response> {
  await backend.login((await readJson(c, registryAuth)) ?? {}, c.env.signal);
  return json(c, { IdentityToken: '', Status: 'Login Succeeded' });
}
