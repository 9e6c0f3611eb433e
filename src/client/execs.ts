/** Requests under `/exec`. */
import type { ExecInspect, ExecStartRequest } from '../api/exec.ts';
import type { Duplex } from '../lib/duplex.ts';
import { trimId, type Transport } from './transport.ts';

export class Execs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Starts without its streams. */
  async start(id: string, body: ExecStartRequest): Promise<void> {
    await this.#transport.run('POST', path(id, 'start'), { body: { ...body, Detach: true } });
  }

  /** Starts and takes its streams: raw bytes with a tty, multiplexed frames without. */
  async attach(id: string, body: ExecStartRequest, signal?: AbortSignal): Promise<Duplex> {
    return this.#transport.hijack(path(id, 'start'), { body: { Detach: false, ...body }, signal });
  }

  async inspect(id: string): Promise<ExecInspect> {
    return this.#transport.json('GET', path(id, 'json'));
  }

  async resize(id: string, size: { h: number; w: number }): Promise<void> {
    await this.#transport.run('POST', path(id, 'resize'), { query: size });
  }
}

const path = (id: string, action: string): string => `/exec/${trimId('exec', id)}/${action}`;
