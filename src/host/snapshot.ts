import type { ChannelState } from '../guest/channel.ts';
import type { ShellState } from './shell.ts';

/** The manifest of a boot snapshot (`snapshot.json`); the state lies beside it. */
export interface Snapshot {
  /** Hash of everything the snapshot was made from. */
  readonly inputs: string;
  /** File name of the machine's state, zstd. */
  readonly state: string;
  /** Bytes of that file. */
  readonly size: number;
  readonly channel: ChannelState;
  /** The login shell that waits at its prompt. */
  readonly shell: ShellState;
}
