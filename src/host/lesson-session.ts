// A lesson being done on this host: prepares its steps, and tells what of the open one is still missing whenever
// something has happened.

import { checkStep, type Opened } from '../lesson/check-step.ts';
import type { Lesson, Step } from '../lesson/lesson.ts';
import type { Drydock } from './drydock.ts';
import { GuestFiles } from './guest-files.ts';
import { HostWorld } from './lesson-world.ts';
import { runScript } from './script.ts';

/** Events and output come in bursts; what they have led to is looked at when they pause, in milliseconds. */
const pause = 250;

type OnChecked = (stepId: string, missing: readonly string[]) => void;

export class LessonSession {
  readonly #drydock: Drydock;
  readonly #world: HostWorld;
  readonly #lesson: Lesson;
  readonly #onChecked: OnChecked;
  #opened: Opened;
  #step: Step | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #checking = false;
  #again = false;
  #closed = false;

  /** `onChecked` is told the names of the conditions of the open step that do not hold, after each look. */
  constructor(drydock: Drydock, lesson: Lesson, onChecked: OnChecked = () => {}) {
    this.#drydock = drydock;
    this.#world = new HostWorld(drydock);
    this.#lesson = lesson;
    this.#onChecked = onChecked;
    this.#opened = { step: Date.now(), lesson: Date.now() };
  }

  /** Places the lesson's files, and does what comes before a step: set-up scripts, and solutions of the steps before. */
  async prepare(stepId: string): Promise<void> {
    const { files, setup, steps } = this.#lesson;
    const guestFiles = new GuestFiles(this.#drydock.machine.channel, '/root');
    for (const [path, content] of Object.entries(files)) {
      const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
      if (folder !== '') await guestFiles.makeDirectory(folder);
      await guestFiles.write(path, content);
    }
    await this.#run(setup, 'set-up');
    for (const step of steps.slice(0, this.#indexOf(stepId))) {
      await this.#run(step.setup, `set-up of ${step.id}`);
      await this.#run(step.solution, `solution of ${step.id}`);
    }
  }

  /** Opens a step: what is done from now on counts for it. */
  async open(stepId: string): Promise<void> {
    const step = this.#lesson.steps[this.#indexOf(stepId)]!;
    this.#step = undefined;
    await this.#run(step.setup, `set-up of ${stepId}`);
    this.#opened = { ...this.#opened, step: Date.now() };
    this.#step = step;
    this.poke();
  }

  /** Something may have changed: looks when nothing more has been said for a moment. */
  poke(): void {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), pause);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The names of the conditions of the open step that do not hold. */
  async missing(): Promise<string[]> {
    return this.#step ? checkStep(this.#step, this.#world, this.#opened) : [];
  }

  /** Does the open step as its solution does. Rejects with what the script printed when it fails. */
  async solve(): Promise<void> {
    if (this.#step) await this.#run(this.#step.solution, `solution of ${this.#step.id}`);
  }

  async #look(): Promise<void> {
    this.#again = this.#checking;
    const step = this.#step;
    if (this.#checking || !step || step.check.length === 0) return;
    this.#checking = true;
    try {
      const missing = await this.missing();
      if (step === this.#step && !this.#closed) this.#onChecked(step.id, missing);
    } catch {
      // The engine restarts, or a container went while it was looked at: the next event asks again.
    } finally {
      this.#checking = false;
      if (this.#again) this.poke();
    }
  }

  #indexOf(stepId: string): number {
    const index = this.#lesson.steps.findIndex(({ id }) => id === stepId);
    if (index === -1) throw new Error(`opening a step of ${this.#lesson.id}: there is none called ${stepId}`);
    return index;
  }

  async #run(script: string | undefined, what: string): Promise<void> {
    if (script === undefined || script.trim() === '') return;
    const name = `lesson ${this.#lesson.id}: ${what}`;
    const { exitCode, output } = await runScript(this.#drydock.machine.channel, ['/bin/bash', '-c', script], name);
    if (exitCode !== 0) throw new Error(`${name}: exit code ${exitCode}\n${output.slice(-2000)}`);
  }
}
