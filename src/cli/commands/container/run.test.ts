import { describe, expect, test } from 'vitest';
import { fakeEngine, upgrade, type FakeReply, type FakeRequest } from '../../../client/testing/fake-engine.ts';
import { readText } from '../../../client/errors.ts';
import { encodeUtf8 } from '../../../lib/bytes.ts';
import type { Duplex } from '../../../lib/duplex.ts';
import { encodeStdFrame, type StdStream } from '../../../lib/stdcopy.ts';
import { runInMemory } from '../../testing/cli-in-memory.ts';

const out = (text: string, stream: StdStream = 'stdout'): Uint8Array =>
  encodeStdFrame({ stream, data: encodeUtf8(text) });

interface Container {
  /** What it does with its streams. */
  readonly talk?: (connection: Duplex) => Promise<void>;
  readonly code?: number;
  readonly start?: FakeReply;
}

async function send(connection: Duplex, ...pieces: Uint8Array[]): Promise<void> {
  const writer = connection.writable.getWriter();
  for (const piece of pieces) await writer.write(piece);
  await writer.close();
}

/** An engine with one image and one container, `c1`. */
function engineWith(
  { talk = (connection) => send(connection), code = 0, start = { status: 204 } }: Container,
  images = new Set(['busybox']),
) {
  return fakeEngine(({ method, target, body }: FakeRequest): FakeReply => {
    if (target.startsWith('/containers/create')) {
      const { Image: image } = JSON.parse(body) as { Image: string };
      return images.has(image)
        ? { status: 201, json: { Id: 'c1', Warnings: ['be warned'] } }
        : { status: 404, json: { message: `No such image: ${image}` } };
    }
    if (target.startsWith('/images/create')) {
      images.add('alpine');
      return {
        status: 200,
        text: '{"status":"Pulling from library/alpine","id":"latest"}\r\n{"status":"Status: Downloaded newer image for alpine:latest"}\r\n',
      };
    }
    if (target.includes('/attach')) return upgrade(talk);
    if (target.includes('/wait')) return { status: 200, json: { StatusCode: code } };
    if (target.endsWith('/start')) return start;
    return { status: method === 'POST' ? 204 : 500 };
  });
}

test('create, attach, wait, start: in this order, so that nothing is missed', async () => {
  const engine = engineWith({ talk: (connection) => send(connection, out('o\n'), out('e\n', 'stderr')), code: 3 });
  const result = await runInMemory(['run', '--rm', '--name', 'x', 'busybox', 'sh', '-c', 'true'], {
    dial: engine.dial,
  });
  expect(result).toEqual({ stdout: 'o\n', stderr: 'WARNING: be warned\ne\n', code: 3, readStdin: false });
  expect(engine.asked).toEqual([
    'POST /containers/create?name=x',
    'POST /containers/c1/attach?stderr=1&stdout=1&stream=1',
    'POST /containers/c1/wait?condition=removed',
    'POST /containers/c1/start',
  ]);
  expect(JSON.parse(engine.requests[0]!.body)).toMatchObject({
    Cmd: ['sh', '-c', 'true'],
    HostConfig: { AutoRemove: true },
  });
});

test('an image that is not there is pulled, and said to be', async () => {
  const engine = engineWith({});
  const result = await runInMemory(['run', 'alpine'], { dial: engine.dial });
  expect(result.stderr).toBe(
    "Unable to find image 'alpine:latest' locally\nlatest: Pulling from library/alpine\nStatus: Downloaded newer image for alpine:latest\nWARNING: be warned\n",
  );
  expect(engine.asked.slice(0, 3)).toEqual([
    'POST /containers/create',
    'POST /images/create?fromImage=docker.io%2Flibrary%2Falpine&tag=latest',
    'POST /containers/create',
  ]);
  const quiet = engineWith({});
  expect((await runInMemory(['run', '-q', 'alpine'], { dial: quiet.dial })).stderr).toBe('WARNING: be warned\n');
  const never = engineWith({});
  const refused = await runInMemory(['run', '--pull', 'never', 'alpine'], { dial: never.dial });
  expect([refused.code, never.asked]).toEqual([125, ['POST /containers/create']]);
});

test('-i feeds stdin, and its end', async () => {
  const engine = engineWith({
    talk: async (connection) => send(connection, out(`got ${await readText(connection.readable)}`)),
  });
  const result = await runInMemory(['run', '-i', 'busybox', 'cat'], { dial: engine.dial, stdin: 'hello' });
  expect(result).toMatchObject({ stdout: 'got hello', code: 0, readStdin: true });
});

