// Puts the parts together on a running machine: engine, API server, the docker command for the guest. The page's worker
// and the headless program differ only in where the machine's files come from and who gets the streams.

import { runCli } from '../cli/run-cli.ts';
import type { Dial } from '../client/http.ts';
import { startEngine, type Engine } from '../engine/engine.ts';
import { ImageStore } from '../engine/images/image-store.ts';
import type { BlobStore } from '../engine/layers/blob-store.ts';
import { HttpRegistry } from '../engine/registry/http-registry.ts';
import { RegistryClient } from '../engine/registry/registry-client.ts';
import { RegistryHttp } from '../engine/registry/registry-http.ts';
import { StaticRegistry } from '../engine/registry/static-registry.ts';
import { duplexPair } from '../lib/duplex.ts';
import type { Machine } from '../machine/machine.ts';
import { createServer, type EngineServer } from '../server/server.ts';
import { listeners } from './boot.ts';
import { serveStub } from './cli-session.ts';
import { resumeHost } from './resume.ts';
import { mountTools } from './tools.ts';
import { TraceLog } from './trace-log.ts';
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
  readonly engine: Engine;
  readonly trace: TraceLog;
  readonly #server: EngineServer;

  private constructor(machine: Machine, engine: Engine, trace: TraceLog) {
    this.machine = machine;
    this.engine = engine;
    this.trace = trace;
    this.#server = createServer(engine);
  }

  /** Takes a machine that has booted (bootHost) or been restored, and makes it a Docker host. */
  static async start(machine: Machine, options: DrydockOptions): Promise<Drydock> {
    const { channel } = machine;
    const trace = new TraceLog(channel);
    await resumeHost(channel);
    const catalogue = new StaticRegistry(`${options.baseUrl}registry/`, options.fetch);
    const real = options.proxy && new HttpRegistry(new RegistryHttp(options.proxy.url, options.proxy.fetch));
    const registry = new RegistryClient(real ? [real, catalogue] : [catalogue], real);
    const engine = await startEngine(machine, await ImageStore.open(options.blobs, machine.files, registry));
    await mountTools(machine, `${options.baseUrl}guest/tools.tar.gz`, options.fetch);
    const drydock = new Drydock(machine, engine, trace);
    channel.onAccept(listeners.engine, (connection) => void drydock.serve(connection));
    channel.onAccept(listeners.cli, (connection) => {
      const run = drydock.#command;
      void serveStub(connection, channel, drydock.dial, run).catch(() => {});
    });
    return drydock;
  }

  /** Serves the Engine API on a connection. */
  serve(connection: Parameters<EngineServer['serve']>[0]): Promise<void> {
    return this.#server.serve(connection);
  }

  /** A new connection to the Engine API, without leaving this process. */
  readonly dial: Dial = async () => {
    const [client, server] = duplexPair();
    void this.serve(server);
    return client;
  };

  readonly #command: Parameters<typeof serveStub>[3] = async (io, argv) => {
    const [name = 'docker', ...rest] = argv;
    if (name.endsWith('xray')) return runXray(io, rest, this.trace);
    const done = this.trace.begin(['docker', ...rest]);
    const exitCode = await runCli(io, rest);
    done(exitCode);
    return exitCode;
  };
}
