import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RawClient } from '../../../test/support/raw-client.ts';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { deferred } from '../../lib/deferred.ts';
import { duplexPair } from '../../lib/duplex.ts';
import { serveConnection } from './connection.ts';
import { HttpError } from './http-error.ts';
import type { RequestHandler, ServerRequest } from './request.ts';
import { maxHeadBytes } from './request-parser.ts';

const connect = (handle: RequestHandler) => RawClient.connect((connection) => serveConnection(connection, handle));

const twice = (text: string): [string, string] => [text, text];

async function readBody(request: ServerRequest): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request.body) chunks.push(chunk);
  return chunks.length === 0 ? '' : decodeUtf8(concatBytes(chunks));
}

const textReply = (body: string): Response =>
  new Response(body, { headers: { 'content-length': `${encodeUtf8(body).length}`, 'content-type': 'text/plain' } });

/** Answers with what it was asked. */
const echo: RequestHandler = async (request) =>
  textReply(`<${request.method} ${request.target} ${await readBody(request)}>`);

const get = (target: string, headers = ''): string => `GET ${target} HTTP/1.1\r\nHost: d\r\n${headers}\r\n`;

test('requests on one connection are answered in order, until the client half-closes', async () => {
  const { client, served } = connect(echo);
  await client.send(get('/a'));
  expect(await client.readUntil('>')).toMatch(
    /^HTTP\/1\.1 200 OK\r\nContent-Length: 9\r\nContent-Type: text\/plain\r\nDate: [^\r]+ GMT\r\n\r\n<GET \/a >$/,
  );
  await client.send(get('/b') + get('/c'), 'POST /d HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\nhi' + get('/e'));
  await client.endInput();
  expect((await client.readAll()).match(/<.*?>/g)).toEqual(['<GET /b >', '<GET /c >', '<POST /d hi>', '<GET /e >']);
  await served;
});

test('however the bytes of pipelined requests are cut, the same requests come out', async () => {
  const body = fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', 'G', ' '), maxLength: 30 });
  const request = fc.record({ body, chunks: fc.option(fc.array(fc.integer({ min: 1, max: 9 }))) });
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 5 }), fc.array(fc.nat(200)), async (requests, cuts) => {
      const bytes = encodeUtf8(requests.map((each, at) => encodeRequest(`/${at}`, each.body, each.chunks)).join(''));
      const seen: string[] = [];
      const { client, served } = connect(async (incoming) => {
        seen.push(`${incoming.target} ${await readBody(incoming)}`);
        return new Response(null, { status: 204 });
      });
      const received = client.readAll();
      let offset = 0;
      for (const cut of cuts) {
        await client.send(bytes.subarray(offset, offset + cut));
        offset += cut;
      }
      await client.send(bytes.subarray(offset));
      await client.endInput();
      await Promise.all([received, served]);
      expect(seen).toEqual(requests.map((each, at) => `/${at} ${each.body}`));
    }),
  );
});

