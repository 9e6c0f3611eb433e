import type { Channel, ChannelState } from '../guest/channel.ts';
import type { P9Server } from '../guest/p9/server.ts';

/**
 * A running guest as the engine sees it: a kernel with our agent as PID 1, whatever emulates it. Everything the engine
 * does to the guest goes through `channel` (op programs and streams) and `files` (read-only trees over 9P).
 */
export interface Machine {
  readonly channel: Channel;
  /** The 9P server behind the mount tag `host9p`. */
  readonly files: P9Server;
  readonly nic: NetworkInterface;
  /** Resolves, once, with the reason when the guest can no longer be used. Never rejects. */
  readonly died: Promise<MachineDied>;
  /** Everything needed to continue this machine elsewhere. Waits until the guest is idle. */
  save(): Promise<MachineState>;
  /** Ends the machine; pending requests fail. */
  stop(): Promise<void>;
}

/** Raw Ethernet frames to and from the guest's virtio network device. */
export interface NetworkInterface {
  send(frame: Uint8Array): void;
  onFrame(handler: (frame: Uint8Array) => void): void;
}

/** Why a guest ended, in words for the person in front of it. */
export interface MachineDied {
  readonly reason: 'panic' | 'halted' | 'hung' | 'crashed' | 'stopped';
  readonly message: string;
}

export interface MachineState {
  /** The emulator's own state, opaque. */
  readonly memory: ArrayBuffer;
  readonly channel: ChannelState;
}

/** The files a machine boots from. */
export interface BootFiles {
  readonly bios: ArrayBuffer;
  readonly kernel: ArrayBuffer;
  readonly initrd: ArrayBuffer;
}
