// The lessons there are: those the build found, and those of packs that were opened here.

import * as built from 'virtual:drydock/lessons';
import { locales, type Lesson, type LessonText, type Locale } from '../../lesson/lesson.ts';
import type { ParsedLesson } from '../../lesson/parse-lesson.ts';

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

const builtParts = built.parts as readonly PartEntry[];

/** By `lesson/locale`. */
const loaders = built.loaders as Readonly<Record<string, () => Promise<LoadedLesson>>>;

/** Ids of a pack's lessons begin with it, so that they are nobody else's. */
const packPrefix = 'pack.';

export const isOfPack = (id: string): boolean => id.startsWith(packPrefix);

let opened = $state.raw<readonly ParsedLesson[]>([]);

/** The parts of the build. What packs have brought is in `packLessons`. */
export const parts = builtParts;

export const packLessons = (): readonly LessonEntry[] =>
  opened.map(({ lesson, texts }) => ({
    id: lesson.id,
    minutes: lesson.minutes,
    steps: lesson.steps.map(({ id }) => id),
    text: Object.fromEntries(texts.map(({ locale, title, summary }) => [locale, { title, summary }])),
  }));

export const allLessons = (): readonly LessonEntry[] => [
  ...builtParts.flatMap((part) => part.lessons),
  ...packLessons(),
];

/**
 * Adds the lessons of a pack (a zip) until the page is left; resolves with the first one's id. Rejects with an error
 * that names what is wrong in it. The parser comes with the first pack.
 */
export async function openPack(zip: Blob): Promise<string> {
  const { readPack } = await import('../../lesson/lesson-pack.ts');
  const lessons = readPack(new Uint8Array(await zip.arrayBuffer())).map((parsed): ParsedLesson => ({
    ...parsed,
    lesson: { ...parsed.lesson, id: packPrefix + parsed.lesson.id },
  }));
  const ids = lessons.map(({ lesson }) => lesson.id);
  opened = [...opened.filter(({ lesson }) => !ids.includes(lesson.id)), ...lessons];
  return ids[0]!;
}

/** Opens a pack that lies on the page's own server: no other may be asked (see `security-policy.ts`). */
export async function fetchPack(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`fetching ${url}: the server answered ${response.status} ${response.statusText}`);
  return openPack(await response.blob());
}

/** In the reader's language, or in one there is. */
export const inLocale = <T>(texts: Readonly<Partial<Record<Locale, T>>>, locale: Locale): T =>
  (texts[locale] ?? locales.map((one) => texts[one]).find((text) => text !== undefined))!;

/** A lesson's text and steps. Rejects when there is no such lesson, or it cannot be fetched. */
export async function loadLesson(id: string, locale: Locale): Promise<LoadedLesson> {
  const own = opened.find(({ lesson }) => lesson.id === id);
  if (own) return { lesson: own.lesson, text: own.texts.find((text) => text.locale === locale) ?? own.texts[0]! };
  const entry = allLessons().find((lesson) => lesson.id === id);
  if (!entry) throw new Error(`opening the lesson ${id}: there is none of this name`);
  const available = entry.text[locale] ? locale : locales.find((one) => entry.text[one])!;
  return loaders[`${id}/${available}`]!();
}
