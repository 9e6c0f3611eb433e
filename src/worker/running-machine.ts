import type { Duplex } from '../lib/duplex.ts';
import type { Lesson } from '../lesson/lesson.ts';
import type { StartOptions, TerminalSize, WorkerEvent } from '../rpc/worker-api.ts';

/** A guest with its engine, as far as the page may use it. */
export interface RunningMachine {
  /** A new login shell on a pty in the guest; the stream ends when the shell does. */
  openTerminal(size: TerminalSize): Promise<Terminal>;
  /** A new connection to the Engine API's HTTP server. */
  dial(): Promise<Duplex>;
  /** Starts a lesson; see `WorkerApi` for what its calls do. */
  openLesson(lesson: Lesson, onChecked: (stepId: string, missing: readonly string[]) => void): Promise<OpenLesson>;
  /** The op programs recorded so far, oldest first. */
  traces(): Promise<readonly unknown[]>;
  /** Resolves, once, when the guest can no longer be used. */
  readonly died: Promise<{ readonly reason: string; readonly message: string }>;
}

export interface OpenLesson {
  open(stepId: string): Promise<void>;
  poke(): void;
  close(): void;
}

export interface Terminal {
  readonly stream: Duplex;
  resize(size: TerminalSize): Promise<void>;
}

/** Brings a machine up, telling how far it is. */
export type Boot = (options: StartOptions, report: (event: WorkerEvent) => void) => Promise<RunningMachine>;
