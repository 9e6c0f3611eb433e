// Stands between the proxy and a real registry and spoils what the registry sends, the way networks and attackers do.
import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';

/** Answers in the registry's stead, or returns false to let its own answer through. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export class FaultInjector {
  readonly #server: Server;
  fault: Fault = () => false;

  private constructor(upstream: string) {
    this.#server = createServer(async (request, response) => {
      if (await this.fault(request, response)) return;
      const { range, accept = '*/*' } = request.headers;
      const headers: Record<string, string> = { accept, ...(range && { range }) };
      const answer = await fetch(upstream + request.url, { method: request.method!, headers });
      const passed = [...answer.headers].filter(([name]) => name !== 'connection');
      response.writeHead(answer.status, Object.fromEntries(passed));
      response.end(new Uint8Array(await answer.arrayBuffer()));
    });
  }

  static async start(upstream: string): Promise<FaultInjector> {
    const injector = new FaultInjector(upstream);
    injector.#server.listen(0, '127.0.0.1');
    await once(injector.#server, 'listening');
    return injector;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
