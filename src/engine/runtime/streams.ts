import type { Channel } from '../../guest/channel.ts';
import { GUEST_TO_HOST_CREDIT } from '../../guest/channel-stream.ts';
import type { OpRef, ProgramBuilder } from '../../guest/program-builder.ts';
import type { ProcessStreams } from '../container/stdio.ts';
import type { StdioRefs } from './process.ts';

/** Modes of the `stream` op. */
const guestToHost = 1;
const hostToGuest = 2;

/** A process's streams, with a way to change its terminal's size when it has one. */
export interface OpenedStreams extends ProcessStreams {
  /** The register that holds the pty's master while the program runs. */
  readonly terminal?: OpRef;
}

/** Hands the host's ends of a process's streams to the channel, as the last ops of the program that starts it. */
export function openStreams(channel: Channel, p: ProgramBuilder, stdio: StdioRefs): OpenedStreams {
  p.step('connect streams');
  const attach = (fd: OpRef, mode: number) => {
    const id = channel.allocateStream();
    p.stream(fd, id, mode, mode & guestToHost ? GUEST_TO_HOST_CREDIT : 0);
    return channel.stream(id);
  };
  if (stdio.console) {
    const master = p.receiveFd(stdio.console);
    const terminal = attach(master, guestToHost | hostToGuest);
    return { stdin: terminal.writable, stdout: terminal.readable, terminal: master };
  }
  return {
    stdin: stdio.stdin && attach(stdio.stdin, hostToGuest).writable,
    stdout: stdio.stdout ? attach(stdio.stdout, guestToHost).readable : emptyStream(),
    stderr: stdio.stderr && attach(stdio.stderr, guestToHost).readable,
  };
}

const emptyStream = (): ReadableStream<Uint8Array> => new ReadableStream({ start: (controller) => controller.close() });
