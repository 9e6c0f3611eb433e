// A machine in Node: the committed guest files from disk, v86's wasm from its package.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ChannelState } from '../guest/channel.ts';
import type { Machine } from '../machine/machine.ts';
import { startV86 } from '../machine/v86.ts';

/** The project's folder. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

const guestFolder = join(projectRoot, 'public/guest');

const require = createRequire(import.meta.url);
const wasmFile = join(dirname(require.resolve('v86')), 'v86.wasm');

/** Compiled once a process: tests start many machines. */
let compiled: Promise<WebAssembly.Module> | undefined;

async function instantiateWasm(imports: WebAssembly.Imports): Promise<WebAssembly.Exports> {
  compiled ??= readFile(wasmFile).then((bytes) => WebAssembly.compile(bytes));
  return (await WebAssembly.instantiate(await compiled, imports)).exports;
}

const arrayBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** Boots the guest's kernel. Resolves when the emulator runs; the agent says hello on the channel. */
export async function bootNodeMachine(
  options: { onConsole?: (text: string) => void; verbose?: boolean } = {},
): Promise<Machine> {
  const [bios, kernel, initrd] = await Promise.all(
    ['bios.bin', 'bzImage', 'rootfs.cpio.gz'].map((name) => readFile(join(guestFolder, name))),
  );
  return startV86({
    wasm: instantiateWasm,
    onConsole: options.onConsole,
    boot: {
      files: { bios: arrayBuffer(bios!), kernel: arrayBuffer(kernel!), initrd: arrayBuffer(gunzipSync(initrd!)) },
      verbose: options.verbose,
    },
  });
}

/** Continues a saved machine. */
export const restoreNodeMachine = (
  state: ArrayBuffer,
  channel: ChannelState,
  options: { onConsole?: (text: string) => void } = {},
): Promise<Machine> => startV86({ wasm: instantiateWasm, onConsole: options.onConsole, boot: { state, channel } });
