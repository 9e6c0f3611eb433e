import type { Duplex } from '../lib/duplex.ts';
import { createApiHandler } from './api-handler.ts';
import type { Backends } from './backends.ts';
import { serveConnection } from './http/connection.ts';
import type { RequestHandler } from './http/request.ts';

/** The Engine API over byte streams. */
export interface EngineServer {
  /**
   * Serves one client's connection until either side closes it. Never rejects. Requests on one connection are answered
   * in order; a client that wants two at once opens two. The signal breaks the connection.
   */
  serve(connection: Duplex, signal?: AbortSignal): Promise<void>;
}

/** One request and what it was answered; `status` is 101 where the connection was taken over. */
export interface AnsweredRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly userAgent: string;
  readonly status: number;
}

/** `onAnswer` is told of every request when its answer's head is known. */
export function createServer(
  backends: Backends,
  onAnswer: (answered: AnsweredRequest) => void = () => {},
): EngineServer {
  const answer = createApiHandler(backends);
  const handle: RequestHandler = async (request) => {
    const reply = await answer(request);
    const { method, target, headers } = request;
    const status = reply instanceof Response ? reply.status : 101;
    onAnswer({ method, target, userAgent: headers.get('user-agent') ?? '', status });
    return reply;
  };
  return { serve: (connection, signal) => serveConnection(connection, handle, signal) };
}
