// The learner's login shells on the host.

import type { Channel } from '../guest/channel.ts';
import { GUEST_TO_HOST_CREDIT } from '../guest/channel-stream.ts';
import { ioctl, open } from '../guest/linux.ts';
import { ProgramBuilder } from '../guest/program-builder.ts';
import { ByteWriter } from '../lib/bytes.ts';
import type { Duplex } from '../lib/duplex.ts';

/** What is needed to find a shell again in a restored machine. */
export interface ShellState {
  readonly pid: number;
  readonly stream: number;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

const environment = [
  'HOME=/root',
  'USER=root',
  'LOGNAME=root',
  'SHELL=/bin/bash',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'TERM=xterm-256color',
  'COLORTERM=truecolor',
  'LANG=C.UTF-8',
];

const sizeBytes = ({ columns, rows }: TerminalSize): Uint8Array =>
  new ByteWriter(8).u16(rows).u16(columns).u32(0).finish();

/** A login shell on a pty of the host. */
export class Shell {
  readonly terminal: Duplex;
  readonly state: ShellState;
  readonly #channel: Channel;

  constructor(channel: Channel, state: ShellState) {
    this.#channel = channel;
    this.state = state;
    this.terminal = channel.stream(state.stream);
  }

  /** Starts a shell; it has printed nothing yet. */
  static async start(channel: Channel, size: TerminalSize): Promise<Shell> {
    const p = new ProgramBuilder('start a login shell');
    const stream = channel.allocateStream();
    const master = p.open('/dev/pts/ptmx', open.O_RDWR | open.O_NOCTTY);
    p.ioctlIn(master, ioctl.TIOCSPTLCK, new Uint8Array(4));
    p.ioctlIn(master, ioctl.TIOCSWINSZ, sizeBytes(size));
    const slave = p.ioctl(master, ioctl.TIOCGPTPEER, open.O_RDWR | open.O_NOCTTY | open.O_CLOEXEC);
    const child = p.child('login shell');
    child.setsid();
    child.ioctl(slave, ioctl.TIOCSCTTY, 0);
    for (const fd of [0, 1, 2]) child.dup3(slave, fd);
    child.umask(0o022);
    child.chdir('/root');
    child.execve('/bin/bash', ['-bash'], environment);
    const pid = p.clone({ flags: 0, program: child });
    p.stream(master, stream, 3, GUEST_TO_HOST_CREDIT);
    const result = await channel.run(p.build());
    return new Shell(channel, { pid: result.of(pid).result, stream });
  }

  /** The wait status, once the shell has ended. */
  get exited(): Promise<number> {
    return this.#channel.exited(this.state.pid);
  }

  async resize(size: TerminalSize): Promise<void> {
    const p = new ProgramBuilder('resize the terminal');
    const terminal = p.open(`/proc/${this.state.pid}/fd/0`, open.O_RDWR | open.O_NOCTTY);
    p.ioctlIn(terminal, ioctl.TIOCSWINSZ, sizeBytes(size));
    await this.#channel.run(p.build());
  }
}
