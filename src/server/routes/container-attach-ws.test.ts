import { expect, test } from 'vitest';
import { createFakeEngine } from '../../../test/support/fake-engine.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { duplexPair } from '../../lib/duplex.ts';
import { createApiHandler } from '../api-handler.ts';
import { serveConnection } from '../http/connection.ts';

const handshake = {
  Connection: 'keep-alive, Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  // Key and answer of RFC 6455, section 1.3.
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

const engine = createFakeEngine();
const handle = createApiHandler(engine);

async function container(Cmd: string[]): Promise<string> {
  const bytes = encodeUtf8(JSON.stringify({ Image: 'busybox', Cmd, OpenStdin: true, StdinOnce: true }));
  const reply = await handle({
    method: 'POST',
    target: '/containers/create',
    headers: new Headers({ 'content-type': 'application/json' }),
    hasBody: true,
    body: new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(),
    signal: new AbortController().signal,
  });
  return ((await (reply as Response).json()) as { Id: string }).Id;
}

/** Opens a connection, sends the request, and reads and writes its bytes as Latin-1. */
function dial(target: string, headers: Record<string, string>) {
  const [near, far] = duplexPair();
  const served = serveConnection(far, handle);
  const reader = near.readable.getReader();
  const writer = near.writable.getWriter();
  let received = '';
  const send = (text: string) => writer.write(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  const fill = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (!done) received += String.fromCharCode(...value);
    return !done;
  };
  const until = async (end: string): Promise<string> => {
    while (!received.includes(end)) if (!(await fill())) throw new Error(`the server closed after ${received}`);
    const length = received.indexOf(end) + end.length;
    const taken = received.slice(0, length);
    received = received.slice(length);
    return taken;
  };
  const rest = async (): Promise<string> => {
    while (await fill()) continue;
    return received;
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  void send(`GET ${target} HTTP/1.1\r\nHost: d\r\n${lines.join('')}\r\n`);
  return { send, until, rest, served };
}

const start = (id: string) =>
  handle({
    method: 'POST',
    target: `/containers/${id}/start`,
    headers: new Headers(),
    hasBody: false,
    body: new Blob([]).stream(),
    signal: new AbortController().signal,
  });

/** A client's frame with a mask of zeros: the payload stays readable. */
const frame = (opcode: number, payload: string): string =>
  `${String.fromCharCode(0x80 | opcode, 0x80 | payload.length)}\0\0\0\0${payload}`;

test.each([
  ['v1.50', '?stream=1&stdin=1&stdout=1', '\x82'],
  ['v1.24', '?stream=1', '\x81'],
])('messages are stdin and output (%s); closing closes', async (version, query, first) => {
  const id = await container(['cat']);
  const socket = dial(`/${version}/containers/${id}/attach/ws${query}`, handshake);
  expect(await socket.until('\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 101 Switching Protocols\r\n(?=[^]*Connection: Upgrade\r\n)(?=[^]*Upgrade: websocket\r\n)[^]*Sec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/,
  );
  await start(id);
  await socket.send(frame(1, 'typed\n'));
  expect(await socket.until('typed\n')).toBe(`${first}\x06typed\n`);
  await socket.send(frame(9, 'are you there'));
  expect(await socket.until('are you there')).toBe('\x8a\x0dare you there');
  await socket.send(frame(8, '\x03\xe8'));
  expect(await socket.rest()).toBe('\x88\x02\x03\xe8');
  await socket.served;
});

test('the end of the output closes the socket, and output is not multiplexed', async () => {
  const id = await container(['both']);
  const socket = dial(`/containers/${id}/attach/ws?stream=1&stdout=1&stderr=1`, handshake);
  await socket.until('\r\n\r\n');
  await start(id);
  expect(await socket.rest()).toBe('\x82\x04out\n\x82\x04err\n\x88\x02\x03\xe8');
});

test('what is against the protocol closes the socket', async () => {
  const id = await container(['cat']);
  const socket = dial(`/containers/${id}/attach/ws?stream=1&stdin=1&stdout=1`, handshake);
  await socket.until('\r\n\r\n');
  await start(id);
  await socket.send('\x82\x00');
  expect(await socket.rest()).toBe('\x88\x02\x03\xea');
});

test('no container, no WebSocket', async () => {
  const socket = dial('/containers/nope/attach/ws?stream=1', { ...handshake, Connection: 'close' });
  expect(await socket.rest()).toMatch(/^HTTP\/1\.1 404 [^]*\{"message":"No such container: nope"\}\n$/);
});

test.each([
  ['no upgrade', {}],
  ['another version', { ...handshake, 'Sec-WebSocket-Version': '8' }],
  ['a key that is none', { ...handshake, 'Sec-WebSocket-Key': 'short' }],
])('%s: no handshake', async (_what, headers) => {
  const id = await container(['cat']);
  const socket = dial(`/containers/${id}/attach/ws?stream=1&stdout=1`, headers);
  expect(await socket.until('Bad Request')).toMatch(/^HTTP\/1\.1 400 Bad Request/);
});
