import { apiAtLeast, param, type ApiContext, type Route } from '../context.ts';
import { DockerError } from '../../api/error.ts';
import type { ContainerPathStat } from '../../api/path-stat.ts';
import { concatBytes, encodeUtf8 } from '../../lib/bytes.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import { encodeStdFrame } from '../../lib/stdcopy.ts';
import { encodeLogRecord, encodeLogError } from '../log-stream.ts';
import { readJson } from '../json-body.ts';
import * as query from '../query.ts';
import { json, jsonLine, noContent, streamReply, wrapError } from '../replies.ts';
import { updateRequest } from '../schemas/container.ts';
import type {
  ContainerBackend,
  ContainerStopOptions,
  ContainerUpdate,
  WaitCondition,
} from '../../api/backend/container.ts';
import { createContainer } from './container-create.ts';
import { attachContainer } from './container-attach.ts';
import { attachWebSocket } from './container-attach-ws.ts';

const id = (c: ApiContext): string => param(c, 'id');

/** `/containers/…`, apart from exec. */
export const containerRoutes = (backend: ContainerBackend): Route[] => [
  { method: 'GET', path: '/containers/json', handler: (c) => list(c, backend) },
  { method: 'POST', path: '/containers/create', handler: (c) => createContainer(c, backend) },
  { method: 'POST', path: '/containers/prune', handler: async (c) => json(c, await backend.prune(query.filters(c))) },
  {
    method: 'GET',
    path: '/containers/:id{.+}/json',
    handler: async (c) => json(c, await backend.inspect(id(c), { size: query.boolean(c, 'size') })),
  },
  { method: 'POST', path: '/containers/:id{.+}/start', handler: (c) => start(c, backend) },
  {
    method: 'POST',
    path: '/containers/:id{.+}/stop',
    handler: async (c) => done(c, backend.stop(id(c), stopOptions(c))),
  },
  {
    method: 'POST',
    path: '/containers/:id{.+}/restart',
    handler: async (c) => done(c, backend.restart(id(c), stopOptions(c))),
  },
  { method: 'POST', path: '/containers/:id{.+}/kill', handler: (c) => kill(c, backend) },
  { method: 'POST', path: '/containers/:id{.+}/pause', handler: async (c) => done(c, backend.pause(id(c))) },
  { method: 'POST', path: '/containers/:id{.+}/unpause', handler: async (c) => done(c, backend.unpause(id(c))) },
  { method: 'POST', path: '/containers/:id{.+}/wait', handler: (c) => wait(c, backend) },
  {
    method: 'POST',
    path: '/containers/:id{.+}/rename',
    handler: async (c) => done(c, backend.rename(id(c), query.text(c, 'name'))),
  },
  { method: 'POST', path: '/containers/:id{.+}/resize', handler: (c) => resize(c, backend) },
  { method: 'POST', path: '/containers/:id{.+}/update', handler: (c) => update(c, backend) },
  { method: 'POST', path: '/containers/:id{.+}/attach', handler: (c) => attachContainer(c, backend) },
  { method: 'GET', path: '/containers/:id{.+}/attach/ws', handler: (c) => attachWebSocket(c, backend) },
  { method: 'GET', path: '/containers/:id{.+}/logs', handler: (c) => logs(c, backend) },
  { method: 'GET', path: '/containers/:id{.+}/stats', handler: (c) => stats(c, backend) },
  {
    method: 'GET',
    path: '/containers/:id{.+}/top',
    handler: async (c) => json(c, await backend.top(id(c), query.text(c, 'ps_args'))),
  },
  { method: 'GET', path: '/containers/:id{.+}/changes', handler: async (c) => json(c, await backend.changes(id(c))) },
  { method: 'HEAD', path: '/containers/:id{.+}/archive', handler: (c) => statPath(c, backend) },
  { method: 'GET', path: '/containers/:id{.+}/archive', handler: (c) => archive(c, backend) },
  { method: 'PUT', path: '/containers/:id{.+}/archive', handler: (c) => extract(c, backend) },
  {
    method: 'GET',
    path: '/containers/:id{.+}/export',
    handler: async (c) => streamReply(c, 'application/octet-stream', await backend.export(id(c)), (bytes) => bytes),
  },
  { method: 'DELETE', path: '/containers/:id{.+}', handler: (c) => remove(c, backend) },
];

const done = async (c: ApiContext, operation: Promise<void>): Promise<Response> => {
  await operation;
  return noContent(c);
};

async function list(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  const containers = await backend.list({
    all: query.boolean(c, 'all'),
    limit: Math.max(0, query.integer(c, 'limit') ?? 0),
    size: query.boolean(c, 'size'),
    filters: query.filters(c),
  });
  return json(c, containers);
}

async function start(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  // Clients of old sent the host configuration here; Docker lets an empty object pass.
  const length = c.env.headers.get('content-length');
  if (c.env.hasBody && (length === null || Number(length) > 7)) {
    throw new DockerError(
      'invalid-parameter',
      'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
    );
  }
  return done(c, backend.start(id(c)));
}

