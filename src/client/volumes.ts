/** Requests under `/volumes`. */
import { trimId, type Transport } from './transport.ts';

export class Volumes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The daemon's own text, key order and all. */
  async inspectRaw(name: string): Promise<string> {
    return this.#transport.text('GET', `/volumes/${trimId('volume', name)}`);
  }
}