test('-d prints the ID and leaves', async () => {
  const engine = engineWith({ code: 9 });
  expect(await runInMemory(['run', '-d', 'busybox'], { dial: engine.dial })).toEqual({
    stdout: 'c1\n',
    stderr: 'WARNING: be warned\n',
    code: 0,
    readStdin: false,
  });
  expect(engine.asked).toEqual([
    'POST /containers/create',
    'POST /containers/c1/wait?condition=next-exit',
    'POST /containers/c1/start',
  ]);
});

describe('a terminal', () => {
  const terminal = { columns: 100, rows: 30 };

  test('is told its size, and its bytes go through as they are', async () => {
    const engine = engineWith({ talk: (connection) => send(connection, encodeUtf8('raw\x1b[0m')), code: 0 });
    const result = await runInMemory(['run', '-it', 'busybox'], { dial: engine.dial, terminal, stdin: 'x' });
    expect(result.stdout).toBe('raw\x1b[0m');
    expect(engine.asked).toContain('POST /containers/c1/resize?h=30&w=100');
    expect(JSON.parse(engine.requests[0]!.body)).toMatchObject({
      Tty: true,
      OpenStdin: true,
      StdinOnce: true,
      HostConfig: { ConsoleSize: [30, 100] },
    });
  });

  test('is left by ctrl-p ctrl-q, with the container running on', async () => {
    const engine = engineWith({ talk: () => new Promise(() => {}) });
    const result = await runInMemory(['run', '-it', 'busybox'], { dial: engine.dial, terminal, stdin: 'ls\x10\x11' });
    expect(result.code).toBe(0);
  });

  test('must be one', async () => {
    const result = await runInMemory(['run', '-it', 'busybox'], { dial: engineWith({}).dial });
    expect(result).toMatchObject({ stderr: 'the input device is not a TTY\n', code: 1 });
  });
});

test.each([
  ['executable file not found in $PATH', 127],
  ['exec: "/etc": permission denied', 126],
  ['is a directory', 126],
  ['out of luck', 125],
])('a start that fails with %s ends with %d', async (message, code) => {
  const engine = engineWith({ start: { status: 400, json: { message } }, talk: () => new Promise(() => {}) });
  const result = await runInMemory(['run', '--rm', 'busybox'], { dial: engine.dial });
  expect(result.code).toBe(code);
  expect(result.stderr).toBe(
    `WARNING: be warned\ndocker: Error response from daemon: ${message}\n\nRun 'docker run --help' for more information\n`,
  );
});

test('--cidfile holds the ID, and is not written over', async () => {
  const files = new Map<string, string>();
  const engine = engineWith({});
  await runInMemory(['create', '--cidfile', 'id', 'busybox'], { dial: engine.dial, files });
  expect(files.get('/work/id')).toBe('c1');
  const again = await runInMemory(['create', '--cidfile', 'id', 'busybox'], { dial: engine.dial, files });
  expect(again).toMatchObject({
    code: 1,
    stderr: "container ID file found, make sure the other container isn't running or delete id\n",
  });
  await runInMemory(['create', '--cidfile', 'other', 'BAD'], { dial: engine.dial, files });
  expect(files.has('/work/other')).toBe(false);
});

test('variables and labels come from files too', async () => {
  const files = new Map([
    ['/work/vars', '\uFEFF# comment\n  A=1 \nB\nC\n\nD=a=b\r\n'],
    ['/labels', 'x=1\ny\n'],
  ]);
  const engine = engineWith({});
  const argv = [
    'create',
    '--env-file',
    'vars',
    '-e',
    'E',
    '-e',
    'HOME',
    '--label-file',
    '/labels',
    '-l',
    'x=2',
    'busybox',
  ];
  await runInMemory(argv, { dial: engine.dial, files, env: { B: 'from outside' } });
  const body = JSON.parse(engine.requests[0]!.body) as { Env: string[]; Labels: object };
  expect(body.Env).toEqual(['A=1 ', 'B=from outside', 'D=a=b', 'E', 'HOME=/root']);
  expect(body.Labels).toEqual({ x: '2' });
  const missing = await runInMemory(['run', '--env-file', '/nosuch', 'busybox'], { dial: engine.dial });
  expect(missing.stderr).toBe(
    "docker: open /nosuch: no such file or directory\n\nRun 'docker run --help' for more information\n",
  );
});
