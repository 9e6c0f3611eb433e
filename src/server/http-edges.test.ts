// The handler behind a real connection: what clients see on the wire where HTTP and the routes meet.

import { expect, test } from 'vitest';
import { createFakeEngine } from '../../test/support/fake-engine.ts';
import { RawClient } from '../../test/support/raw-client.ts';
import { createApiHandler } from './api-handler.ts';
import { serveConnection } from './http/connection.ts';

const handle = createApiHandler(createFakeEngine());

/** All that comes back for `bytes`, up to the end of the connection; without the headers every reply has. */
async function exchange(bytes: string): Promise<string> {
  const { client } = RawClient.connect((connection) => serveConnection(connection, handle));
  const received = client.readAll();
  await client.send(bytes).catch(() => {});
  await client.endInput().catch(() => {});
  return (await received).replaceAll(/(Date|Api-Version|Ostype|Server|Docker-Experimental): [^\r]*\r\n/g, '');
}

const request = (line: string, headers = '', body = ''): string =>
  `${line} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n${headers}\r\n${body}`;
const json = 'Content-Type: application/json\r\n';

test.each([
  ['//_ping', '/_ping'],
  ['/containers/../_ping', '/_ping'],
  ['/containers/%2e%2E/_ping?a=../b', '/_ping?a=../b'],
  ['/./v1.50//images/json/', '/v1.50/images/json/'],
])('a path with empty or dot segments (%s) is moved, as Docker’s router moves it', async (target, location) => {
  expect(await exchange(request(`GET ${target}`))).toBe(
    `HTTP/1.1 301 Moved Permanently\r\nConnection: close\r\nContent-Length: 0\r\nLocation: ${location}\r\n\r\n`,
  );
});

test.each([
  ['a body cut off', 'Content-Length: 10\r\n', '{"a"', 'unexpected EOF'],
  [
    'a chunk size that is none',
    'Transfer-Encoding: chunked\r\n',
    'zz\r\n{}\r\n0\r\n\r\n',
    'invalid byte in chunk length',
  ],
  [
    'a chunk longer than it says',
    'Transfer-Encoding: chunked\r\n',
    '1\r\n{}\r\n0\r\n\r\n',
    'malformed chunked encoding',
  ],
])('%s is an error of the JSON in it', async (_what, headers, body, message) => {
  expect(await exchange(request('POST /containers/create', json + headers, body))).toMatch(
    new RegExp(`^HTTP/1.1 400 Bad Request\\r\\n[^]*\\r\\n\\r\\n\\{"message":"invalid JSON: ${message}"\\}\\n$`),
  );
});

test('a method nobody knows finds no page, and trailers are read and dropped', async () => {
  expect(await exchange(request('get /_ping'))).toMatch(/^HTTP\/1\.1 404 [^]*\{"message":"page not found"\}\n$/);
  const chunked = 'Transfer-Encoding: chunked\r\nTrailer: X-A\r\n';
  expect(
    await exchange(request('POST /containers/create', json + chunked, '1;e=1\r\n{\r\n1\r\n}\r\n0\r\nX-A: b\r\n\r\n')),
  ).toMatch(/config cannot be empty in order to create a container/);
});

test.each([
  ['application/json', undefined],
  ['application/json; charset=utf-8', undefined],
  ['APPLICATION/JSON;', undefined],
  ['a/b/c', 'malformed Content-Type header (a/b/c): mime: unexpected content after media subtype'],
  ['application/json; x', 'malformed Content-Type header (application/json; x): mime: invalid media parameter'],
  ['text/plain', "unsupported Content-Type header (text/plain): must be 'application/json'"],
])('Content-Type: %s', async (type, message) => {
  const reply = await exchange(
    request('POST /exec/nope/start', `Content-Type: ${type}\r\nContent-Length: 2\r\n`, '{}'),
  );
  expect((JSON.parse(reply.split('\r\n\r\n')[1]!) as { message: string }).message).toBe(
    message ?? 'No such exec instance: nope',
  );
});
