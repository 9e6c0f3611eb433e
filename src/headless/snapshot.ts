// Makes the boot snapshot: boots the guest once, brings the host up with a login shell at its prompt, and saves the
// machine. The page and the tests continue it instead of booting. Run by `npm run snapshot`; does nothing when the
// snapshot at hand was made from the same files.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { compress, init } from '@bokuweb/zstd-wasm';
import { bootHost } from '../host/boot.ts';
import { Shell, type ShellState } from '../host/shell.ts';
import type { ChannelState } from '../guest/channel.ts';
import type { Snapshot } from '../host/snapshot.ts';
import { bootNodeMachine, projectRoot } from './node-machine.ts';

export const snapshotFolder = join(projectRoot, 'build/snapshot');
const manifestFile = join(snapshotFolder, 'snapshot.json');

/** zstd's level: the state is made once and downloaded by everyone. */
const compressionLevel = 19;

/** How long a shell must have been silent to count as waiting at its prompt, in milliseconds. */
const promptSilence = 400;

/** What the state of a booted machine depends on: the guest's files, v86, and the code that boots it. */
async function inputsHash(): Promise<string> {
  const hash = createHash('sha256');
  const files = [
    'public/guest/bios.bin',
    'public/guest/bzImage',
    'public/guest/rootfs.cpio.gz',
    'node_modules/v86/package.json',
  ];
  for (const folder of ['src/guest', 'src/machine', 'src/host', 'src/lib'])
    files.push(...(await sources(join(projectRoot, folder))));
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(projectRoot, file)));
  return hash.digest('hex').slice(0, 16);
}

async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)));
}

/** The snapshot's manifest, if there is one made from the present files. */
async function present(hash: string): Promise<Snapshot | undefined> {
  try {
    const snapshot = JSON.parse(await readFile(manifestFile, 'utf8')) as Snapshot;
    await readFile(join(snapshotFolder, snapshot.state));
    return snapshot.inputs === hash ? snapshot : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the snapshot unless it is there; resolves with its manifest. */
export async function ensureSnapshot(report: (line: string) => void = () => {}): Promise<Snapshot> {
  const inputs = await inputsHash();
  const existing = await present(inputs);
  if (existing) return existing;

  report('snapshot: booting the guest');
  const { memory, channel, shell } = await bootAndSave();
  report(`snapshot: compressing ${(memory.byteLength / 2 ** 20).toFixed(1)} MiB`);
  await init();
  const state = compress(new Uint8Array(memory), compressionLevel);
  const name = `state-${createHash('sha256').update(state).digest('hex').slice(0, 16)}.bin.zst`;
  const snapshot: Snapshot = { inputs, state: name, size: state.length, channel, shell };

  await mkdir(snapshotFolder, { recursive: true });
  for (const old of await readdir(snapshotFolder)) await rm(join(snapshotFolder, old));
  await writeFile(join(snapshotFolder, name), state);
  // The manifest comes last and at once: a build cut off half way leaves none.
  await writeFile(`${manifestFile}.new`, JSON.stringify(snapshot));
  await rename(`${manifestFile}.new`, manifestFile);
  report(`snapshot: ${(state.length / 2 ** 20).toFixed(1)} MiB in ${relative(projectRoot, snapshotFolder)}`);
  return snapshot;
}

async function bootAndSave(): Promise<{ memory: ArrayBuffer; channel: ChannelState; shell: ShellState }> {
  const machine = await bootNodeMachine();
  const died = machine.died.then(({ message }): never => {
    throw new Error(`making the snapshot: ${message}`);
  });
  const boot = async () => {
    await machine.channel.hello;
    await bootHost(machine.channel);
    const shell = await Shell.start(machine.channel, { columns: 80, rows: 24 });
    // The prompt stays unread: it is part of the saved stream, and the first thing a page shows.
    await new Promise((resolve) => setTimeout(resolve, promptSilence));
    const { memory, channel } = await machine.save();
    return { memory, channel, shell: shell.state };
  };
  const saved = await Promise.race([boot(), died]);
  died.catch(() => {});
  await machine.stop();
  return saved;
}
