import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { locales } from '../lesson/lesson.ts';
import { readLessons } from './read-lessons.ts';

const parts = readLessons(fileURLToPath(new URL('../../lessons', import.meta.url)));
const lessons = parts.flatMap((part) => part.lessons);

test('every part and every lesson is there in every language', () => {
  for (const { title } of parts) expect(Object.keys(title).sort()).toEqual([...locales].sort());
  for (const { lesson, texts } of lessons) {
    expect([lesson.id, texts.map(({ locale }) => locale)]).toEqual([lesson.id, locales]);
  }
  expect(lessons.length).toBeGreaterThan(0);
});

test('no two lessons have the same name: the address bar holds it', () => {
  const ids = lessons.map(({ lesson }) => lesson.id);
  expect(ids).toEqual([...new Set(ids)]);
});
