import { transfer } from 'comlink';
import type { Lesson } from '../lesson/lesson.ts';
import type { Duplex } from '../lib/duplex.ts';
import { pipeDuplexToPort } from '../rpc/port-stream.ts';
import type { OpenedTerminal, StartOptions, TerminalSize, WorkerApi, WorkerEvent } from '../rpc/worker-api.ts';
import type { Boot, OpenLesson, RunningMachine, Terminal } from './running-machine.ts';

/** Answers the page: turns a machine's streams into MessagePorts and numbers its terminals. */
export class WorkerHost implements WorkerApi {
  readonly #boot: Boot;
  #machine: RunningMachine | undefined;
  #starting = false;
  #lesson: OpenLesson | undefined;
  readonly #terminals = new Map<number, Terminal>();
  #nextTerminal = 1;

  constructor(boot: Boot) {
    this.#boot = boot;
  }

  async start(options: StartOptions, onEvent: (event: WorkerEvent) => void): Promise<void> {
    if (this.#starting) throw new Error('starting the machine: this worker has already started one');
    this.#starting = true;
    const machine = await this.#boot(options, onEvent);
    this.#machine = machine;
    void machine.died.then(({ reason, message }) => onEvent({ type: 'died', reason, message }));
  }

  async openTerminal(size: TerminalSize): Promise<OpenedTerminal> {
    const terminal = await this.#running().openTerminal(size);
    const id = this.#nextTerminal++;
    this.#terminals.set(id, terminal);
    const { port1, port2 } = new MessageChannel();
    void pipeDuplexToPort(terminal.stream, port1).then(() => this.#terminals.delete(id));
    return transfer({ id, port: port2 }, [port2]);
  }

  async resizeTerminal(id: number, size: TerminalSize): Promise<void> {
    // The shell may have ended while the call was under way: there is nothing left to resize then.
    await this.#terminals.get(id)?.resize(size);
  }

  async dial(): Promise<MessagePort> {
    return portOf(await this.#running().dial());
  }

  async openLesson(lesson: Lesson, onChecked: (stepId: string, missing: readonly string[]) => void): Promise<void> {
    this.#lesson?.close();
    this.#lesson = undefined;
    this.#lesson = await this.#running().openLesson(lesson, onChecked);
  }

  async openStep(stepId: string): Promise<void> {
    if (!this.#lesson) throw new Error('opening a step: no lesson is open');
    await this.#lesson.open(stepId);
  }

  async lookAtStep(): Promise<void> {
    this.#lesson?.poke();
  }

  async traces(): Promise<readonly unknown[]> {
    return this.#running().traces();
  }

  #running(): RunningMachine {
    if (!this.#machine) throw new Error('using the machine: it has not started');
    return this.#machine;
  }
}

function portOf(duplex: Duplex): MessagePort {
  const { port1, port2 } = new MessageChannel();
  void pipeDuplexToPort(duplex, port1);
  return transfer(port2, [port2]);
}
