// Brings the machine up in the worker: from the snapshot when there is one that fits, else by booting the kernel.

import wasmUrl from 'v86/build/v86.wasm?url';
import { openBrowserBlobStore } from '../engine/layers/browser-blob-store.ts';
import { bootHost } from '../host/boot.ts';
import { Drydock } from '../host/drydock.ts';
import { Shell } from '../host/shell.ts';
import type { Snapshot } from '../host/snapshot.ts';
import type { Machine } from '../machine/machine.ts';
import { startV86 } from '../machine/v86.ts';
import type { StartOptions, TerminalSize, WorkerEvent } from '../rpc/worker-api.ts';
import { downloadFiles, fetchFile } from './download.ts';
import type { Boot, RunningMachine, Terminal } from './running-machine.ts';

type Report = (event: WorkerEvent) => void;

/** A machine, and the shell that already waits in it when it was restored. */
interface Booted {
  readonly machine: Machine;
  readonly shell: Shell | undefined;
}

/** Compiles while it downloads; the browser may even keep the compiled code. */
async function instantiateWasm(imports: WebAssembly.Imports): Promise<WebAssembly.Exports> {
  const response = fetchFile(wasmUrl);
  return (await WebAssembly.instantiateStreaming(response, imports)).instance.exports;
}

export const bootMachine: Boot = async (options, report) => {
  const { machine, shell } = await boot(options, report);
  const drydock = Drydock.start(machine, {
    blobs: await openBrowserBlobStore(),
    baseUrl: options.baseUrl,
    fetch: (...parameters) => fetch(...parameters),
  });
  // The prompt does not wait for the engine; a docker command typed at once does.
  drydock.catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    report({ type: 'died', reason: 'engine', message: `The Docker Engine could not start: ${message}` });
  });
  return new Running(machine, drydock, shell);
};

async function boot(options: StartOptions, report: Report): Promise<Booted> {
  if (options.boot === 'snapshot') {
    try {
      return await restore(options, report);
    } catch (error) {
      report({ type: 'fallback', reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return bootCold(options, report);
}

async function restore({ baseUrl }: StartOptions, report: Report): Promise<Booted> {
  const snapshot = (await (await fetchFile(`${baseUrl}snapshot/snapshot.json`)).json()) as Snapshot;
  const [state] = await downloadFiles([`${baseUrl}snapshot/${snapshot.state}`], (progress) =>
    report({ type: 'download', ...progress }),
  );
  report({ type: 'booting', boot: 'snapshot' });
  const machine = await startV86({
    wasm: instantiateWasm,
    boot: { state: state!, channel: snapshot.channel },
    onConsole: (text) => report({ type: 'console', text }),
  });
  return { machine, shell: new Shell(machine.channel, snapshot.shell) };
}

async function bootCold({ baseUrl, boot }: StartOptions, report: Report): Promise<Booted> {
  const [bios, kernel, initrd] = await downloadFiles(
    ['bios.bin', 'bzImage', 'rootfs.cpio.gz'].map((name) => `${baseUrl}guest/${name}`),
    (progress) => report({ type: 'download', ...progress }),
  );
  report({ type: 'booting', boot: 'cold' });
  const machine = await startV86({
    wasm: instantiateWasm,
    boot: { files: { bios: bios!, kernel: kernel!, initrd: await gunzip(initrd!) }, verbose: boot === 'cold' },
    onConsole: (text) => report({ type: 'console', text }),
  });
  const died = machine.died.then(({ message }): never => {
    throw new Error(message);
  });
  died.catch(() => {});
  await Promise.race([machine.channel.hello, died]);
  await bootHost(machine.channel);
  return { machine, shell: undefined };
}

/** The server may have sent the file as it is, or already inflated it as a content encoding. */
async function gunzip(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  const [first, second] = new Uint8Array(bytes, 0, 2);
  if (first !== 0x1f || second !== 0x8b) return bytes;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

class Running implements RunningMachine {
  readonly died: Machine['died'];
  readonly #machine: Machine;
  readonly #drydock: Promise<Drydock>;
  #waiting: Shell | undefined;

  constructor(machine: Machine, drydock: Promise<Drydock>, waiting: Shell | undefined) {
    this.#machine = machine;
    this.#drydock = drydock;
    this.#waiting = waiting;
    this.died = machine.died;
    void drydock.then(
      ({ trace }) => (this.#trace = trace),
      () => {},
    );
  }

  #trace: Drydock['trace'] | undefined;

  async openTerminal(size: TerminalSize): Promise<Terminal> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    const shell = waiting ?? (await Shell.start(this.#machine.channel, size));
    if (waiting) void shell.resize(size);
    return { stream: shell.terminal, resize: (changed) => shell.resize(changed) };
  }

  async dial() {
    return (await this.#drydock).dial();
  }

  traces(): readonly unknown[] {
    return this.#trace?.programs ?? [];
  }
}
