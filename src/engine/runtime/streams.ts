import type { Channel } from '../../guest/channel.ts';
import { GUEST_TO_HOST_CREDIT } from '../../guest/channel-stream.ts';
import type { OpRef, ProgramBuilder } from '../../guest/program-builder.ts';
import type { ProcessStreams } from '../container/stdio.ts';
import type { StdioRefs } from './process.ts';

/** Modes of the `stream` op. */
const guestToHost = 1;
const hostToGuest = 2;

/** The channel's IDs of a process's streams. With a tty, `stdin` and `stdout` are one. */
export interface StreamIds {
  readonly stdin?: number;
  readonly stdout?: number;
  readonly stderr?: number;
}

/** A process's streams, with a way to change its terminal's size when it has one. */
export interface OpenedStreams extends ProcessStreams {
  readonly ids: StreamIds;
  /** The register that holds the pty's master while the program runs. */
  readonly terminal?: OpRef;
}

/** Hands the host's ends of a process's streams to the channel, as the last ops of the program that starts it. */
export function openStreams(channel: Channel, p: ProgramBuilder, stdio: StdioRefs): OpenedStreams {
  p.step('connect streams');
  const attach = (fd: OpRef, mode: number) => {
    const id = channel.allocateStream();
    p.stream(fd, id, mode, mode & guestToHost ? GUEST_TO_HOST_CREDIT : 0);
    return { id, ...channel.stream(id) };
  };
  if (stdio.console) {
    const master = p.receiveFd(stdio.console);
    const terminal = attach(master, guestToHost | hostToGuest);
    const ids = { stdin: terminal.id, stdout: terminal.id };
    return { stdin: terminal.writable, stdout: terminal.readable, terminal: master, ids };
  }
  const stdin = stdio.stdin && attach(stdio.stdin, hostToGuest);
  const stdout = stdio.stdout && attach(stdio.stdout, guestToHost);
  const stderr = stdio.stderr && attach(stdio.stderr, guestToHost);
  return {
    stdin: stdin?.writable,
    stdout: stdout?.readable ?? emptyStream(),
    stderr: stderr?.readable,
    ids: { stdin: stdin?.id, stdout: stdout?.id, stderr: stderr?.id },
  };
}

/** The streams of a process that another engine has started and released; one that has ended is empty. */
export function adoptStreams(channel: Channel, ids: StreamIds): ProcessStreams {
  const adopt = (id: number | undefined) => (id === undefined ? undefined : channel.adopt(id));
  return {
    stdin: adopt(ids.stdin)?.writable,
    stdout: adopt(ids.stdout)?.readable ?? emptyStream(),
    stderr: adopt(ids.stderr)?.readable,
  };
}

const emptyStream = (): ReadableStream<Uint8Array> => new ReadableStream({ start: (controller) => controller.close() });
