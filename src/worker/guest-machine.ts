// The parts of a running machine, put together: the emulator with our agent in it, the engine, the host's shells. This
// is most of the worker's code; `boot.ts` loads it beside the guest's files.

import { openBrowserBlobStore } from '../engine/layers/browser-blob-store.ts';
import { bootHost } from '../host/boot.ts';
import { Drydock } from '../host/drydock.ts';
import { LessonSession } from '../host/lesson-session.ts';
import { Shell, type ShellState } from '../host/shell.ts';
import type { Lesson } from '../lesson/lesson.ts';
import type { Snapshot } from '../host/snapshot.ts';
import type { BootFiles, Machine } from '../machine/machine.ts';
import { startV86, type V86Options } from '../machine/v86.ts';
import type { TerminalSize } from '../rpc/worker-api.ts';
import type { RunningMachine, Terminal } from './running-machine.ts';

export interface BootedMachine {
  readonly machine: Machine;
  /** The shell that waits at its prompt in a snapshot. */
  readonly shell?: ShellState;
}

/** Continues a saved machine. */
export async function restoreMachine(
  manifest: Snapshot,
  state: ArrayBuffer,
  wasm: V86Options['wasm'],
): Promise<BootedMachine> {
  const machine = await startV86({ wasm, boot: { state, channel: manifest.channel } });
  return { machine, shell: manifest.shell };
}

/** Boots the kernel, with its messages, and makes the guest the host that a snapshot holds. */
export async function bootMachine(
  files: BootFiles,
  wasm: V86Options['wasm'],
  onConsole: (text: string) => void,
): Promise<BootedMachine> {
  const machine = await startV86({ wasm, boot: { files, verbose: true }, onConsole });
  await machine.channel.hello;
  await bootHost(machine.channel);
  return { machine };
}

/**
 * Starts the engine on a machine. A shell can be had at once: what it asks of Docker waits for the engine. `onStored`:
 * see openBrowserBlobStore.
 */
export function runMachine({ machine, shell }: BootedMachine, baseUrl: string, onStored: () => void): RunningMachine {
  const pageFetch: typeof fetch = (...parameters) => fetch(...parameters);
  const proxy = { url: `${baseUrl}proxy/`, fetch: pageFetch };
  const engine = openBrowserBlobStore(onStored).then((blobs) =>
    Drydock.start(machine, { blobs, baseUrl, fetch: pageFetch, proxy }),
  );
  void engine.then(({ crashed }) => {
    self.addEventListener('error', ({ error }) => void crashed(error));
    self.addEventListener('unhandledrejection', ({ reason }) => void crashed(reason));
  });
  return new GuestMachine(machine, engine, shell);
}

class GuestMachine implements RunningMachine {
  readonly died: RunningMachine['died'];
  readonly #machine: Machine;
  readonly #drydock: Promise<Drydock>;
  /** Given to the first terminal that is opened. */
  #waitingShell: ShellState | undefined;

  constructor(machine: Machine, drydock: Promise<Drydock>, waitingShell: ShellState | undefined) {
    this.#machine = machine;
    this.#drydock = drydock;
    this.#waitingShell = waitingShell;
    const engineFailed = new Promise<{ reason: string; message: string }>((resolve) => {
      drydock.catch((error: unknown) => {
        const what = error instanceof Error ? error.message : String(error);
        resolve({ reason: 'engine', message: `The Docker Engine did not start: ${what}` });
      });
    });
    this.died = Promise.race([machine.died, engineFailed]);
  }

  async openTerminal(size: TerminalSize): Promise<Terminal> {
    const { channel } = this.#machine;
    const waiting = this.#waitingShell;
    this.#waitingShell = undefined;
    const shell = waiting ? new Shell(channel, waiting) : await Shell.start(channel, size);
    if (waiting) await shell.resize(size);
    return { stream: shell.terminal, resize: (next) => shell.resize(next) };
  }

  async dial() {
    return (await this.#drydock).dial();
  }

  async openLesson(lesson: Lesson, onChecked: (stepId: string, missing: readonly string[]) => void) {
    return new LessonSession(await this.#drydock, lesson, onChecked);
  }

  async traces(): Promise<readonly unknown[]> {
    return (await this.#drydock).trace.programs;
  }
}
