// A lesson's folder, read and checked as a whole: what its languages must have in common, and what its check needs.

import { decodeUtf8 } from '../lib/bytes.ts';
import { LessonError } from './lesson-error.ts';
import { locales, type Lesson, type LessonText, type Step, type StepText } from './lesson.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { parseText } from './parse-text.ts';

/** Files by their path in the lesson's folder. */
export type LessonFiles = Readonly<Record<string, Uint8Array>>;

export interface ParsedLesson {
  readonly lesson: Lesson;
  /** At least one. */
  readonly texts: readonly LessonText[];
}

/** Parses a lesson's folder; `folder` names it in messages and gives the lesson's id. Throws LessonError. */
export function parseLesson(folder: string, files: LessonFiles): ParsedLesson {
  const manifestFile = files['lesson.yaml'];
  if (!manifestFile) throw new LessonError([`${folder}/lesson.yaml: is not there`]);
  const manifest = parseManifest(decodeUtf8(manifestFile), `${folder}/lesson.yaml`);
  const texts = locales.flatMap((locale) => {
    const file = files[`${locale}.md`];
    return file ? [parseText(decodeUtf8(file), `${folder}/${locale}.md`, locale)] : [];
  });
  const [first] = texts;
  if (!first) throw new LessonError([`${folder}: has no text: ${locales.map((locale) => `${locale}.md`).join(', ')}`]);
  const problems = [
    ...repeated(manifest.steps.map(({ id }) => id)).map((id) => `${folder}/lesson.yaml: two steps have the id ${id}`),
    ...texts.flatMap((text) =>
      differences(manifest, text, first).map((line) => `${folder}/${text.locale}.md: ${line}`),
    ),
  ];
  const steps = manifest.steps.map((step): Step => {
    const text = first.steps.find(({ id }) => id === step.id);
    const { setup, check = [], solution = text && commandsOf(text) } = step;
    if (check.length > 0 && !solution) problems.push(`${folder}/lesson.yaml: step ${step.id}: has no solution`);
    if (check.length > 0 && !step.solution && text?.blocks.some(needsHands)) {
      problems.push(`${folder}/lesson.yaml: step ${step.id}: a solution must be given where keys are to be pressed`);
    }
    return { id: step.id, setup, check, solution: check.length > 0 ? solution : step.solution };
  });
  if (problems.length > 0) throw new LessonError(problems);
  return {
    lesson: {
      id: folder.slice(folder.lastIndexOf('/') + 1).replace(/^\d+-/, ''),
      minutes: manifest.minutes,
      setup: manifest.setup,
      files: Object.fromEntries(
        Object.entries(files).flatMap(([path, content]) =>
          path.startsWith('files/') ? [[path.slice(6), content]] : [],
        ),
      ),
      steps,
    },
    texts,
  };
}

const needsHands = ({ type }: StepText['blocks'][number]): boolean => type === 'keys';

/** Without a solution of its own, a step is solved by what it asks to type. */
const commandsOf = ({ blocks }: StepText): string =>
  blocks.flatMap((block) => (block.type === 'command' ? [block.command] : [])).join('\n');

/** What a text lacks that lesson.yaml asks for, and where it does something else than the first text. */
function differences(manifest: Manifest, text: LessonText, first: LessonText): string[] {
  const problems: string[] = [];
  const wanted = manifest.steps.map(({ id }) => id).join(', ');
  const found = text.steps.map(({ id }) => id).join(', ');
  if (wanted !== found) return [`its steps are ${found || 'none'}, those of lesson.yaml ${wanted}`];
  for (const [index, step] of manifest.steps.entries()) {
    const own = text.steps[index]!;
    const names = (step.check ?? []).map(({ name }) => name);
    const said = Object.keys(own.missing);
    for (const name of names.filter((one) => !said.includes(one))) {
      problems.push(`step ${step.id}: does not say what to do while ${name} is missing`);
    }
    for (const name of said.filter((one) => !names.includes(one))) {
      problems.push(`step ${step.id}: there is no condition ${name}`);
    }
    for (const name of repeated(names)) problems.push(`step ${step.id}: two conditions are called ${name}`);
    if (JSON.stringify(actions(own)) !== JSON.stringify(actions(first.steps[index]!))) {
      problems.push(`step ${step.id}: has other commands, keys, hints or answers than ${first.locale}.md`);
    }
  }
  return problems;
}

/** What must be the same in every language. */
const actions = ({ blocks }: StepText): unknown[] =>
  blocks.flatMap((block): unknown[] => {
    if (block.type === 'text') return [];
    if (block.type === 'hint') return ['hint'];
    return block.type === 'quiz' ? [block.answers.map(({ correct }) => correct)] : [block];
  });

const repeated = (names: readonly string[]): string[] => names.filter((name, index) => names.indexOf(name) < index);