const stopOptions = (c: ApiContext): ContainerStopOptions => ({
  signal: apiAtLeast(c, '1.42') ? query.optionalText(c, 'signal') : undefined,
  timeout: query.integer(c, 't'),
});

async function kill(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  try {
    await backend.kill(id(c), query.text(c, 'signal'));
  } catch (error) {
    throw wrapError(`cannot kill container: ${id(c)}`, error);
  }
  return noContent(c);
}

const waitConditions: ReadonlySet<string> = new Set<WaitCondition>(['not-running', 'next-exit', 'removed']);

async function wait(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  const condition = (apiAtLeast(c, '1.30') && query.text(c, 'condition')) || 'not-running';
  if (!waitConditions.has(condition)) {
    throw new DockerError('invalid-parameter', `invalid condition: ${JSON.stringify(condition)}`);
  }
  const { result } = await backend.wait(id(c), condition as WaitCondition, c.env.signal);
  if (!apiAtLeast(c, '1.30')) return json(c, await result);
  // The head goes out before the end is known: it tells the client that the wait is in place.
  const outcome = (async function* () {
    yield await result;
  })();
  return streamReply(c, 'application/json', outcome, jsonLine);
}

async function resize(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  await backend.resize(id(c), { height: query.consoleCells(c, 'h'), width: query.consoleCells(c, 'w') });
  return c.body(null, 200);
}

async function update(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  const request = (await readJson(c, updateRequest)) ?? {};
  const { RestartPolicy: restartPolicy, ...resources } = request;
  // 0 and -1 both ask for no limit.
  if (typeof resources.PidsLimit === 'number') resources.PidsLimit = Math.max(0, resources.PidsLimit);
  const change: ContainerUpdate = { resources, restartPolicy };
  return json(c, await backend.update(id(c), change));
}

async function logs(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  const [stdout, stderr] = [query.boolean(c, 'stdout'), query.boolean(c, 'stderr')];
  if (!stdout && !stderr) {
    throw new DockerError('invalid-parameter', 'Bad parameters: you must choose at least one stream');
  }
  const tail = query.text(c, 'tail');
  const { tty, records } = await backend.logs(
    id(c),
    {
      follow: query.boolean(c, 'follow'),
      stdout,
      stderr,
      since: query.timestamp(c, 'since'),
      // 0 is none, as in Docker.
      until: query.text(c, 'until') === '0' ? undefined : query.timestamp(c, 'until'),
      // `all`, and whatever else is no number, means all of them.
      tail: /^\d+$/.test(tail) ? Number(tail) : undefined,
    },
    c.env.signal,
  );
  const parts = { timestamps: query.boolean(c, 'timestamps'), details: query.boolean(c, 'details') };
  const frames = (async function* () {
    try {
      for await (const batch of records) {
        const lines = batch.map((record) => {
          const data = encodeLogRecord(record, parts);
          return tty ? data : encodeStdFrame({ stream: record.stream, data });
        });
        if (lines.length > 0) yield concatBytes(lines);
      }
    } catch (error) {
      yield encodeLogError(error, tty);
    }
  })();
  const multiplexed = !tty && apiAtLeast(c, '1.42');
  const contentType = `application/vnd.docker.${multiplexed ? 'multiplexed' : 'raw'}-stream`;
  return streamReply(c, contentType, frames, (bytes) => bytes);
}

async function stats(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  const stream = query.boolean(c, 'stream', true);
  const samples = await backend.stats(id(c), { stream, oneShot: query.boolean(c, 'one-shot') }, c.env.signal);
  if (stream) return streamReply(c, 'application/json', samples, jsonLine);
  const single = await samples[Symbol.asyncIterator]().next();
  return json(c, single.value);
}

/** The path that archive requests must name; the missing blank is moby's. */
function archivePath(c: ApiContext): string {
  const path = query.text(c, 'path');
  if (path === '') throw new DockerError('invalid-parameter', 'bad parameter: pathcannot be empty');
  return path;
}

const pathStatHeader = (stat: ContainerPathStat): Record<string, string> => ({
  'X-Docker-Container-Path-Stat': btoa(String.fromCharCode(...encodeUtf8(JSON.stringify(stat)))),
});

async function statPath(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  return c.body(null, 200, pathStatHeader(await backend.statPath(id(c), archivePath(c))));
}

async function archive(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  const { stat, content } = await backend.archive(id(c), archivePath(c));
  for (const [name, value] of Object.entries(pathStatHeader(stat))) c.header(name, value);
  return streamReply(c, 'application/x-tar', content, (bytes) => bytes);
}

async function extract(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  await backend.extract(id(c), archivePath(c), readChunks(c.env.body), {
    copyUidGid: query.boolean(c, 'copyUIDGID'),
    noOverwriteDirNonDir: query.boolean(c, 'noOverwriteDirNonDir'),
  });
  return c.body(null, 200);
}

async function remove(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  await backend.remove(id(c), {
    force: query.boolean(c, 'force'),
    volumes: query.boolean(c, 'v'),
    link: query.boolean(c, 'link'),
  });
  return noContent(c);
}
