// The files a guest comes from, as the page's server has them: the emulator, the boot snapshot, or kernel and root
// file system.

import wasmUrl from 'v86/build/v86.wasm?url';
import type { Snapshot } from '../host/snapshot.ts';
import type { BootFiles } from '../machine/machine.ts';
import { downloadFiles, fetchFile, type DownloadProgress } from './download.ts';

/** Compiled once, beside the other downloads: the worker's first import starts it. */
const emulator = compile();
emulator.catch(() => {}); // told when it is instantiated

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetchFile(new URL(wasmUrl, import.meta.url).href);
  // Streaming needs the right media type, which not every static server knows.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

export async function instantiateEmulator(imports: WebAssembly.Imports): Promise<WebAssembly.Exports> {
  return (await WebAssembly.instantiate(await emulator, imports)).exports;
}

type OnProgress = (progress: DownloadProgress) => void;

/** The saved machine, and what is needed to continue it. Rejects when it is missing or not whole. */
export async function downloadSnapshot(
  baseUrl: string,
  onProgress: OnProgress,
): Promise<{ manifest: Snapshot; state: ArrayBuffer }> {
  const manifest = (await (await fetchFile(`${baseUrl}snapshot/snapshot.json`)).json()) as Snapshot;
  const url = `${baseUrl}snapshot/${manifest.state}`;
  const [state] = await downloadFiles([url], ({ received }) => onProgress({ received, total: manifest.size }));
  // The emulator would not say that it cannot read a state: it would never start.
  if (state!.byteLength !== manifest.size) {
    throw new Error(`downloading ${url}: ${state!.byteLength} bytes came, ${manifest.size} were expected`);
  }
  return { manifest, state: state! };
}

export async function downloadBootFiles(baseUrl: string, onProgress: OnProgress): Promise<BootFiles> {
  const names = ['bios.bin', 'bzImage', 'rootfs.cpio.gz'];
  const files = await downloadFiles(
    names.map((name) => `${baseUrl}guest/${name}`),
    onProgress,
  );
  const [bios, kernel, initrd] = files as [ArrayBuffer, ArrayBuffer, ArrayBuffer];
  return { bios, kernel, initrd: await gunzip(initrd) };
}

/** Inflates what is gzip: some servers say of a .gz file that it is encoded so, and the browser has inflated it then. */
async function gunzip(file: ArrayBuffer): Promise<ArrayBuffer> {
  const [first, second] = new Uint8Array(file, 0, 2);
  if (first !== 0x1f || second !== 0x8b) return file;
  return new Response(new Blob([file]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
