/** `GET /containers/{id}/attach/ws`: the container's standard streams as the messages of a WebSocket, never multiplexed. */
import { linkedAbort } from '../../lib/linked-abort.ts';
import { pumpAttached } from '../attached-pump.ts';
import { apiAtLeast, param, type ApiContext } from '../context.ts';
import * as query from '../query.ts';
import { takeOver } from '../replies.ts';
import { acceptHandshake, webSocketBytes } from '../websocket/websocket.ts';
import type { ContainerBackend } from '../../api/backend/container.ts';

export async function attachWebSocket(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  const closing = linkedAbort(c.env.signal);
  // Clients before 1.42 could not choose.
  const chosen = (stream: string): boolean => !apiAtLeast(c, '1.42') || query.boolean(c, stream);
  const streams = await backend.attach(
    param(c, 'id'),
    {
      stdin: chosen('stdin'),
      stdout: chosen('stdout'),
      stderr: chosen('stderr'),
      logs: query.boolean(c, 'logs'),
      stream: query.boolean(c, 'stream'),
      detachKeys: query.text(c, 'detachKeys'),
    },
    closing.signal,
  );
  const accepted = await acceptHandshake(c.env.headers);
  if (!accepted) {
    closing.abort();
    return c.body('Bad Request', 400, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '11',
      'sec-websocket-version': '13',
    });
  }
  const reply = takeOver(c, '', async (connection) => {
    const text = !apiAtLeast(c, '1.28');
    const client = webSocketBytes(connection, { text, onClose: () => closing.abort() });
    await pumpAttached({ ...streams, tty: true }, client);
    await client.writable.close();
  });
  reply.headers.delete('content-type');
  for (const [name, value] of Object.entries(accepted)) reply.headers.set(name, value);
  return reply;
}
