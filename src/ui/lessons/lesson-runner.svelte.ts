// A lesson being done: its text in the reader's language, the step that is open, and what the machine says about it.

import { proxy } from 'comlink';
import type { Lesson, LessonText, Step, StepText } from '../../lesson/lesson.ts';
import type { Address } from '../address.svelte.ts';
import type { MachineSession } from '../machine-session.svelte.ts';
import { isOfPack, loadLesson } from './contents.svelte.ts';
import type { Progress } from './progress.svelte.ts';

/** How far the machine is with the open step. */
export type Readiness =
  | { readonly name: 'waiting' }
  | { readonly name: 'preparing' }
  | { readonly name: 'ready' }
  | { readonly name: 'failed'; readonly message: string };

export class LessonRunner {
  lesson = $state.raw<Lesson>();
  text = $state.raw<LessonText>();
  /** Why the lesson cannot be shown. */
  failure = $state<string>();
  readiness = $state.raw<Readiness>({ name: 'waiting' });
  /** Names of the conditions that do not hold; undefined until the machine has been looked at. */
  missing = $state.raw<readonly string[]>();
  readonly #address: Address;
  readonly #machine: MachineSession;
  readonly #progress: Progress;
  readonly #pack: Promise<string> | undefined;
  #packOpened = false;
  /** The machine and lesson that were opened last: another of either begins anew. */
  #opened: { readonly generation: number; readonly lesson: string } | undefined;
  /** Calls that were overtaken by a later one say nothing. */
  #turn = 0;

  /** `pack` is the first lesson of a pack that is being fetched. */
  constructor(address: Address, machine: MachineSession, progress: Progress, pack?: Promise<string>) {
    this.#address = address;
    this.#machine = machine;
    this.#progress = progress;
    this.#pack = pack;
    pack?.catch(() => {}); // told when a lesson is shown
  }

  get stepIndex(): number {
    const wanted = this.#address.place.step;
    return Math.max(0, this.lesson?.steps.findIndex(({ id }) => id === wanted) ?? 0);
  }

  get step(): Step | undefined {
    return this.lesson?.steps[this.stepIndex];
  }

  get stepText(): StepText | undefined {
    return this.text?.steps[this.stepIndex];
  }

  get passed(): boolean {
    return (
      this.lesson !== undefined && this.step !== undefined && this.#progress.isPassed(this.lesson.id, this.step.id)
    );
  }

  /** Shows a lesson; none in the playground. Call it when lesson or language change. */
  async show(id: string | undefined, locale: Address['locale']): Promise<void> {
    const turn = ++this.#turn;
    this.failure = undefined;
    if (id !== this.lesson?.id) this.lesson = this.text = undefined;
    if (id === undefined) return;
    try {
      const first = this.#packOpened ? undefined : await this.#pack;
      if (turn !== this.#turn) return;
      this.#packOpened = true;
      if (first !== undefined && !isOfPack(id)) {
        this.#address.settle({ lesson: first, step: undefined });
        return;
      }
      const { lesson, text } = await loadLesson(id, locale);
      if (turn !== this.#turn) return;
      if (this.lesson?.id !== lesson.id) this.lesson = lesson;
      this.text = text;
      if (this.step && this.#address.place.step !== this.step.id) {
        this.#address.settle({ lesson: id, step: this.step.id });
      }
    } catch (error) {
      if (turn === this.#turn) this.failure = messageOf(error);
    }
  }

  /** Opens the step on the machine, once it is ready. Call it when lesson, step or machine change. */
  async open(lesson: Lesson, step: Step, generation: number, ready: boolean): Promise<void> {
    this.missing = undefined;
    if (!ready) {
      this.readiness = { name: 'waiting' };
      return;
    }
    this.readiness = { name: 'preparing' };
    const isCurrent = () => lesson === this.lesson && step === this.step && generation === this.#machine.generation;
    try {
      if (this.#opened?.generation === generation && this.#opened.lesson !== lesson.id) {
        // Another lesson has left its things on this machine.
        this.#machine.start('snapshot');
        return;
      }
      if (!this.#opened || this.#opened.generation !== generation) {
        this.#opened = { generation, lesson: lesson.id };
        await this.#machine.openLesson(
          lesson,
          proxy((stepId: string, missing: readonly string[]) => {
            if (generation === this.#machine.generation) this.#take(lesson.id, stepId, missing);
          }),
        );
      }
      await this.#machine.openStep(step.id);
      if (isCurrent()) this.readiness = { name: 'ready' };
    } catch (error) {
      if (isCurrent()) this.readiness = { name: 'failed', message: messageOf(error) };
    }
  }

  /** A step without a check has been read, or its questions answered. */
  pass(): void {
    if (this.lesson && this.step) this.#progress.pass(this.lesson.id, this.step.id);
  }

  #take(lessonId: string, stepId: string, missing: readonly string[]): void {
    if (missing.length === 0) this.#progress.pass(lessonId, stepId);
    if (lessonId === this.lesson?.id && stepId === this.step?.id) this.missing = missing;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
