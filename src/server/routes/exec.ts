import { DockerError } from '../../api/error.ts';
import type { ExecStartRequest } from '../../api/exec.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import type { Duplex } from '../../lib/duplex.ts';
import { encodeStdFrame, type StdFrame } from '../../lib/stdcopy.ts';
import { pumpAttached, streamContentType } from '../attached-pump.ts';
import { apiAtLeast, param, type ApiContext, type Route } from '../context.ts';
import { readJson } from '../json-body.ts';
import * as query from '../query.ts';
import { errorMessage, json, takeOver } from '../replies.ts';
import { execCreateRequest, execStartRequest } from '../schemas/container.ts';
import type { AttachedStreams } from '../../api/backend/attached-streams.ts';
import type { ExecBackend, ExecStartOptions } from '../../api/backend/exec.ts';

const id = (c: ApiContext): string => param(c, 'id');

/** `/containers/{id}/exec` and `/exec/…`. */
export const execRoutes = (backend: ExecBackend): Route[] => [
  { method: 'POST', path: '/containers/:id{.+}/exec', handler: (c) => create(c, backend) },
  { method: 'POST', path: '/exec/:id{.+}/start', handler: (c) => start(c, backend) },
  { method: 'POST', path: '/exec/:id{.+}/resize', handler: (c) => resize(c, backend) },
  { method: 'GET', path: '/exec/:id{.+}/json', handler: async (c) => json(c, await backend.inspect(id(c))) },
];

async function create(c: ApiContext, backend: ExecBackend): Promise<Response> {
  const request = await readJson(c, execCreateRequest);
  if (!request || request.Cmd.length === 0) throw new DockerError('invalid-parameter', 'No exec command specified');
  if (!apiAtLeast(c, '1.42')) delete request.ConsoleSize;
  return json(c, await backend.create(id(c), request), 201);
}

async function start(c: ApiContext, backend: ExecBackend): Promise<Response> {
  const request: ExecStartRequest = (await readJson(c, execStartRequest)) ?? {};
  const exec = id(c);
  await backend.check(exec);
  if (request.Detach) {
    await backend.startDetached(exec);
    return c.body(null, 200);
  }
  const tty = request.Tty ?? false;
  const [height, width] = request.ConsoleSize ?? [];
  const sized = tty && height !== undefined && width !== undefined && apiAtLeast(c, '1.42');
  const options: ExecStartOptions = { tty, consoleSize: sized ? { height, width } : undefined };
  const { signal } = c.env;
  return takeOver(c, streamContentType(c, tty), (client) =>
    run(() => backend.start(exec, options, signal), tty, client),
  );
}

/** The client has its 101 already, so a command that cannot start says so on its own stdout. */
async function run(begin: () => Promise<AttachedStreams>, tty: boolean, client: Duplex): Promise<void> {
  let streams: AttachedStreams;
  try {
    streams = await begin();
  } catch (error) {
    const data = encodeUtf8(`${errorMessage(error)}\r\n`);
    const writer = client.writable.getWriter();
    await writer.write(tty ? data : encodeStdFrame({ stream: 'stdout', data }));
    return writer.releaseLock();
  }
  await pumpAttached(asAsked(streams, tty), client);
}

/** The client may take the exec for what it is not: whom it says to have a terminal gets its standard output alone. */
const asAsked = (streams: AttachedStreams, tty: boolean): AttachedStreams => ({
  ...streams,
  tty,
  output: tty && !streams.tty ? standardOutput(streams.output) : streams.output,
});

async function* standardOutput(frames: AsyncIterable<StdFrame>): AsyncGenerator<StdFrame> {
  for await (const frame of frames) if (frame.stream === 'stdout') yield frame;
}

async function resize(c: ApiContext, backend: ExecBackend): Promise<Response> {
  await backend.resize(id(c), { height: query.consoleCells(c, 'h'), width: query.consoleCells(c, 'w') });
  return c.body(null, 200);
}