function encodeRequest(target: string, body: string, chunks: number[] | null): string {
  if (chunks === null) return `POST ${target} HTTP/1.1\r\nHost: d\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  let text = `POST ${target} HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n`;
  let rest = body;
  for (const size of [...chunks, body.length]) {
    const chunk = rest.slice(0, size);
    rest = rest.slice(size);
    if (chunk !== '') text += `${chunk.length.toString(16)};ext=1\r\n${chunk}\r\n`;
  }
  return `${text}0\r\nTrailer: x\r\n\r\n`;
}

test('bytes that are no HTTP never hang or crash a connection', async () => {
  const fragments = fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'Host: d\r\n',
    '\r\n',
    'Transfer-Encoding: chunked\r\n',
    '5\r\n',
    'zz',
    '\n',
    'Content-Length: 3\r\n',
    'Content-Length: -1\r\n',
    ': x\r\n',
    ' folded\r\n',
    'HTTP/9.9',
    '\0',
    'é',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fragments, { maxLength: 12 }), async (parts) => {
      const { client, served } = connect(echo);
      const received = client.readAll();
      await client.send(...parts).catch(() => {});
      await client.endInput().catch(() => {});
      await served;
      // What is echoed breaks off where the request's body does; any other end is a whole response, or none.
      const end = await received.catch((error: unknown) => error);
      if (end instanceof HttpError) expect(end.message).toBe('unexpected EOF');
      else expect(end).toMatch(/^(HTTP\/1\.[01] \d{3} |$)/);
    }),
    { examples: [[['GET / HTTP/1.1\r\n', 'Transfer-Encoding: chunked\r\n', 'Host: d\r\n', '\n']]] },
  );
});

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['a method that is no token', 'G(T / HTTP/1.1\r\nHost: d\r\n\r\n', 400],
  ['a target without a slash', get('version'), 400],
  ['a percent sign that begins no escape', get('/%zz'), 400],
  ['two Hosts', get('/', 'Host: e\r\n'), 400],
  ['a Host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['a target with control characters', 'GET /\x01 HTTP/1.1\r\nHost: d\r\n\r\n', 400],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['a line that is no header', get('/', 'nonsense\r\n'), 400],
  ['a space before the colon', get('/', 'X : y\r\n'), 400],
  ['a folded header', get('/', 'X: y\r\n z\r\n'), 400],
  ['a length that is no number', get('/', 'Content-Length: ten\r\n'), 400],
  ['a negative length', get('/', 'Content-Length: -5\r\n'), 400],
  ['two lengths', get('/', 'Content-Length: 1\r\nContent-Length: 2\r\n'), 400],
  ['a length and chunks', get('/', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'), 400],
  ['an unknown transfer encoding', get('/', 'Transfer-Encoding: gzip, chunked\r\n'), 501],
  ['a head without end', `GET / HTTP/1.1\r\nHost: d\r\nX: ${'x'.repeat(maxHeadBytes)}`, 431],
  ['a head of too many lines', get('/', 'X: y\r\n'.repeat(maxHeadBytes / 6)), 431],
  ['a target too long', get(`/${'x'.repeat(maxHeadBytes)}`), 431],
  ['another HTTP', 'GET / HTTP/2.0\r\nHost: d\r\n\r\n', 505],
  ['an expectation nobody knows', get('/', 'Expect: miracles\r\n'), 417],
])('%s is refused and the connection closed', async (_what, bytes, status) => {
  const { client, served } = connect(() => expect.unreachable('the request was handled'));
  const sent = client.send(bytes).catch(() => {});
  const reply = await client.readAll();
  expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]+\r\nConnection: close\r\n`));
  await served;
  await sent;
});

const badBodies: [what: string, header: string, body: string][] = [
  ['a chunk size that is no number', 'Transfer-Encoding: chunked', `zz\r\n${get('/smuggled')}`],
  ['a chunk longer than it says', 'Transfer-Encoding: chunked', `1\r\nabc\r\n${get('/smuggled')}`],
  ['chunk extensions without end', 'Transfer-Encoding: chunked', `1;${'x'.repeat(maxHeadBytes)}`],
  ['a body cut off', 'Content-Length: 10', 'abc'],
];

test.each(badBodies)('%s fails the reading of the body and ends the connection', async (_what, header, body) => {
  const handling = deferred();
  const failure = deferred<unknown>();
  const { client, served } = connect(async (request) => {
    handling.resolve();
    await readBody(request).catch(failure.resolve);
    return new Response(null, { status: 204 });
  });
  await client.send(`POST / HTTP/1.1\r\nHost: d\r\n${header}\r\n\r\n`);
  await handling.promise;
  const sent = client.send(body).then(() => client.endInput());
  expect(await failure.promise).toBeInstanceOf(Error);
  expect((await client.readAll()).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 204']);
  await served;
  await sent.catch(() => {});
});

test.each(badBodies.slice(0, 3))('%s that comes with the head ends the connection too', async (_what, header, body) => {
  const { client, served } = connect(async (request) => textReply(await readBody(request).catch(() => '<failed>')));
  const sent = client.send(`POST / HTTP/1.1\r\nHost: d\r\n${header}\r\n\r\n${body}`).catch(() => {});
  expect(await client.readAll()).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n[^]*\r\n\r\n<failed>$/);
  await served;
  await sent;
});

