// The lessons of a folder (`lessons/`), read from disk and parsed.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { locales, type Locale } from '../lesson/lesson.ts';
import { parseYaml } from '../lesson/manifest.ts';
import { parseLesson, type LessonFiles, type ParsedLesson } from '../lesson/parse-lesson.ts';

export interface Part {
  /** The folder's name without its number. */
  readonly id: string;
  readonly title: Readonly<Partial<Record<Locale, string>>>;
  readonly lessons: readonly ParsedLesson[];
}

const partSchema = z.strictObject({ title: z.partialRecord(z.enum(locales), z.string()) });

/** All parts in their order, with their lessons in theirs. Throws a LessonError for the first lesson that is wrong. */
export function readLessons(root: string): Part[] {
  return numberedFolders(root).map((folder) => ({
    id: folder.replace(/^\d+-/, ''),
    ...parseYaml(partSchema, readFileSync(join(root, folder, 'part.yaml'), 'utf8'), `lessons/${folder}/part.yaml`),
    lessons: numberedFolders(join(root, folder)).map((lesson) =>
      parseLesson(`lessons/${folder}/${lesson}`, filesOf(join(root, folder, lesson))),
    ),
  }));
}

const numberedFolders = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^\d+-/.test(name))
    .sort();

const filesOf = (folder: string): LessonFiles =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, new Uint8Array(readFileSync(join(folder, path)))]),
  );
