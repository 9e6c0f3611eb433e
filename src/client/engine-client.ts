import type { Ping } from '../api/system.ts';
import { Containers } from './containers.ts';
import { Execs } from './execs.ts';
import { Images } from './images.ts';
import { Networks } from './networks.ts';
import { System } from './system.ts';
import { Transport, type TransportOptions } from './transport.ts';
import { Volumes } from './volumes.ts';

/** A client of the Docker Engine API. Errors: ApiError for what the daemon refuses, ConnectionError for no answer. */
export class EngineClient {
  readonly containers: Containers;
  readonly execs: Execs;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly system: System;
  readonly #transport: Transport;

  constructor(options: TransportOptions) {
    this.#transport = new Transport(options);
    this.containers = new Containers(this.#transport);
    this.execs = new Execs(this.#transport);
    this.images = new Images(this.#transport);
    this.networks = new Networks(this.#transport);
    this.volumes = new Volumes(this.#transport);
    this.system = new System(this.#transport);
  }

  ping(): Promise<Ping> {
    return this.#transport.ping();
  }

  /** What the engine said of itself when it was first asked. */
  engine(): Promise<Ping> {
    return this.#transport.engine();
  }

  /** The API version both sides speak. */
  apiVersion(): Promise<string> {
    return this.#transport.version();
  }
}
