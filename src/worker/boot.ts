// Brings the page's machine up: from the boot snapshot or by booting the kernel. The files of the guest and the code that
// runs it are fetched side by side.

import type { WorkerEvent } from '../rpc/worker-api.ts';
import { downloadBootFiles, downloadSnapshot, instantiateEmulator } from './guest-download.ts';
import type { BootedMachine } from './guest-machine.ts';
import type { Boot } from './running-machine.ts';

type Report = (event: WorkerEvent) => void;

const machineCode = import('./guest-machine.ts');
machineCode.catch(() => {}); // told when it is used

/** Starts the machine asked for; one whose snapshot cannot be used boots its kernel instead. */
export const bootMachine: Boot = async ({ boot, baseUrl }, report) => {
  const booted = boot === 'cold' ? await bootCold(baseUrl, report) : await restoreOrBoot(baseUrl, report);
  return (await machineCode).runMachine(booted, baseUrl, () => report({ type: 'storing' }));
};

async function restoreOrBoot(baseUrl: string, report: Report): Promise<BootedMachine> {
  try {
    return await restore(baseUrl, report);
  } catch (error) {
    report({ type: 'fallback', reason: error instanceof Error ? error.message : String(error) });
    return bootCold(baseUrl, report);
  }
}

async function restore(baseUrl: string, report: Report): Promise<BootedMachine> {
  const { manifest, state } = await downloadSnapshot(baseUrl, (progress) => report({ type: 'download', ...progress }));
  report({ type: 'booting', boot: 'snapshot' });
  return (await machineCode).restoreMachine(manifest, state, instantiateEmulator);
}

async function bootCold(baseUrl: string, report: Report): Promise<BootedMachine> {
  const files = await downloadBootFiles(baseUrl, (progress) => report({ type: 'download', ...progress }));
  report({ type: 'booting', boot: 'cold' });
  const console = new ConsoleReport(report);
  const booted = await (await machineCode).bootMachine(files, instantiateEmulator, (text) => console.add(text));
  console.end();
  return booted;
}

/** The kernel's messages in portions, until a shell has the screen: the console speaks byte by byte. */
class ConsoleReport {
  readonly #report: Report;
  #text = '';
  #ended = false;

  constructor(report: Report) {
    this.#report = report;
  }

  add(text: string): void {
    if (this.#ended) return;
    if (this.#text === '') setTimeout(() => this.#flush(), 20);
    this.#text += text;
  }

  end(): void {
    this.#flush();
    this.#ended = true;
  }

  #flush(): void {
    if (this.#text !== '') this.#report({ type: 'console', text: this.#text });
    this.#text = '';
  }
}
