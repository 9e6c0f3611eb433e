import type { Channel } from '../guest/channel.ts';
import { ioctl, open } from '../guest/linux.ts';
import { ProgramBuilder } from '../guest/program-builder.ts';
import { ByteWriter } from '../lib/bytes.ts';

const CLOCK_REALTIME = 0;

/** Bytes of randomness given to a guest: twice what its pool holds. */
const seedSize = 64;

/**
 * Makes a guest's time and randomness its own. A restored guest's clock stands where the snapshot was taken, and all
 * guests restored from one snapshot have the same random pool; a cold-booted one has no clock at all.
 */
export async function resumeHost(channel: Channel): Promise<void> {
  const p = new ProgramBuilder('set clock and random pool');
  p.step('clock');
  const now = Date.now();
  p.clock_settime64(
    CLOCK_REALTIME,
    new ByteWriter(16)
      .u64(Math.floor(now / 1000))
      .u64((now % 1000) * 1_000_000)
      .finish(),
  );
  p.step('random pool');
  const random = p.open('/dev/urandom', open.O_WRONLY);
  const seed = crypto.getRandomValues(new Uint8Array(seedSize));
  p.ioctlIn(
    random,
    ioctl.RNDADDENTROPY,
    new ByteWriter(8 + seedSize)
      .u32(seedSize * 8)
      .u32(seedSize)
      .bytes(seed)
      .finish(),
  );
  p.ioctl(random, ioctl.RNDRESEEDCRNG, 0);
  await channel.run(p.build());
}