test.each([
  ['hello\r\n\r\n', '400 Bad Request', '400 Bad Request'],
  ['GET / HTTP/1.1\r\n\r\n', ...twice('400 Bad Request: missing required Host header')],
  [get('/', 'X : y\r\n'), ...twice('400 Bad Request: invalid header name')],
  ['GET / HTTP/2.0\r\n\r\n', ...twice('505 HTTP Version Not Supported: unsupported protocol version')],
  [get('/', 'Transfer-Encoding: gzip\r\n'), '501 Not Implemented', 'Unsupported transfer encoding'],
])('%j is refused as Go refuses it', async (bytes, statusLine, body) => {
  const { client, served } = connect(() => expect.unreachable('the request was handled'));
  await client.send(bytes);
  expect(await client.readAll()).toBe(
    `HTTP/1.1 ${statusLine}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${body}`,
  );
  await served;
});

test('any token is a method', async () => {
  const { client } = connect(echo);
  await client.send('get /a HTTP/1.1\r\nHost: d\r\n\r\n', 'CONNECT /b HTTP/1.1\r\nHost: d\r\n\r\n');
  await client.readUntil('<get /a >');
  await client.readUntil('<CONNECT /b >');
});

test('a body is streamed: the handler sees its beginning before its end is sent', async () => {
  const first = deferred<string>();
  const { client } = connect(async (request) => {
    const reader = request.body.getReader();
    first.resolve(decodeUtf8((await reader.read()).value!));
    const second = decodeUtf8((await reader.read()).value!);
    return textReply(`<${second} ${(await reader.read()).done}>`);
  });
  await client.send('POST / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  expect(await first.promise).toBe('hello');
  await client.send('6\r\n world\r\n0\r\n\r\n');
  expect(await client.readUntil('>')).toMatch(/< world true>$/);
});

test('100 Continue is sent when the body is wanted, and not before', async () => {
  const want = deferred();
  const asked = deferred();
  const { client } = connect(async (request) => {
    asked.resolve();
    await want.promise;
    return textReply(`<${await readBody(request)}>`);
  });
  await client.send('POST / HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  await asked.promise;
  want.resolve();
  expect(await client.readUntil('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  await client.send('hi');
  expect(await client.readUntil('>')).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*<hi>$/);
});

test('a client never told to continue is told to go', async () => {
  const { client, served } = connect(async () => textReply('no'));
  await client.send('POST / HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
  expect(await client.readAll()).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n[^]*no$/);
  await served;
});

test('a small body nobody read is dropped; for a large one the connection ends', async () => {
  const { client, served } = connect(async ({ target }) => textReply(`<${target}>`));
  await client.send('POST /a HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\n\r\nhello', get('/b'));
  await client.readUntil('</b>');
  await client.send('POST /c HTTP/1.1\r\nHost: d\r\nContent-Length: 9999999\r\n\r\nhello');
  expect(await client.readAll()).toMatch(/\r\nConnection: close\r\n[^]*<\/c>$/);
  await served;
});

test('a streamed reply sends its head at once and each chunk as it comes', async () => {
  let controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({ start: (given) => void (controller = given) });
  const { client } = connect(async (request) => (request.target === '/next' ? textReply('next') : new Response(body)));
  await client.send(get('/'));
  expect(await client.readUntil('\r\n\r\n')).toContain('\r\nTransfer-Encoding: chunked\r\n');
  controller.enqueue(encodeUtf8('first line\n') as Uint8Array<ArrayBuffer>);
  expect(await client.readUntil('line\n\r\n')).toBe('b\r\nfirst line\n\r\n');
  controller.close();
  expect(await client.readUntil('0\r\n\r\n')).toBe('0\r\n\r\n');
  await client.send(get('/next'));
  await client.readUntil('next');
});

test('HEAD, 204 and 304 have no body', async () => {
  const { client } = connect(async ({ method, target }) =>
    method === 'HEAD' ? textReply('body') : new Response(null, { status: Number(target.slice(1)) }),
  );
  await client.send('HEAD / HTTP/1.1\r\nHost: d\r\n\r\n', get('/204'), get('/304'), get('/200'));
  const heads = [];
  for (let at = 0; at < 4; at++) heads.push(await client.readUntil('\r\n\r\n'));
  expect(heads.map((head) => head.replace(/Date: [^\r]*\r\n/, ''))).toEqual([
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  ]);
});

test('HTTP/1.0 and Connection: close end the connection, and 1.0 gets no chunks', async () => {
  const streamed = connect(async () => new Response(new Blob(['streamed']).stream()));
  await streamed.client.send('GET / HTTP/1.0\r\n\r\n');
  expect(await streamed.client.readAll()).toMatch(/^HTTP\/1\.0 200 OK\r\n(?!Transfer)[^]*\r\n\r\nstreamed$/);
  const closing = connect(echo);
  await closing.client.send(get('/a', 'Connection: close\r\n'), get('/b'));
  expect((await closing.client.readAll()).match(/<.*?>/g)).toEqual(['<GET /a >']);
  const kept = connect(echo);
  await kept.client.send('GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
  expect(await kept.client.readUntil('>')).toContain('\r\nConnection: keep-alive\r\n');
});

test.each(['vanish', 'endInput'] as const)('the signal fires when the client goes away (%s)', async (leave) => {
  const handling = deferred();
  const aborted = deferred();
  const { client, served } = connect(async ({ signal }) => {
    signal.addEventListener('abort', () => aborted.resolve());
    handling.resolve();
    await aborted.promise;
    return textReply('too late');
  });
  await client.send(get('/'));
  await handling.promise;
  await client[leave]();
  await aborted.promise;
  await served;
});

test('a client that stops reading ends its streamed reply when it goes', async () => {
  const cancelled = deferred();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    cancel: () => cancelled.resolve(),
  });
  const { client, served } = connect(async () => new Response(body));
  await client.send(get('/'));
  await client.readUntil('\r\n\r\n');
  await client.vanish();
  await cancelled.promise;
  await served;
});

test('the signal does not fire for a request that was answered', async () => {
  const signals: AbortSignal[] = [];
  const { client, served } = connect(async ({ signal }) => {
    signals.push(signal);
    return textReply('<ok>');
  });
  await client.send(get('/'));
  await client.readUntil('<ok>');
  await client.endInput();
  await served;
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});

const hijacking =
  (run: (input: string, write: (text: string) => Promise<void>) => Promise<void>): RequestHandler =>
  async (request) => {
    const body = await readBody(request);
    return {
      headers: new Headers({ 'content-type': 'application/vnd.docker.raw-stream' }),
      async run({ readable, writable }) {
        const writer = writable.getWriter();
        const write = (text: string) => writer.write(encodeUtf8(text));
        await write(`<body ${body}>`);
        let input = '';
        for await (const chunk of readable) {
          input += decodeUtf8(chunk);
          await run(input, write);
        }
        await write('<end of input>');
      },
    };
  };

test('a hijacked connection is raw both ways, from the first byte after the body, and half-closes', async () => {
  const { client, served } = connect(hijacking((input, write) => write(`<${input}>`)));
  const head = 'POST /x HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n';
  await client.send(`${head}{}GET / HTTP/1.1\r\n\r\n`);
  expect(await client.readUntil('\r\n\r\n')).toBe(
    'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nContent-Type: application/vnd.docker.raw-stream\r\nUpgrade: tcp\r\n\r\n',
  );
  expect(await client.readUntil('\r\n\r\n>')).toBe('<body {}><GET / HTTP/1.1\r\n\r\n>');
  await client.endInput();
  expect(await client.readAll()).toBe('<end of input>');
  await served;
});

test('a chunked body before a hijack ends where it ends', async () => {
  const { client } = connect(hijacking((input, write) => write(`<${input}>`)));
  const head =
    'POST /x HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nTransfer-Encoding: chunked\r\n\r\n';
  await client.send(`${head}2\r\n{}\r\n0\r\n\r\nraw`);
  await client.readUntil('<body {}><raw>');
});

test('without an Upgrade header a hijack is a 200 that lasts until the end of the connection', async () => {
  const { client } = connect(hijacking(async () => {}));
  await client.send('POST /x HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n');
  await client.endInput();
  expect(await client.readAll()).toBe(
    'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n<body ><end of input>',
  );
});

test('a hijacked connection whose client has gone fires the signal', async () => {
  const [near, far] = duplexPair();
  const aborted = deferred();
  const served = serveConnection(far, async ({ signal }) => {
    signal.addEventListener('abort', () => aborted.resolve());
    return { headers: new Headers(), run: () => aborted.promise };
  });
  const client = new RawClient(near);
  await client.send(get('/'));
  await client.readUntil('\r\n\r\n');
  await client.vanish();
  await aborted.promise;
  await served;
});
