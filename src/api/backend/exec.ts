import type { ExecCreateRequest, ExecCreateResponse, ExecInspect } from '../exec.ts';
import type { AttachedStreams } from './attached-streams.ts';

/** What the exec routes need from the engine; `exec` is an exec instance's ID. */
export interface ExecBackend {
  create(container: string, request: ExecCreateRequest): Promise<ExecCreateResponse>;
  inspect(exec: string): Promise<ExecInspect>;
  /** Rejects when there is no such instance, or when its container does not run or is paused. */
  check(exec: string): Promise<void>;
  /**
   * Runs the command, attached to the streams its create request asked for. The client has its 101 by then: a failure is
   * written into the stream, and the exit code (126, 127) is read by `inspect`.
   */
  start(exec: string, options: ExecStartOptions, signal: AbortSignal): Promise<AttachedStreams>;
  /** Runs the command without streams; resolves when it has started. */
  startDetached(exec: string): Promise<void>;
  resize(exec: string, size: { height: number; width: number }): Promise<void>;
}

export interface ExecStartOptions {
  tty: boolean;
  /** Characters; the terminal has this size before the command runs. */
  consoleSize?: { height: number; width: number };
}
