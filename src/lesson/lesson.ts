// A lesson as the page and the checker use it, compiled from a folder of `lessons/`.

import type { Condition } from './condition.ts';

/** What of a lesson is the same in every language. */
export interface Lesson {
  /** The folder's name without its number: `first-container`. */
  readonly id: string;
  /** How long a learner takes. */
  readonly minutes: number;
  /** Shell script for the host, run before the first step. */
  readonly setup: string | undefined;
  /** Placed in the host before the set-up script runs, by their path below /root. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string;
  /** Run when the step is opened. */
  readonly setup: string | undefined;
  /** All must hold. None at all: the step is done when its quizzes are, or read. */
  readonly check: readonly Condition[];
  /** Shell script for the host that makes the check pass. */
  readonly solution: string | undefined;
}

/** A lesson in one language. HTML is sanitised. */
export interface LessonText {
  readonly locale: Locale;
  readonly title: string;
  readonly summary: string;
  readonly intro: string;
  readonly steps: readonly StepText[];
}

export interface StepText {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  /** HTML of each condition's sentence, shown while it does not hold. */
  readonly missing: Readonly<Record<string, string>>;
}

export type Block =
  | { readonly type: 'text'; readonly html: string }
  /** To be typed into a terminal tab, 1 being the first. */
  | { readonly type: 'command'; readonly command: string; readonly terminal: number }
  /** Keys to press: `ctrl-c`. */
  | { readonly type: 'keys'; readonly keys: readonly Key[] }
  | { readonly type: 'hint'; readonly html: string }
  | { readonly type: 'quiz'; readonly question: string; readonly answers: readonly Answer[] };

export interface Answer {
  readonly html: string;
  readonly correct: boolean;
  /** Why it is right or wrong. */
  readonly explanation: string;
}

export const locales = ['en', 'zh-CN'] as const;
export type Locale = (typeof locales)[number];

/** The keys a lesson can ask for, and what a terminal sends for them. */
export const keys = {
  'ctrl-c': '\x03',
  'ctrl-d': '\x04',
  'ctrl-z': '\x1a',
  'ctrl-p': '\x10',
  'ctrl-q': '\x11',
  'ctrl-\\': '\x1c',
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  space: ' ',
  q: 'q',
} as const;
export type Key = keyof typeof keys;
