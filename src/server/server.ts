import type { Duplex } from '../lib/duplex.ts';
import { createApiHandler } from './api-handler.ts';
import type { Backends } from './backends.ts';
import { serveConnection } from './http/connection.ts';

/** The Engine API over byte streams. */
export interface EngineServer {
  /**
   * Serves one client's connection until either side closes it. Never rejects. Requests on one connection are answered
   * in order; a client that wants two at once opens two. The signal breaks the connection.
   */
  serve(connection: Duplex, signal?: AbortSignal): Promise<void>;
}

export function createServer(backends: Backends): EngineServer {
  const handle = createApiHandler(backends);
  return { serve: (connection, signal) => serveConnection(connection, handle, signal) };
}
