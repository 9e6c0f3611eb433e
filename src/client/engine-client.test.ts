import { expect, test } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../lib/bytes.ts';
import { duplexPair, type Duplex } from '../lib/duplex.ts';
import { decodeStdFrames, encodeStdFrame } from '../lib/stdcopy.ts';
import { EngineClient } from './engine-client.ts';
import { ApiError, ConnectionError, readText } from './errors.ts';
import { fakeEngine, upgrade, type FakeReply } from './testing/fake-engine.ts';

const clientOf = (answer: Parameters<typeof fakeEngine>[0], version?: string) => {
  const engine = fakeEngine(answer, version);
  return { engine, client: new EngineClient({ dial: engine.dial }) };
};
const bytes = (text: string): FakeReply => encodeUtf8(text);

test('speaks the older API version of both', async () => {
  expect(await clientOf(() => ({ status: 204 }), '1.41').client.apiVersion()).toBe('1.41');
  expect(await clientOf(() => ({ status: 204 }), '1.99').client.apiVersion()).toBe('1.50');
});

test('encodes paths, queries and bodies as the real client does', async () => {
  const { engine, client } = clientOf(() => ({ status: 201, json: [] }));
  await client.containers.list({ all: true, limit: 0, filters: new Map([['name', new Set(['b', 'a b'])]]) });
  await client.images.remove('a/b:c', { force: true, platforms: ['x', 'y'] });
  await client.containers.create({ Image: 'x' }, { name: 'n' });
  await client.containers.stop('a b?', { t: 0 });
  expect(engine.asked).toEqual([
    'GET /containers/json?all=1&filters=%7B%22name%22%3A%7B%22a+b%22%3Atrue%2C%22b%22%3Atrue%7D%7D',
    'DELETE /images/a/b:c?force=1&platforms=x&platforms=y',
    'POST /containers/create?name=n',
    'POST /containers/a%20b%3F/stop?t=0',
  ]);
  expect(engine.requests[2]!.body).toBe('{"Image":"x"}');
});

test('what the daemon refuses is an error with its status and words', async () => {
  const { client } = clientOf(() => ({ status: 404, json: { message: 'No such container: x' } }));
  const error = await client.containers.inspect('x').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 404, message: 'Error response from daemon: No such container: x' });
  const silent = clientOf(() => bytes('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'));
  await expect(silent.client.containers.kill('x')).rejects.toThrow(
    'request returned 500 Internal Server Error for API route and version http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/x/kill, check if the server supports the requested API version',
  );
});

test('an ID must be there', async () => {
  await expect(clientOf(() => ({ status: 204 })).client.containers.inspect(' ')).rejects.toThrow(
    'invalid container name or ID: value is empty',
  );
});

test('a chunked body, cut anywhere, arrives whole', async () => {
  const reply =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"Ve\r\n12;x=y\r\nrsion":"28.2.2é"}\r\n0\r\nTrailer: x\r\n\r\n';
  const whole = encodeUtf8(reply);
  for (const size of [1, 2, 7, whole.length]) {
    const { client } = clientOf(() => async ({ writable }: Duplex) => {
      const writer = writable.getWriter();
      for (let at = 0; at < whole.length; at += size) await writer.write(whole.slice(at, at + size));
      await writer.close();
    });
    expect((await client.system.version()).Version).toBe('28.2.2é');
  }
});

test('a body without a length ends with the connection; one with a length must be whole', async () => {
  expect((await clientOf(() => bytes('HTTP/1.1 200 OK\r\n\r\n{"Version":"1"}')).client.system.version()).Version).toBe(
    '1',
  );
  await expect(
    clientOf(() => bytes('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"Ver')).client.system.version(),
  ).rejects.toThrow('unexpected EOF');
});

test('a connection that says nothing, or nonsense, is no answer', async () => {
  await expect(clientOf(() => bytes('')).client.system.info()).rejects.toThrow(
    'error during connect: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/info": EOF',
  );
  await expect(clientOf(() => bytes('SSH-2.0\r\n')).client.system.info()).rejects.toBeInstanceOf(ConnectionError);
  const client = new EngineClient({ dial: () => Promise.reject(new Error('ENOENT')) });
  await expect(client.system.info()).rejects.toThrow(
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  );
});

test('progress comes line by line as it is sent', async () => {
  let sendMore!: () => void;
  const more = new Promise<void>((resolve) => (sendMore = resolve));
  const { client } = clientOf(() => async ({ writable }: Duplex) => {
    const writer = writable.getWriter();
    await writer.write(
      encodeUtf8('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n{"status":"one"}\r\n\r\n'),
    );
    await more;
    await writer.write(encodeUtf8('10\r\n{"status":"two"}\r\n0\r\n\r\n'));
    await writer.close();
  });
  const progress = await client.images.pull({ fromImage: 'docker.io/library/x', tag: 'y' });
  expect((await progress.next()).value).toEqual({ status: 'one' });
  sendMore();
  expect((await progress.next()).value).toEqual({ status: 'two' });
  expect((await progress.next()).done).toBe(true);
});

