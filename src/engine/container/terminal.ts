import { ioctl, open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { GuestError } from '../../guest/results.ts';
import { ByteWriter } from '../../lib/bytes.ts';
import type { EngineContext } from '../context.ts';

/** Sets the size of the terminal that process `pid` has as its standard input; the kernel sends it SIGWINCH. */
export async function resizeTerminal(
  context: EngineContext,
  pid: number,
  height: number,
  width: number,
): Promise<void> {
  const p = new ProgramBuilder('resize terminal');
  const terminal = p.open(`/proc/${pid}/fd/0`, open.O_RDWR | open.O_NOCTTY);
  p.ioctlIn(terminal, ioctl.TIOCSWINSZ, new ByteWriter(8).u16(height).u16(width).u32(0).finish());
  try {
    await context.machine.channel.run(p.build());
  } catch (error) {
    // A process that has just ended, or given up its terminal, needs no size.
    if (!(error instanceof GuestError)) throw error;
  }
}
