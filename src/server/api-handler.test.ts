import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../test/support/fake-engine.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/bytes.ts';
import { duplexPair } from '../lib/duplex.ts';
import { decodeStdFrames, type StdFrame } from '../lib/stdcopy.ts';
import { createApiHandler } from './api-handler.ts';
import type { Hijack, RequestHandler } from './http/request.ts';

let engine: FakeEngine;
let handle: RequestHandler;

beforeEach(() => {
  engine = createFakeEngine();
  handle = createApiHandler(engine);
});

interface Options {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A string body is sent as it is; anything else as JSON. */
function send(method: string, target: string, { body, headers = {}, signal }: Options = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const sent = new Headers(headers);
  if (text !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json');
  if (text !== undefined) sent.set('content-length', `${encodeUtf8(text).length}`);
  return handle({
    method,
    target,
    headers: sent,
    hasBody: Boolean(text),
    body: new Blob([text ?? '']).stream(),
    signal: signal ?? new AbortController().signal,
  });
}

async function call(method: string, target: string, options?: Options): Promise<Response> {
  const reply = await send(method, target, options);
  if (!(reply instanceof Response)) throw new Error('the connection was hijacked');
  return reply;
}

async function message(reply: Response): Promise<string> {
  return ((await reply.json()) as { message: string }).message;
}

/** Takes a hijack over: what was received as text, after `input` was sent and the input ended. */
async function attach(
  target: string,
  input = '',
  options: Options = {},
): Promise<{ type: string | null; output: string }> {
  const hijack = (await send('POST', target, { headers: { upgrade: 'tcp' }, ...options })) as Hijack;
  const [near, far] = duplexPair();
  const running = hijack.run(far).then(() => far.writable.close());
  const writer = near.writable.getWriter();
  await writer.write(encodeUtf8(input));
  await writer.close();
  const type = hijack.headers.get('content-type');
  const frames: StdFrame[] = [];
  if (type?.includes('multiplexed')) {
    for await (const frame of decodeStdFrames(near.readable)) frames.push(frame);
  } else {
    for await (const data of near.readable) frames.push({ stream: 'stdout', data });
  }
  await running;
  return { type, output: frames.map(({ stream, data }) => `${stream}: ${decodeUtf8(data)}`).join('') };
}

async function create(Cmd: string[], more: Record<string, unknown> = {}): Promise<string> {
  const reply = await call('POST', '/containers/create', { body: { Image: 'busybox', Cmd, ...more } });
  return ((await reply.json()) as { Id: string }).Id;
}

test('ping says what a client needs to know, with and without a version', async () => {
  for (const target of ['/_ping', '/v1.24/_ping', '/v1.50/_ping']) {
    for (const method of ['GET', 'HEAD']) {
      const reply = await call(method, target);
      expect(Object.fromEntries(reply.headers)).toEqual({
        'api-version': '1.50',
        'builder-version': '1',
        'cache-control': 'no-cache, no-store, must-revalidate',
        'content-length': method === 'GET' ? '2' : '0',
        'content-type': 'text/plain; charset=utf-8',
        'docker-experimental': 'false',
        ostype: 'linux',
        pragma: 'no-cache',
        server: 'Docker/28.2.2 (linux)',
        swarm: 'inactive',
      });
      expect(await reply.text()).toBe(method === 'GET' ? 'OK' : '');
    }
  }
});

// Wording and headers as recorded from Docker Engine 28.2.2.
test('a version too new or too old is refused', async () => {
  const tooNew = await call('GET', '/v1.99/version');
  expect(tooNew.status).toBe(400);
  expect(tooNew.headers.get('api-version')).toBe('1.50');
  expect(await tooNew.text()).toBe(
    '{"message":"client version 1.99 is too new. Maximum supported API version is 1.50"}\n',
  );
  expect(await message(await call('GET', '/v2/version'))).toContain('client version 2 is too new');
  const tooOld = await call('GET', '/v1.20/version');
  expect([tooOld.status, tooOld.headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8']);
  expect(await tooOld.text()).toBe(
    'client version 1.20 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version\n',
  );
});

test.each([
  ['GET', '/nope'],
  ['GET', '/v1.50/nope'],
  ['GET', '/v1.99/nope'],
  ['GET', '/v1.50'],
  ['PUT', '/version'],
  ['HEAD', '/version'],
  ['TRACE', '/version'],
])('%s %s is no page', async (method, target) => {
  const reply = await call(method, target);
  expect([reply.status, reply.headers.get('api-version')]).toEqual([404, null]);
  if (method !== 'HEAD') expect(await reply.text()).toBe('{"message":"page not found"}\n');
});

test('every endpoint of the API 1.50 is there, or says by name that it is not yet', async () => {
  const endpoints = readFileSync(new URL('../../test/support/api-1.50-endpoints.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  expect(endpoints.length).toBeGreaterThan(100);
  for (const endpoint of endpoints) {
    const [method, path] = endpoint.split(' ') as [string, string];
    const reply = await send(method, `/v1.50${path.replaceAll(/\{\w+\}/g, 'x')}`);
    if (!(reply instanceof Response)) continue;
    // A stream that goes on is there.
    if (!reply.headers.has('content-length')) continue;
    const text = await reply.text();
    expect(text, endpoint).not.toContain('page not found');
    if (reply.status === 501 && method !== 'HEAD') expect(text, endpoint).toMatch(/ is not implemented in Drydock yet/);
  }
});

test('names of images may contain slashes, a registry and a port', async () => {
  const reply = await call('GET', '/v1.50/images/localhost:5000/a/b:tag/json');
  expect([reply.status, await message(reply)]).toEqual([404, 'No such image: localhost:5000/a/b:tag']);
  await call('DELETE', '/images/a/b/c?force=1&noprune=1');
  await call('POST', '/images/a%2Fb/tag?repo=c/d&tag=e');
  expect(engine.calls).toEqual([
    ['delete', 'a/b/c', { force: true, pruneChildren: false }],
    ['tag', 'a/b', { repository: 'c/d', tag: 'e' }],
  ]);
});

test('errors become a status and a message; anything unexpected is a 500', async () => {
  expect((await call('GET', '/containers/nope/json')).status).toBe(404);
  const killed = await call('POST', '/containers/nope/kill');
  expect([killed.status, await message(killed)]).toEqual([404, 'cannot kill container: nope: No such container: nope']);
  const id = await create(['true']);
  const stopped = await call('POST', `/containers/${id}/stop`);
  expect([stopped.status, stopped.body, stopped.headers.get('ostype')]).toEqual([304, null, 'linux']);
  const crash = await call('GET', '/exec/nope/json');
  expect(crash.status).toBe(500);
});

// Bodies and messages as answered by Docker Engine 26.1; the struct is called as in 28.2.
test.each([
  [undefined, {}, 'invalid JSON: got EOF while reading request body'],
  ['{}', {}, 'config cannot be empty in order to create a container'],
  ['null', {}, 'config cannot be empty in order to create a container'],
  ['{"HostConfig":{"AutoRemove":true}}', {}, 'config cannot be empty in order to create a container'],
  ['{"Image":"x"', {}, 'invalid JSON: unexpected EOF'],
  ['{Image:"x"}', {}, "invalid JSON: invalid character 'I' looking for beginning of object key string"],
  ['{"Image":"x"} 5', {}, 'unexpected content after JSON'],
  ['[]', {}, 'invalid JSON: json: cannot unmarshal array into Go value of type container.CreateRequest'],
  [
    '{"Image":5}',
    {},
    'invalid JSON: json: cannot unmarshal number into Go struct field CreateRequest.Config.Image of type string',
  ],
  [
    '{"Image":"x","HostConfig":{"Memory":"a"}}',
    {},
    'invalid JSON: json: cannot unmarshal string into Go struct field HostConfig.HostConfig.Resources.Memory of type int64',
  ],
  [
    '{"Image":"x","Cmd":5}',
    {},
    'invalid JSON: json: cannot unmarshal number into Go struct field CreateRequest.Config.Cmd of type string',
  ],
  ['{"Image":"x"}', { 'content-type': '' }, 'malformed Content-Type header (): mime: no media type'],
  [
    'x',
    { 'content-type': 'application/x-www-form-urlencoded' },
    "unsupported Content-Type header (application/x-www-form-urlencoded): must be 'application/json'",
  ],
])('a create request %s %j is refused', async (body, headers, text) => {
  const reply = await call('POST', '/v1.50/containers/create', { body, headers });
  expect([reply.status, await message(reply)]).toEqual([400, text]);
});

test('a create request is decoded as Go would: absent and null are zero values, unknown fields nothing', async () => {
  const body = {
    Image: 'busybox',
    Cmd: 'true',
    Env: null,
    Unknown: 1,
    HostConfig: { Memory: 32 << 20, PidsLimit: -1, RestartPolicy: null, MaskedPaths: [] },
    NetworkingConfig: { EndpointsConfig: { default: { Aliases: ['a'] } } },
  };
  const reply = await call('POST', '/v1.50/containers/create?name=n&platform=linux/386', {
    body,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
  expect(reply.status).toBe(201);
  expect(engine.calls[0]![1]).toMatchObject({
    name: 'n',
    platform: 'linux/386',
    config: { Image: 'busybox', Cmd: ['true'], Env: null, Tty: false, Hostname: '', Labels: null },
    hostConfig: {
      Memory: 32 << 20,
      PidsLimit: null,
      RestartPolicy: { Name: '', MaximumRetryCount: 0 },
      NetworkMode: 'bridge',
      MaskedPaths: [],
      ReadonlyPaths: null,
      ConsoleSize: [0, 0],
    },
    networkingConfig: { EndpointsConfig: { bridge: { Aliases: ['a'], MacAddress: '', IPAMConfig: null } } },
  });
  expect(engine.calls[0]![1]).not.toHaveProperty('config.HostConfig');
  expect(engine.calls[0]![1]).not.toHaveProperty('config.Unknown');
});

test('the container-wide MAC address moves to the endpoint, with a warning', async () => {
  const reply = await call('POST', '/containers/create', {
    body: { Image: 'busybox', MacAddress: '02:00:00:00:00:01' },
  });
  expect(((await reply.json()) as { Warnings: string[] }).Warnings[0]).toContain('MacAddress field is now deprecated');
  expect(engine.calls[0]![1]).toMatchObject({
    networkingConfig: { EndpointsConfig: { bridge: { MacAddress: '02:00:00:00:00:01' } } },
  });
});

test.each([
  ['', { all: false, limit: 0, size: false, filters: {} }],
  ['all=1&size=True&limit=3', { all: true, limit: 3, size: true }],
  ['all=0&size=no&limit=-1', { all: false, limit: 0, size: false }],
  ['all=none&size=FALSE', { all: false, size: false }],
  ['all=banana&since=a&before=b', { all: true }],
  [
    'filters={"label":["a=b","c"],"status":{"running":true,"paused":false}}',
    { filters: { label: ['a=b', 'c'], status: ['running'] } },
  ],
  ['filters=%7B%22name%22%3A%7B%22x%22%3Atrue%7D%7D', { filters: { name: ['x'] } }],
])('list reads ?%s', async (query, options) => {
  await call('GET', `/containers/json?${query}`);
  expect(engine.calls[0]![1]).toMatchObject(options);
});

test.each([
  ['GET', '/containers/json?limit=x', 500, 'strconv.Atoi: parsing "x": invalid syntax'],
  ['GET', '/containers/json?filters=x', 400, 'invalid filter'],
  ['GET', '/containers/json?filters=["a"]', 400, 'invalid filter'],
  ['GET', '/containers/json?filters={"a":{"b":1}}', 400, 'invalid filter'],
  ['POST', '/containers/x/stop?t=x', 500, 'strconv.Atoi: parsing "x": invalid syntax'],
  ['POST', '/containers/x/wait?condition=x', 400, 'invalid condition: "x"'],
  ['POST', '/containers/x/resize?h=a&w=1', 400, 'invalid resize height "a": invalid syntax'],
  ['POST', '/containers/x/resize?h=1&w=-1', 400, 'invalid resize width "-1": value out of range'],
  ['POST', '/containers/x/resize?h=1', 400, 'invalid resize width "": invalid syntax'],
  ['GET', '/containers/x/logs', 400, 'Bad parameters: you must choose at least one stream'],
  ['GET', '/events?since=x', 500, 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['GET', '/events?since=10&until=5', 400, '`since` time (10) cannot be after `until` time (5)'],
  ['POST', '/containers/x/exec', 400, 'No exec command specified'],
  ['POST', '/exec/nope/start', 404, 'No such exec instance: nope'],
  ['DELETE', '/images/%20', 400, 'image name cannot be blank'],
])('%s %s: %i %s', async (method, target, status, text) => {
  const reply = await call(method, target);
  expect([reply.status, await message(reply)]).toEqual([status, text]);
});

test('start refuses the body of API 1.23, but not an empty object', async () => {
  const id = await create(['sleep']);
  const refused = await call('POST', `/containers/${id}/start`, { body: { Binds: [] } });
  expect(await message(refused)).toContain('removed in v1.24');
  expect((await call('POST', `/containers/${id}/start`, { body: {} })).status).toBe(204);
});

test('wait answers at once and tells the exit code in the end', async () => {
  const id = await create(['exit', '3']);
  const waiting = await call('POST', `/containers/${id}/wait?condition=next-exit`);
  expect([waiting.status, waiting.headers.get('content-type')]).toEqual([200, 'application/json']);
  await call('POST', `/containers/${id}/start`);
  expect(await waiting.text()).toBe('{"StatusCode":3}\n');
});

test('attach multiplexes without a tty, and says so to clients from 1.42 on', async () => {
  for (const [version, type] of [
    ['v1.50', 'application/vnd.docker.multiplexed-stream'],
    ['v1.41', 'application/vnd.docker.raw-stream'],
  ]) {
    const id = await create(['both']);
    const attached = attach(`/${version}/containers/${id}/attach?stream=1&stdout=1&stderr=1`);
    await call('POST', `/containers/${id}/start`);
    const { type: announced, output } = await attached;
    expect(announced).toBe(type);
    if (version === 'v1.50') expect(output).toBe('stdout: out\nstderr: err\n');
    else expect(output.replaceAll('stdout: ', '')).toBe('\x01\0\0\0\0\0\0\x04out\n\x02\0\0\0\0\0\0\x04err\n');
  }
});

test('attach with a tty is raw, and stdin ends where the client ends it', async () => {
  const id = await create(['cat'], { Tty: true, OpenStdin: true, StdinOnce: true });
  const attached = attach(`/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`, 'typed\n');
  await call('POST', `/containers/${id}/start`);
  expect(await attached).toEqual({ type: 'application/vnd.docker.raw-stream', output: 'stdout: typed\n' });
});

test('without stdin the end of the client’s input changes nothing', async () => {
  const id = await create(['sleep']);
  const attached = attach(`/containers/${id}/attach?stream=1&stdout=1`, 'ignored');
  await call('POST', `/containers/${id}/start`);
  await call('POST', `/containers/${id}/kill`);
  expect((await attached).output).toBe('');
});

test('attaching to nothing is plain text on a connection that ends', async () => {
  const reply = await call('POST', '/containers/nope/attach?stream=1', { headers: { upgrade: 'tcp' } });
  expect([reply.status, reply.headers.get('connection'), await reply.text()]).toEqual([
    404,
    'close',
    'No such container: nope\r\n',
  ]);
});

test('what attach sends arrives whole, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 1, unit: 'binary' }), async (text) => {
      const id = await create(['cat'], { OpenStdin: true });
      const attached = attach(`/containers/${id}/attach?stream=1&stdin=1&stdout=1`, text);
      await call('POST', `/containers/${id}/start`);
      expect((await attached).output).toBe(`stdout: ${text.toWellFormed()}`);
    }),
    { numRuns: 30 },
  );
});

test('exec: create, start, exit code', async () => {
  const id = await create(['sleep']);
  const created = await call('POST', `/containers/${id}/exec`, { body: { Cmd: ['both'], AttachStdout: true } });
  const { Id: exec } = (await created.json()) as { Id: string };
  const { type, output } = await attach(`/exec/${exec}/start`, '', { body: { Detach: false, Tty: false } });
  expect([type, output]).toEqual(['application/vnd.docker.multiplexed-stream', 'stdout: out\nstderr: err\n']);
  expect(await (await call('GET', `/exec/${exec}/json`)).json()).toMatchObject({ ExitCode: 0, Running: false });
});

test('an exec that cannot start says so in its own output', async () => {
  const id = await create(['sleep']);
  const created = await call('POST', `/containers/${id}/exec`, { body: { Cmd: ['nosuch'] } });
  const { Id: exec } = (await created.json()) as { Id: string };
  const { output } = await attach(`/exec/${exec}/start`, '', { body: { Tty: false } });
  expect(output).toMatch(/^stdout: OCI runtime exec failed: .*: executable file not found in \$PATH: unknown\r\n$/);
});

test('exec start passes the console size on, for a tty only', async () => {
  const id = await create(['sleep']);
  for (const Tty of [true, false]) {
    const created = await call('POST', `/containers/${id}/exec`, { body: { Cmd: ['true'], Tty } });
    const { Id: exec } = (await created.json()) as { Id: string };
    await attach(`/exec/${exec}/start`, '', { body: { Tty, ConsoleSize: [24, 80] } });
  }
  expect(engine.calls.filter(([name]) => name === 'execStart')).toEqual([
    ['execStart', { tty: true, consoleSize: { height: 24, width: 80 } }],
    ['execStart', { tty: false, consoleSize: undefined }],
  ]);
});

test('logs are multiplexed, with timestamps and details when asked for', async () => {
  const id = await create(['both']);
  await call('POST', `/containers/${id}/start`);
  const url = `/containers/${id}/logs?stdout=1&stderr=1&since=10.5&until=20&tail=2`;
  const plain = await call('GET', url);
  expect(plain.headers.get('content-type')).toBe('application/vnd.docker.multiplexed-stream');
  expect(await plain.text()).toBe('\x01\0\0\0\0\0\0\x04out\n\x02\0\0\0\0\0\0\x04err\n');
  expect(engine.calls.at(-1)![1]).toEqual({
    follow: false,
    stdout: true,
    stderr: true,
    since: 10_500_000_000n,
    until: 20_000_000_000n,
    tail: 2,
  });
  const dressed = await call('GET', `/containers/${id}/logs?stderr=1&timestamps=1&details=1&tail=all`);
  expect(await dressed.text()).toContain('2026-11-21T02:23:54.000000001Z a=1,b=2+3 err\n');
  expect(engine.calls.at(-1)![1]).toMatchObject({ tail: undefined, stdout: false });
});

test('logs that fail on the way say so inside the stream', async () => {
  const id = await create(['both']);
  await call('POST', `/containers/${id}/start`);
  engine.containers.logs = async () => ({
    tty: false,
    records: (async function* () {
      yield [{ stream: 'stdout' as const, line: encodeUtf8('one\n'), time: 0n }];
      throw new Error('disk on fire');
    })(),
  });
  const reply = await call('GET', `/containers/${id}/logs?stdout=1`);
  expect(await reply.text()).toMatch(/^\x01\0{6}\x04one\n\x03\0{6}.Error grabbing logs: disk on fire\n$/);
});

test('pull streams its progress; an error before it is a status, after it the last line', async () => {
  const auth = btoa(JSON.stringify({ username: 'u', password: 'ü' }))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  const pulled = await call('POST', '/images/create?fromImage=busybox:&tag=1&platform=linux/386', {
    headers: { 'x-registry-auth': auth },
  });
  expect([pulled.status, pulled.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(await pulled.text()).toBe(
    '{"status":"Pulling from library/busybox","id":"1"}\r\n{"status":"Status: Downloaded newer image for busybox:1"}\r\n',
  );
  expect(engine.calls[0]![1]).toMatchObject({
    image: 'busybox',
    tag: '1',
    platform: 'linux/386',
    auth: { username: 'u' },
  });
  const refused = await call('POST', '/images/create?fromImage=refused');
  expect([refused.status, await message(refused)]).toEqual([403, 'pull access denied']);
  const broken = await call('POST', '/images/create?fromImage=broken', { headers: { 'x-registry-auth': '%%%' } });
  expect(broken.status).toBe(200);
  expect((await broken.text()).split('\r\n')[1]).toBe(
    '{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}',
  );
  expect(engine.calls.at(-1)![1]).toMatchObject({ auth: undefined });
});

test('events stream as they happen, until the client goes', async () => {
  const leaving = new AbortController();
  const reply = await call('GET', '/events', { signal: leaving.signal });
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  const id = await create(['true']);
  expect(JSON.parse((await reader.read()).value!)).toMatchObject({ Type: 'container', Action: 'create', id });
  leaving.abort();
  expect((await reader.read()).done).toBe(true);
  await expect.poll(() => engine.eventReaders()).toBe(0);
});

test('a stream that has failed is not closed when its client goes', async () => {
  const leaving = new AbortController();
  engine.system.events = () => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the machine was stopped')) }),
  });
  const reply = await call('GET', '/events', { signal: leaving.signal });
  await expect(reply.text()).rejects.toThrow('the machine was stopped');
  const thrown: unknown[] = [];
  const note = (error: unknown): void => void thrown.push(error);
  process.on('uncaughtException', note);
  leaving.abort();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('uncaughtException', note);
  expect(thrown).toEqual([]);
});

test('events up to a time that has come are not followed, and up to one to come end then', async () => {
  const past = await call('GET', '/events?since=1&until=2');
  expect(await past.text()).toBe('');
  const soon = await call('GET', `/events?until=${(Date.now() + 500) / 1000}`);
  await create(['true']);
  expect((await soon.text()).split('\n')).toHaveLength(2);
  expect(engine.calls.filter(([name]) => name === 'events').map(([, options]) => options)).toMatchObject([
    { follow: false, since: 1_000_000_000n, until: 2_000_000_000n },
    { follow: true, since: undefined },
  ]);
});

test('update passes on what is to change, and nothing else', async () => {
  const id = await create(['sleep']);
  await call('POST', `/containers/${id}/update`, {
    body: { Memory: 5, PidsLimit: -1, RestartPolicy: { Name: 'always' } },
  });
  expect(engine.calls.at(-1)).toEqual([
    'update',
    { resources: { Memory: 5, PidsLimit: 0 }, restartPolicy: { Name: 'always', MaximumRetryCount: 0 } },
  ]);
});

test('old clients get what their version knew', async () => {
  const id = await create(['sleep']);
  await call('POST', `/containers/${id}/start`);
  await call('POST', `/v1.41/containers/${id}/stop?signal=HUP&t=3`);
  expect(engine.calls.at(-1)).toEqual(['stop', { signal: undefined, timeout: 3 }]);
  await call('POST', '/v1.24/containers/create', { body: { Image: 'busybox', HostConfig: { AutoRemove: true } } });
  expect(engine.calls.at(-1)![1]).toMatchObject({ hostConfig: { AutoRemove: false } });
});