test('a hijacked connection keeps what came with the head, and closes each way by itself', async () => {
  const early = encodeStdFrame({ stream: 'stdout', data: encodeUtf8('early ') });
  const { engine, client } = clientOf(() =>
    upgrade(async ({ readable, writable }) => {
      const input = await readText(readable);
      const writer = writable.getWriter();
      await writer.write(encodeStdFrame({ stream: 'stderr', data: encodeUtf8(`got ${input}`) }));
      await writer.close();
    }, early),
  );
  const stream = await client.containers.attach('c', { stdin: true, stderr: true });
  const writer = stream.writable.getWriter();
  await writer.write(encodeUtf8('hello'));
  await writer.close();
  const frames: string[] = [];
  for await (const frame of decodeStdFrames(stream.readable)) frames.push(`${frame.stream}: ${decodeUtf8(frame.data)}`);
  expect(frames).toEqual(['stdout: early ', 'stderr: got hello']);
  expect(engine.asked).toEqual(['POST /containers/c/attach?stderr=1&stdin=1&stream=1']);
});

test('a refused hijack says no more than its status', async () => {
  const { client } = clientOf(() => ({ status: 409, json: { message: 'paused' } }));
  await expect(client.containers.attach('c', {})).rejects.toThrow('unable to upgrade to tcp, received 409');
});

test('wait returns when the daemon watches, and its result when the container ended', async () => {
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const { client } = clientOf(() => async ({ writable }: Duplex) => {
    const writer = writable.getWriter();
    await writer.write(encodeUtf8('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'));
    await ended;
    await writer.write(encodeUtf8('11\r\n{"StatusCode":42}\r\n0\r\n\r\n'));
    await writer.close();
  });
  const { result } = await client.containers.wait('c', 'next-exit');
  end();
  expect(await result).toEqual({ StatusCode: 42 });
});

test('aborting ends a stream that would go on', async () => {
  const abort = new AbortController();
  const { client } = clientOf(() => async ({ writable }: Duplex) => {
    const writer = writable.getWriter();
    await writer.write(encodeUtf8('HTTP/1.1 200 OK\r\n\r\nline\n'));
  });
  const body = await client.containers.logs('c', { follow: true }, abort.signal);
  const reader = body.getReader();
  expect(decodeUtf8((await reader.read()).value!)).toBe('line\n');
  const next = reader.read();
  abort.abort();
  await expect(next).rejects.toMatchObject({ name: 'AbortError' });
});

test('one connection a request, closed after it', async () => {
  const ends: Duplex[] = [];
  const dial = async (): Promise<Duplex> => {
    const [client, server] = duplexPair();
    ends.push(server);
    const writer = server.writable.getWriter();
    await writer.write(
      concatBytes([
        encodeUtf8('HTTP/1.1 200 OK\r\nApi-Version: 1.50\r\nContent-Length: 2\r\n\r\n'),
        encodeUtf8(ends.length === 1 ? '' : '[]'),
      ]),
    );
    return client;
  };
  const client = new EngineClient({ dial });
  expect(await client.containers.list()).toEqual([]);
  expect(ends).toHaveLength(2);
  const reader = ends[1]!.readable.getReader();
  const head = decodeUtf8((await reader.read()).value!);
  expect(head).toMatch(/^GET \/v1.50\/containers\/json HTTP\/1.1\r\nHost: api.moby.localhost\r\n/);
  expect(head).toContain('Connection: close\r\n');
  expect((await reader.read()).done).toBe(true);
});

/** Counts what is pulled from it and whether it was cancelled. */
function countedStream(chunks: number): {
  stream: ReadableStream<Uint8Array>;
  pulled: () => number;
  ended: Promise<void>;
} {
  let pulled = 0;
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (pulled++ < chunks) return controller.enqueue(new Uint8Array(1000).fill(0x61));
        controller.close();
        end();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
  return { stream, pulled: () => pulled, ended };
}

test('a streamed body goes out in chunks', async () => {
  let text = '';
  const { client } = clientOf(() => async ({ readable, writable }: Duplex) => {
    const reader = readable.getReader();
    while (!text.endsWith('0\r\n\r\n')) text += decodeUtf8((await reader.read()).value!);
    const writer = writable.getWriter();
    await writer.write(encodeUtf8('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    await writer.close();
  });
  await client.containers.extract('c', '/x', countedStream(2).stream, { copyUidGid: true });
  expect(text).toMatch(/^3e8\r\na{1000}\r\n3e8\r\na{1000}\r\n0\r\n\r\n$/);
});

test('a refusal ends the sending', async () => {
  const { client } = clientOf(() => ({ status: 404, json: { message: 'no' } }));
  const endless = countedStream(Infinity);
  const extracting = client.containers.extract('c', '/x', endless.stream, { copyUidGid: false });
  await expect(extracting).rejects.toThrow('Error response from daemon: no');
  await endless.ended;
  expect(endless.pulled()).toBeLessThan(1000);
});

test('a body that fails fails the request, and the connection', async () => {
  const { client } = clientOf(
    () =>
      ({ readable }: Duplex) =>
        readText(readable).then(() => {}),
  );
  const broken = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error('broken disk')) });
  await expect(client.containers.extract('c', '/x', broken, { copyUidGid: false })).rejects.toThrow('broken disk');
});
