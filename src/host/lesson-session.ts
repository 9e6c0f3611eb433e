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
  /** Files are placed and the set-up script has run. */
  #begun = false;
  /** Steps that have passed here, or were done by their solution. */
  readonly #done = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #checking = false;
  #again = false;
  #closed = false;
  #followed: unknown;
  #unfollow: () => void = () => {};

  /** `onChecked` is told the names of the conditions of the open step that do not hold, after each look. */
  constructor(drydock: Drydock, lesson: Lesson, onChecked: OnChecked = () => {}) {
    this.#drydock = drydock;
    this.#world = new HostWorld(drydock);
    this.#lesson = lesson;
    this.#onChecked = onChecked;
    this.#opened = { step: Date.now(), lesson: Date.now() };
  }

  /**
   * Opens a step: places the lesson's files and runs its set-up script, does the steps before that have not been done
   * here as their solutions do, then sets up this one. What is done from now on counts for it. Rejects with what a
   * script printed when it fails.
   */
  async open(stepId: string): Promise<void> {
    const { steps, setup } = this.#lesson;
    const index = steps.findIndex(({ id }) => id === stepId);
    if (index === -1) throw new Error(`opening a step of ${this.#lesson.id}: there is none called ${stepId}`);
    this.#step = undefined;
    if (!this.#begun) {
      await this.#placeFiles();
      await this.#run(setup, 'set-up');
      this.#begun = true;
    }
    for (const step of steps.slice(0, index).filter(({ id }) => !this.#done.has(id))) {
      await this.#run(step.setup, `set-up of ${step.id}`);
      await this.#run(step.solution, `solution of ${step.id}`);
      this.#done.add(step.id);
    }
    const step = steps[index]!;
    await this.#run(step.setup, `set-up of ${stepId}`);
    this.#opened = { ...this.#opened, step: Date.now() };
    this.#step = step;
    // A step without a check is done by reading on.
    if (step.check.length === 0) this.#done.add(stepId);
    this.poke();
  }

  /** Something may have changed: looks when nothing more has been said for a moment. */
  poke(): void {
    this.#followEvents();
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), pause);
  }

  close(): void {
    this.#closed = true;
    this.#unfollow();
    clearTimeout(this.#timer);
  }

  /** The names of the conditions of the open step that do not hold. */
  async missing(): Promise<string[]> {
    const step = this.#step;
    if (!step) return [];
    const missing = await checkStep(step, this.#world, this.#opened);
    if (missing.length === 0) this.#done.add(step.id);
    return missing;
  }

  /** Does the open step as its solution does. Rejects with what the script printed when it fails. */
  async solve(): Promise<void> {
    if (this.#step) await this.#run(this.#step.solution, `solution of ${this.#step.id}`);
  }

  /** Listens to the engine there is: one that was restarted is another. */
  #followEvents(): void {
    const { events } = this.#drydock.engine;
    if (this.#followed === events || this.#closed) return;
    this.#unfollow();
    this.#followed = events;
    this.#unfollow = events.subscribe(({ action }) => {
      // What a look at a container's file says of itself.
      if (action !== 'archive-path') this.poke();
    });
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

  async #placeFiles(): Promise<void> {
    const files = new GuestFiles(this.#drydock.machine.channel, '/root');
    for (const [path, content] of Object.entries(this.#lesson.files)) {
      const slash = path.lastIndexOf('/');
      if (slash > 0) await files.makeDirectory(path.slice(0, slash));
      await files.write(path, content);
    }
  }

  async #run(script: string | undefined, what: string): Promise<void> {
    if (script === undefined || script.trim() === '') return;
    const name = `lesson ${this.#lesson.id}: ${what}`;
    const { exitCode, output } = await runScript(this.#drydock.machine.channel, ['/bin/bash', '-c', script], name);
    if (exitCode !== 0) throw new Error(`${name}: exit code ${exitCode}\n${output.slice(-2000)}`);
  }
}
