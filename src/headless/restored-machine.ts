import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../machine/machine.ts';
import { restoreNodeMachine } from './node-machine.ts';
import { ensureSnapshot, snapshotFolder } from './snapshot.ts';
import type { Snapshot } from '../host/snapshot.ts';

/** A machine continued from the boot snapshot, which is made first where it is missing. */
export async function restoredMachine(
  report?: (line: string) => void,
): Promise<{ machine: Machine; snapshot: Snapshot }> {
  const snapshot = await ensureSnapshot(report);
  const state = await readFile(join(snapshotFolder, snapshot.state));
  const machine = await restoreNodeMachine(new Uint8Array(state).buffer, snapshot.channel);
  return { machine, snapshot };
}
