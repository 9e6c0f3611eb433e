/** The processes that programs have started, from their execve to the wait status of their end. */
import { nowNanoseconds } from '../lib/timestamp.ts';
import { guarded } from './guarded.ts';
import type { ProgramResult } from './results.ts';

export type ExitHandler = (pid: number, waitStatus: number) => void;

/** Every process with its wait status, null while it runs. */
export type ProcessesState = readonly (readonly [pid: number, waitStatus: number | null])[];

/** A process: running, or ended with nobody having asked yet. */
interface Process {
  status?: number;
  /** Nanoseconds since 1970. */
  endedAt?: bigint;
  readonly waiters: { resolve(status: number): void; reject(error: Error): void }[];
}

export class Processes {
  readonly #processes = new Map<number, Process>();
  readonly #handlers = new Set<ExitHandler>();

  /** Notes the children of a program that have called execve: they are processes now, and EXIT will tell of their end. */
  started(result: ProgramResult): void {
    for (const { op, result: pid, child } of result.ops) {
      if (op.name !== 'clone' || pid <= 0) continue;
      const last = child?.ops.at(-1);
      if ((last?.op.name === 'execve' || last?.op.name === 'execveat') && last.result === 0) {
        this.#processes.set(pid, { waiters: [] });
      }
    }
  }

  ended(pid: number, status: number): void {
    const process = this.#processes.get(pid);
    if (process) {
      process.status = status;
      process.endedAt = nowNanoseconds();
      for (const { resolve } of process.waiters.splice(0)) resolve(status);
    }
    for (const handler of this.#handlers) guarded(() => handler(pid, status));
  }

  /** The wait status of a process, once it ends; rejects for a pid that no program started. */
  async exited(pid: number): Promise<number> {
    const process = this.#processes.get(pid);
    if (!process) throw new Error(`wait for process ${pid}: no program started it`);
    if (process.status !== undefined) return process.status;
    return new Promise((resolve, reject) => process.waiters.push({ resolve, reject }));
  }

  knows(pid: number): boolean {
    return this.#processes.has(pid);
  }

  endedAt(pid: number): bigint | undefined {
    return this.#processes.get(pid)?.endedAt;
  }

  onExit(handler: ExitHandler): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  /** Nobody will hear of any process again. */
  fail(error: Error): void {
    for (const { waiters } of this.#processes.values()) for (const { reject } of waiters.splice(0)) reject(error);
  }

  save(): ProcessesState {
    return [...this.#processes].map(([pid, { status }]) => [pid, status ?? null]);
  }

  restore(state: ProcessesState): void {
    for (const [pid, status] of state) this.#processes.set(pid, { status: status ?? undefined, waiters: [] });
  }
}
