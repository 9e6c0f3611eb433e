// The lessons there are, as the build found them.

import * as built from 'virtual:drydock/lessons';
import { locales, type Lesson, type LessonText, type Locale } from '../../lesson/lesson.ts';

export interface PartEntry {
  readonly id: string;
  readonly title: Readonly<Partial<Record<Locale, string>>>;
  readonly lessons: readonly LessonEntry[];
}

export interface LessonEntry {
  readonly id: string;
  readonly minutes: number;
  readonly steps: readonly string[];
  readonly text: Readonly<Partial<Record<Locale, { readonly title: string; readonly summary: string }>>>;
}

export interface LoadedLesson {
  readonly lesson: Lesson;
  readonly text: LessonText;
}

export const parts = built.parts as readonly PartEntry[];

/** By `lesson/locale`. */
const loaders = built.loaders as Readonly<Record<string, () => Promise<LoadedLesson>>>;

export const lessons: readonly LessonEntry[] = parts.flatMap((part) => part.lessons);

/** In the reader's language, or in one there is. */
export const inLocale = <T>(texts: Readonly<Partial<Record<Locale, T>>>, locale: Locale): T =>
  (texts[locale] ?? locales.map((one) => texts[one]).find((text) => text !== undefined))!;

/** A lesson's text and steps. Rejects when there is no such lesson, or it cannot be fetched. */
export async function loadLesson(id: string, locale: Locale): Promise<LoadedLesson> {
  const entry = lessons.find((lesson) => lesson.id === id);
  if (!entry) throw new Error(`opening the lesson ${id}: there is none of this name`);
  const available = entry.text[locale] ? locale : locales.find((one) => entry.text[one])!;
  return loaders[`${id}/${available}`]!();
}
