/** `POST /containers/{id}/attach`: the connection becomes the container's standard streams. */
import { errorKind, httpStatus } from '../../api/error.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { pumpAttached, streamContentType } from '../attached-pump.ts';
import { param, type ApiContext } from '../context.ts';
import * as query from '../query.ts';
import { errorMessage, takeOver } from '../replies.ts';
import type { AttachedStreams } from '../../api/backend/attached-streams.ts';
import type { ContainerBackend } from '../../api/backend/container.ts';

export async function attachContainer(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  let streams: AttachedStreams;
  try {
    streams = await backend.attach(
      param(c, 'id'),
      {
        stdin: query.boolean(c, 'stdin'),
        stdout: query.boolean(c, 'stdout'),
        stderr: query.boolean(c, 'stderr'),
        logs: query.boolean(c, 'logs'),
        stream: query.boolean(c, 'stream'),
        detachKeys: query.text(c, 'detachKeys'),
      },
      c.env.signal,
    );
  } catch (error) {
    // Docker answers on the hijacked connection: plain text, and the end of the connection.
    return new Response(encodeUtf8(`${errorMessage(error)}\r\n`) as Uint8Array<ArrayBuffer>, {
      status: httpStatus(errorKind(error)),
      headers: { 'content-type': 'application/vnd.docker.raw-stream', connection: 'close' },
    });
  }
  return takeOver(c, streamContentType(c, streams.tty), (stream) => pumpAttached(streams, stream));
}
