// Joins a terminal's screen to a login shell in the machine: bytes both ways, the window's size, and what was typed
// before there was a shell.

import { concatBytes, decodeUtf8 } from '../../lib/bytes.ts';
import { portToDuplex } from '../../rpc/port-stream.ts';
import type { TerminalSize } from '../../rpc/worker-api.ts';
import type { MachineSession } from '../machine-session.svelte.ts';
import { messages } from '../messages/messages.svelte.ts';
import type { TerminalScreen } from './screen.ts';

type ShellScreen = Pick<TerminalScreen, 'size' | 'write' | 'onInput' | 'onResize'>;
type ShellMachine = Pick<MachineSession, 'openTerminal' | 'resizeTerminal' | 'terminalShowed'>;

export class ShellConnection {
  /** How many characters wait for a shell. */
  kept = $state(0);
  readonly #screen: ShellScreen;
  readonly #machine: ShellMachine;
  #keptInput: Uint8Array[] = [];
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #terminal: number | undefined;
  /** Set between one shell's end and the next one's start; Enter resolves it. */
  #startAnother: (() => void) | undefined;
  #closed = false;

  constructor(screen: ShellScreen, machine: ShellMachine) {
    this.#screen = screen;
    this.#machine = machine;
    screen.onInput((bytes) => this.#input(bytes));
    screen.onResize((size) => this.#resize(size));
  }

  /** Opens shells, one when the last has ended, until `close`. */
  async run(): Promise<void> {
    while (!this.#closed) {
      const ending = await this.#runShell();
      if (this.#closed) return;
      await this.#screen.write(`\r\n\x1b[0m\x1b[2m${ending}\x1b[0m\r\n`);
      await new Promise<void>((resolve) => {
        this.#startAnother = resolve;
      });
    }
  }

  /** The machine is gone, or another takes its place: nothing more is sent to it. */
  close(): void {
    this.#closed = true;
    this.#writer = undefined;
    this.#startAnother?.();
  }

  async #runShell(): Promise<string> {
    try {
      const size = this.#screen.size;
      const { id, port } = await this.#machine.openTerminal(size);
      const stream = portToDuplex(port);
      this.#terminal = id;
      this.#writer = stream.writable.getWriter();
      this.#sendKept();
      const now = this.#screen.size;
      if (now.columns !== size.columns || now.rows !== size.rows) this.#resize(now);
      const reader = stream.readable.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        await this.#screen.write(next.value);
        this.#machine.terminalShowed();
      }
      return messages.shellEnded;
    } catch (error) {
      return messages.shellFailed(error instanceof Error ? error.message : String(error));
    } finally {
      // The pty is gone; a writer that waits for it would keep the port open.
      this.#writer?.close().catch(() => {});
      this.#writer = undefined;
      this.#terminal = undefined;
    }
  }

  #input(bytes: Uint8Array): void {
    if (this.#writer) {
      // The stream's own queue holds what the shell has not read; its failure ends the reading side too.
      this.#writer.write(bytes).catch(() => {});
    } else if (this.#startAnother) {
      if (!bytes.includes(carriageReturn)) return;
      this.#startAnother();
      this.#startAnother = undefined;
    } else if (!this.#closed) {
      this.#keptInput.push(bytes);
      this.kept = decodeUtf8(concatBytes(this.#keptInput)).length;
    }
  }

  #sendKept(): void {
    if (this.#keptInput.length > 0) this.#input(concatBytes(this.#keptInput));
    this.#keptInput = [];
    this.kept = 0;
  }

  #resize(size: TerminalSize): void {
    // A resize that crosses the shell's end is of no account.
    if (this.#terminal !== undefined) this.#machine.resizeTerminal(this.#terminal, size).catch(() => {});
  }
}

const carriageReturn = 0x0d;
