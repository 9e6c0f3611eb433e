// What the page may ask of the worker, over comlink. Byte streams are MessagePorts that speak `port-stream.ts`.

import type { Lesson } from '../lesson/lesson.ts';

/** How a guest comes up: by continuing the snapshot the build made, or by booting its kernel for real. */
export type BootMode = 'snapshot' | 'cold';

export interface StartOptions {
  readonly boot: BootMode;
  /** Absolute URL (ending in a slash) of the folder the app is served from: `guest/`, `registry/` and `snapshot/` are in it. */
  readonly baseUrl: string;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What the worker tells the page while a machine starts and runs. */
export type WorkerEvent =
  /** Bytes of the files this boot needs; `total` is undefined where the server does not say. */
  | { readonly type: 'download'; readonly received: number; readonly total: number | undefined }
  /** All bytes are here: the saved machine is being continued, or the kernel boots. */
  | { readonly type: 'booting'; readonly boot: BootMode }
  /** What the kernel prints on its console. */
  | { readonly type: 'console'; readonly text: string }
  /** The snapshot could not be used, so the kernel boots instead. */
  | { readonly type: 'fallback'; readonly reason: string }
  /** Something is being stored that the browser should not throw away: only the page may ask it not to. */
  | { readonly type: 'storing' }
  /** The guest can no longer be used. Nothing follows. */
  | { readonly type: 'died'; readonly reason: string; readonly message: string };

export interface OpenedTerminal {
  readonly id: number;
  /** The bytes of the terminal's login shell; it ends when the shell does. */
  readonly port: MessagePort;
}

/**
 * One worker runs one machine, once. To restart, the page ends the worker and starts another: that returns all its
 * memory, and it works even when the machine hangs.
 */
export interface WorkerApi {
  /**
   * Starts the machine and the engine; resolves when terminals can be opened. The callback gets every event, those
   * after the start too. Rejects with an error that says what to do when the machine cannot start.
   */
  start(options: StartOptions, onEvent: (event: WorkerEvent) => void): Promise<void>;
  /** A new login shell on a pty in the guest. */
  openTerminal(size: TerminalSize): Promise<OpenedTerminal>;
  resizeTerminal(id: number, size: TerminalSize): Promise<void>;
  /** A new connection to the Engine API: HTTP bytes, as on `/var/run/docker.sock`. */
  dial(): Promise<MessagePort>;
  /**
   * Opens a lesson on this machine, ending the one that was open. The callback gets the names of the conditions of the
   * open step that do not hold, whenever something has happened; none: the step has passed.
   */
  openLesson(lesson: Lesson, onChecked: (stepId: string, missing: readonly string[]) => void): Promise<void>;
  /**
   * Opens a step of the open lesson: does what must come before it and has not been done here, then its own set-up.
   * Rejects with what a script printed when one fails.
   */
  openStep(stepId: string): Promise<void>;
  /** A terminal has shown something: the open step may have been done. */
  lookAtStep(): Promise<void>;
  /** The op programs recorded so far, oldest first. */
  traces(): Promise<readonly unknown[]>;
}
