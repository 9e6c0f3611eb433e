import type { StdFrame } from '../../lib/stdcopy.ts';

/** A process's standard streams, as attach and exec start hand them to a client. */
export interface AttachedStreams {
  /** With a tty, output is one raw stream (every frame is `stdout`); without, it is multiplexed. */
  readonly tty: boolean;
  /**
   * Absent when stdin is not attached. It is closed when the client closes its half (end of file, which is no detach) and
   * aborted when the client is gone; whether that closes the process's stdin (`StdinOnce`) is the backend's decision.
   */
  readonly stdin?: WritableStream<Uint8Array>;
  /**
   * Ends when the process has closed its output or the client detached; the connection is closed then. When the client
   * has gone first, the request's signal fires and `return()` is called on the iterator.
   */
  readonly output: AsyncIterable<StdFrame>;
}
