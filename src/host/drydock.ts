// Puts the parts together on a running machine: engine, API server, the docker command for the guest. The page's worker
// and the headless program differ only in where the machine's files come from and who gets the streams.

import type { CliRegistries } from '../cli/registries.ts';
import { runCli } from '../cli/run-cli.ts';
import type { Dial } from '../client/http.ts';
import { startEngine, type Engine } from '../engine/engine.ts';
import { ImageStore } from '../engine/images/image-store.ts';
import type { BlobStore } from '../engine/layers/blob-store.ts';
import { HttpRegistry } from '../engine/registry/http-registry.ts';
import { RegistryClient } from '../engine/registry/registry-client.ts';
import { RegistryHttp } from '../engine/registry/registry-http.ts';
import { StaticRegistry } from '../engine/registry/static-registry.ts';
import { type Duplex, duplexPair } from '../lib/duplex.ts';
import type { Machine } from '../machine/machine.ts';
import { createServer, type EngineServer } from '../server/server.ts';
import { listeners } from './boot.ts';
import { cliRegistries } from './cli-registries.ts';
import { serveStub } from './cli-session.ts';
import { restartAfterCrash } from './restart-after-crash.ts';
import { resumeHost } from './resume.ts';
import { mountTools } from './tools.ts';
import { TraceLog } from './trace-log.ts';
import { runService } from './service.ts';
import { runXray } from './xray.ts';

export interface DrydockOptions {
  /** Where pulled layers are kept. */
  readonly blobs: BlobStore;
  /** URL of the folder with `registry/` (the offline catalogue) and `guest/`, ending in a slash. */
  readonly baseUrl: string;
  /** Reads those files. */
  readonly fetch: typeof fetch;
  /** Where the registry proxy is; without it there is the offline catalogue only. */
  readonly proxy?: { readonly url: string; readonly fetch: typeof fetch };
}

/** A machine with a Docker Engine on it. */
export class Drydock {
  readonly machine: Machine;
  readonly trace: TraceLog;
  /** For the docker command, which asks registries itself for some things. */
  readonly registries: CliRegistries;
  /** What to call with an error that nobody caught: the engine restarts, unless it keeps crashing. */
  readonly crashed: (error: unknown) => Promise<void>;
  readonly #images: ImageStore;
  #engine: Engine;
  /** What connections wait for: another one while the engine restarts. */
  #server: Promise<EngineServer>;
  /** Breaks the connections to the engine. */
  #connections = new AbortController();

  private constructor(machine: Machine, engine: Engine, images: ImageStore, trace: TraceLog) {
    this.machine = machine;
    this.trace = trace;
    this.registries = cliRegistries(images.registry);
    this.#images = images;
    this.#engine = engine;
    this.#server = Promise.resolve(this.#serverOf(engine));
    this.crashed = restartAfterCrash({
      restartEngine: () => this.restartEngine(),
      died: machine.died,
      report: (message) => console.error(message),
    });
  }

  #serverOf(engine: Engine): EngineServer {
    return createServer(engine, (answered) => this.trace.addRequest(answered));
  }

  get engine(): Engine {
    return this.#engine;
  }

  /**
   * Ends the engine and starts another on the same guest, as `systemctl restart docker` does with live restore:
   * connections break, new ones wait, containers run on. Rejects when the new engine cannot start; those that wait then
   * fail, and it may be tried again.
   */
  restartEngine(): Promise<void> {
    const before = this.#server;
    const restarted = (async () => {
      await before.catch(() => {});
      this.#connections.abort(new Error('the engine restarts'));
      this.#connections = new AbortController();
      await this.#engine.close();
      this.#engine = await startEngine(this.machine, this.#images);
      return this.#serverOf(this.#engine);
    })();
    this.#server = restarted;
    return restarted.then(() => {});
  }

  /** Has the engine read its daemon.json again, as SIGHUP has dockerd do. */
  async reloadEngine(): Promise<void> {
    await this.#server;
    await this.#engine.reload();
  }

  /** Takes a machine that has booted (bootHost) or been restored, and makes it a Docker host. */
  static async start(machine: Machine, options: DrydockOptions): Promise<Drydock> {
    const { channel } = machine;
    const trace = new TraceLog(channel);
    await resumeHost(channel);
    const catalogue = new StaticRegistry(`${options.baseUrl}registry/`, options.fetch);
    const registries = options.proxy && new HttpRegistry(new RegistryHttp(options.proxy.url, options.proxy.fetch));
    const registry = new RegistryClient({ registries, lastMirrors: [catalogue] });
    const images = await ImageStore.open(options.blobs, machine.files, registry);
    const engine = await startEngine(machine, images);
    await mountTools(machine, `${options.baseUrl}guest/tools.tar.gz`, options.fetch);
    const drydock = new Drydock(machine, engine, images, trace);
    channel.onAccept(listeners.engine, (connection) => void drydock.serve(connection));
    channel.onAccept(listeners.cli, (connection) => {
      const run = drydock.#command;
      void serveStub(connection, channel, drydock, run).catch(() => {});
    });
    return drydock;
  }

  /** Serves the Engine API on a connection. */
  async serve(connection: Duplex): Promise<void> {
    try {
      const server = await this.#server;
      await server.serve(connection, this.#connections.signal);
    } catch (error) {
      await connection.writable.abort(error).catch(() => {});
      await connection.readable.cancel(error).catch(() => {});
    }
  }

  /** A new connection to the Engine API, without leaving this process. */
  readonly dial: Dial = async () => {
    const [client, server] = duplexPair();
    void this.serve(server);
    return client;
  };

  readonly #command: Parameters<typeof serveStub>[3] = async (io, argv) => {
    const [name = 'docker', ...rest] = argv;
    const program = name.slice(name.lastIndexOf('/') + 1);
    if (program === 'xray') return runXray(io, rest, this.trace);
    if (program === 'systemctl' || program === 'service') return runService(io, program, rest, this);
    const done = this.trace.begin(['docker', ...rest]);
    const exitCode = await runCli(io, rest);
    done(exitCode);
    return exitCode;
  };
}
