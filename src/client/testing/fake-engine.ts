/** An engine for tests: answers requests over in-memory connections from a table, and remembers what it was asked. */
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { duplexPair, type Duplex } from '../../lib/duplex.ts';
import type { Dial } from '../http.ts';

export interface FakeRequest {
  readonly method: string;
  /** Path and query, without the API version. */
  readonly target: string;
  readonly body: string;
}

/** The status and JSON of a reply; bytes to send as they are; or a function that takes over the connection. */
export type FakeReply =
  { status: number; json?: unknown; text?: string } | Uint8Array | ((connection: Duplex) => Promise<void>);

export interface FakeEngine {
  readonly dial: Dial;
  /** All but pings, as `POST /containers/create?name=x`. */
  readonly asked: string[];
  readonly requests: FakeRequest[];
}

export function fakeEngine(
  answer: (request: FakeRequest) => FakeReply | Promise<FakeReply>,
  apiVersion = '1.50',
): FakeEngine {
  const asked: string[] = [];
  const requests: FakeRequest[] = [];
  const serve = async (connection: Duplex): Promise<void> => {
    const request = await readRequest(connection);
    const writer = connection.writable.getWriter();
    if (request.target === '/_ping') {
      await writer.write(
        response(200, `Api-Version: ${apiVersion}\r\nOstype: linux\r\nDocker-Experimental: true\r\n`, ''),
      );
      return writer.close();
    }
    asked.push(`${request.method} ${request.target}`);
    requests.push(request);
    const reply = await answer(request);
    if (typeof reply === 'function') {
      writer.releaseLock();
      return reply(connection);
    }
    await writer.write(
      reply instanceof Uint8Array ? reply : response(reply.status, 'Content-Type: application/json\r\n', textOf(reply)),
    );
    await writer.close();
  };
  const dial = async (): Promise<Duplex> => {
    const [client, server] = duplexPair();
    serve(server).catch(() => {});
    return client;
  };
  return { dial, asked, requests };
}

const textOf = ({ json, text }: { json?: unknown; text?: string }): string =>
  text ?? (json === undefined ? '' : JSON.stringify(json));

function response(status: number, headers: string, body: string): Uint8Array {
  const length = status === 204 || status === 304 ? '' : `Content-Length: ${encodeUtf8(body).length}\r\n`;
  return encodeUtf8(`HTTP/1.1 ${status} Status\r\n${headers}${length}\r\n${body}`);
}

async function readRequest(connection: Duplex): Promise<FakeRequest> {
  const reader = connection.readable.getReader();
  const chunks: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error('the client closed');
    chunks.push(value);
    const text = decodeUtf8(concatBytes(chunks));
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) continue;
    const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
    const body = text.slice(end + 4);
    if (encodeUtf8(body).length < length) continue;
    reader.releaseLock();
    const [method = '', target = ''] = text.split(' ');
    return { method, target: target.replace(/^\/v1\.\d+/, ''), body };
  }
}

/** A reply that hands the connection over: `101`, then what `talk` does with it. */
export const upgrade =
  (talk: (connection: Duplex) => Promise<void>, early: Uint8Array = new Uint8Array()): FakeReply =>
  async (connection) => {
    const writer = connection.writable.getWriter();
    const head = encodeUtf8(
      'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
    );
    await writer.write(concatBytes([head, early]));
    writer.releaseLock();
    await talk(connection);
  };
