/** The Engine API on a unix socket, for the real `docker` CLI, dockerode, Compose and curl. */
import { lstat, unlink } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import type { EngineServer } from '../server/server.ts';
import { socketDuplex } from './socket-duplex.ts';

export interface UnixListener {
  /** Stops listening, ends every connection and removes the socket; resolves when all are gone. */
  close(): Promise<void>;
}

/**
 * Listens on `path`, which only the owner may use (whoever can reach the socket commands the engine). A socket nobody
 * listens on any more, left by a process that died, is replaced; one in use is an error.
 */
export async function serveUnix(server: EngineServer, path: string): Promise<UnixListener> {
  await removeStale(path);
  const connections = new Set<Socket>();
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    void server.serve(socketDuplex(socket)).then(() => socket.destroySoon());
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.once('listening', resolve);
    // The socket's file is made within this call; a chmod afterwards would leave a moment in which anyone could connect.
    const mask = process.umask(0o177);
    listener.listen(path);
    process.umask(mask);
  });
  return {
    async close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

async function removeStale(path: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const probe = new Socket();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    probe.connect(path, () => {
      probe.destroy();
      resolve(undefined);
    });
  });
  if (code === undefined) throw new Error(`listening on ${path}: another process is listening there`);
  // A plain file refuses connections too; listening then says that the address is in use.
  if (code === 'ECONNREFUSED' && (await lstat(path)).isSocket()) await unlink(path);
}
