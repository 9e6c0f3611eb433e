/** The server's side of a WebSocket, RFC 6455: the answer to a handshake, and a connection's messages as plain bytes. */
import { sha1 } from 'hash-wasm';
import type { Duplex } from '../../lib/duplex.ts';
import { closeCodes, encodeClose, encodeFrame, FrameDecoder, opcodes, WebSocketError } from './frames.ts';

/** What every server appends to a client's key, section 1.3. */
const keySuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The headers of the 101 that accepts a handshake; undefined when the request is none. */
export async function acceptHandshake(request: Headers): Promise<Record<string, string> | undefined> {
  const tokens = (name: string): string[] => (request.get(name) ?? '').toLowerCase().split(/\s*,\s*/);
  const key = request.get('sec-websocket-key')?.trim() ?? '';
  const asked = tokens('upgrade').includes('websocket') && tokens('connection').includes('upgrade');
  if (!asked || request.get('sec-websocket-version')?.trim() !== '13' || !/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    return undefined;
  }
  const digest = await sha1(key + keySuffix);
  const bytes = digest.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
  const protocols = request.get('sec-websocket-protocol')?.split(/\s*,\s*/) ?? [];
  return {
    upgrade: 'websocket',
    'sec-websocket-accept': btoa(String.fromCharCode(...bytes)),
    // A client that offers one protocol expects it to be taken.
    ...(protocols.length === 1 ? { 'sec-websocket-protocol': protocols[0]! } : {}),
  };
}

/**
 * The bytes of the messages on a connection; messages to the peer are one frame a chunk. Pings are answered. `onClose`
 * is called when the peer closes the WebSocket, which ends `readable`. Closing `writable` closes the WebSocket.
 */
export function webSocketBytes(connection: Duplex, { text, onClose }: { text: boolean; onClose: () => void }): Duplex {
  const decoder = new FrameDecoder();
  const writer = connection.writable.getWriter();
  let closed = false;
  const close = async (code: number): Promise<void> => {
    if (closed) return;
    closed = true;
    await writer.write(encodeClose(code));
  };

  async function* messages(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of connection.readable) {
        for (const { opcode, payload } of decoder.decode(chunk)) {
          if (opcode === opcodes.close) {
            await close(closeCodes.normal);
            return;
          }
          if (opcode === opcodes.ping && !closed) await writer.write(encodeFrame(opcodes.pong, payload));
          if (opcode < opcodes.close) yield payload;
        }
      }
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error;
      await close(closeCodes.protocolError);
    } finally {
      onClose();
    }
  }

  const iterator = messages();
  return {
    readable: new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const next = await iterator.next();
          if (next.done === true) controller.close();
          else controller.enqueue(next.value);
        },
        // The connection ends with whoever took it over; until then nobody waits for its bytes.
        cancel: () => void iterator.return(undefined).catch(() => {}),
      },
      { highWaterMark: 0 },
    ),
    writable: new WritableStream({
      async write(chunk) {
        if (!closed) await writer.write(encodeFrame(text ? opcodes.text : opcodes.binary, chunk));
      },
      close: () => close(closeCodes.normal),
    }),
  };
}
