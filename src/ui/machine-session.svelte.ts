// The page's view of one machine after another: which worker runs it, how far it is, and why it ended. Components read
// the runes; nothing here draws.

import { proxy, wrap, type Remote } from 'comlink';
import { carryErrorKinds } from '../rpc/error-transfer.ts';
import type { BootMode, OpenedTerminal, TerminalSize, WorkerApi, WorkerEvent } from '../rpc/worker-api.ts';
import { messages } from './messages/messages.svelte.ts';
import workerUrl from '../worker/main.ts?worker&url';

export type Phase =
  /** Not started yet: the page comes first. */
  | { readonly name: 'waiting' }
  | { readonly name: 'loading' }
  | { readonly name: 'downloading'; readonly received: number; readonly total: number | undefined }
  | { readonly name: 'booting'; readonly boot: BootMode }
  | { readonly name: 'ready'; readonly milliseconds: number }
  | { readonly name: 'failed'; readonly message: string; readonly advice: string }
  | { readonly name: 'died'; readonly message: string };

/** Not in every browser, and not in TypeScript's types. */
declare const scheduler: { postTask?: unknown } | undefined;

carryErrorKinds();

/** In milliseconds. */
const outputPause = 200;

export class MachineSession {
  phase = $state.raw<Phase>({ name: 'waiting' });
  /** Why the snapshot was not used, when it should have been. */
  fallback = $state<string | undefined>();
  /** Counts the machines started: a new number means a fresh machine, to which nothing old belongs. */
  generation = $state(0);

  readonly #baseUrl: string;
  /** What the kernel printed before anybody could show it. */
  #consoleText = '';
  #onConsole: ((text: string) => void) | undefined;
  #worker: Worker | undefined;
  #showed: ReturnType<typeof setTimeout> | undefined;
  #api: Remote<WorkerApi> | undefined;

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl;
  }

  get over(): boolean {
    return this.phase.name === 'failed' || this.phase.name === 'died';
  }

  /** Events come over a port of their own, so the last ones may arrive after the start has been answered. */
  get #settled(): boolean {
    return this.over || this.phase.name === 'ready';
  }

  /** Starts a machine, ending the one there was. */
  start(boot: BootMode): void {
    this.#worker?.terminate();
    clearTimeout(this.#showed);
    this.#showed = undefined;
    this.generation++;
    this.#consoleText = '';
    this.#onConsole = undefined;
    this.phase = { name: 'loading' };
    this.fallback = undefined;
    if (typeof WebAssembly === 'undefined') {
      this.#fail(messages.failure.noWebAssembly, messages.failure.advice.noWebAssembly);
      return;
    }
    void this.#run(boot, this.generation);
  }

  async #run(boot: BootMode, generation: number): Promise<void> {
    const started = performance.now();
    // v86 looks for these words in its worker's URL, and then ticks by scheduler.postTask instead of a nested worker.
    const fragment = typeof scheduler !== 'undefined' && scheduler.postTask !== undefined ? '#use-scheduling-api' : '';
    const worker = new Worker(workerUrl + fragment, { type: 'module', name: 'drydock-machine' });
    this.#worker = worker;
    worker.addEventListener('error', (event) => {
      if (generation !== this.generation || this.over) return;
      const message = messages.failure.workerLost(event.message || messages.failure.workerUnavailable);
      if (this.phase.name === 'ready') this.phase = { name: 'died', message };
      else this.#fail(message, messages.failure.advice.download);
    });
    const api = wrap<WorkerApi>(worker);
    this.#api = api;
    try {
      await api.start(
        { boot, baseUrl: this.#baseUrl },
        proxy((event: WorkerEvent) => {
          if (generation === this.generation) this.#follow(event);
        }),
      );
      if (generation !== this.generation || this.over) return;
      this.phase = { name: 'ready', milliseconds: performance.now() - started };
      performance.mark('drydock:ready');
    } catch (error) {
      if (generation !== this.generation) return;
      this.#fail(error instanceof Error ? error.message : String(error), this.#adviceFor(error));
    }
  }

  #follow(event: WorkerEvent): void {
    switch (event.type) {
      case 'download':
        if (this.#settled) return;
        this.phase = { name: 'downloading', received: event.received, total: event.total };
        return;
      case 'booting':
        if (this.#settled) return;
        this.phase = { name: 'booting', boot: event.boot };
        return;
      case 'console':
        if (this.#onConsole) this.#onConsole(event.text);
        else this.#consoleText += event.text;
        return;
      case 'fallback':
        this.fallback = event.reason;
        return;
      case 'storing':
        // Images that were pulled. Where it is denied they are kept as long as there is room.
        void navigator.storage?.persist?.().catch(() => false);
        return;
      case 'died':
        if (!this.over) this.phase = { name: 'died', message: event.message };
    }
  }

  #fail(message: string, advice: string): void {
    this.phase = { name: 'failed', message, advice };
  }

  #adviceFor(error: unknown): string {
    const downloading = this.phase.name === 'loading' || this.phase.name === 'downloading';
    return error instanceof Error && downloading ? messages.failure.advice.download : messages.failure.advice.other;
  }

  /** Shows what the kernel prints on its console, from the machine's start on. */
  showConsole(show: (text: string) => void): void {
    this.#onConsole = show;
    show(this.#consoleText);
    this.#consoleText = '';
  }

  /** A new login shell. Only while the machine is ready. */
  openTerminal(size: TerminalSize): Promise<OpenedTerminal> {
    return this.#running().openTerminal(size);
  }

  async resizeTerminal(id: number, size: TerminalSize): Promise<void> {
    await this.#running().resizeTerminal(id, size);
  }

  /** Opens a lesson; see `WorkerApi`. Only while the machine is ready. */
  async openLesson(...parameters: Parameters<WorkerApi['openLesson']>): Promise<void> {
    await this.#running().openLesson(...parameters);
  }

  async openStep(stepId: string): Promise<void> {
    await this.#running().openStep(stepId);
  }

  /** A terminal has shown something. Told to the worker a few times a second at most. */
  terminalShowed(): void {
    if (this.#showed !== undefined) return;
    this.#showed = setTimeout(() => {
      this.#showed = undefined;
      this.#api?.lookAtStep().catch(() => {});
    }, outputPause);
  }

  #running(): Remote<WorkerApi> {
    if (!this.#api) throw new Error('using the machine: it has not been started');
    return this.#api;
  }
}
