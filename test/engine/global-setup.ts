import { ensureSnapshot } from '../../src/headless/snapshot.ts';

/** Boots the guest once for all test files, unless a snapshot of it is there. */
export default async function makeSnapshot(): Promise<void> {
  await ensureSnapshot((line) => console.log(line));
}
