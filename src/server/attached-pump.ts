import type { Duplex } from '../lib/duplex.ts';
import { encodeStdFrame } from '../lib/stdcopy.ts';
import { apiAtLeast, type ApiContext } from './context.ts';
import type { AttachedStreams } from '../api/backend/attached-streams.ts';

/** A client that did not ask for an upgrade, or is older than 1.42, is not told about frames. */
export function streamContentType(c: ApiContext, tty: boolean): string {
  const multiplexed = !tty && c.env.headers.has('upgrade') && apiAtLeast(c, '1.42');
  return `application/vnd.docker.${multiplexed ? 'multiplexed' : 'raw'}-stream`;
}

/**
 * Connects a process's streams with a client's connection until the output ends. The client's end of file closes the
 * process's stdin and nothing else: `docker run` without `-i` half-closes at once.
 */
export async function pumpAttached(streams: AttachedStreams, client: Duplex): Promise<void> {
  const ending = new AbortController();
  // Without stdin the client's bytes go nowhere, but are read: an unread socket would hide that the client has gone.
  const stdin = streams.stdin ?? new WritableStream<Uint8Array>();
  // A process that closed its stdin ends the copying, not the session; hence `preventCancel`.
  const copying = client.readable.pipeTo(stdin, { signal: ending.signal, preventCancel: true }).catch(() => {});
  const writer = client.writable.getWriter();
  try {
    for await (const frame of streams.output) {
      if (frame.data.length > 0) await writer.write(streams.tty ? frame.data : encodeStdFrame(frame));
    }
  } finally {
    writer.releaseLock();
    ending.abort();
    await copying;
  }
}
