// lesson.yaml: what of a lesson is the same in every language.

import { parse } from 'yaml';
import * as z from 'zod';
import { conditionSchema } from './condition.ts';
import { LessonError } from './lesson-error.ts';

const step = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'is not a name of small letters, digits and dashes'),
  setup: z.string().optional(),
  check: z.array(conditionSchema).optional(),
  solution: z.string().optional(),
});

const manifestSchema = z.strictObject({
  minutes: z.int().min(1).max(120),
  setup: z.string().optional(),
  steps: z.array(step).min(1),
});

export type Manifest = z.infer<typeof manifestSchema>;

export const frontMatterSchema = z.strictObject({
  title: z.string().min(1),
  summary: z.string().min(1),
});

/** Throws a LessonError that names the file and everything wrong in it. */
export function parseManifest(text: string, path: string): Manifest {
  return parseYaml(manifestSchema, text, path);
}

export function parseYaml<T>(schema: z.ZodType<T>, text: string, path: string): T {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new LessonError([`${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new LessonError(result.error.issues.flatMap((issue) => describe(issue, [])).map((line) => `${path}: ${line}`));
}

/** A condition is one of several kinds; of their complaints those of the kind that was nearest are told. */
function describe(issue: z.core.$ZodIssue, parents: readonly PropertyKey[]): string[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const nearest = issue.errors.reduce((best, next) => (unknownKeys(next) < unknownKeys(best) ? next : best));
    return nearest.flatMap((inner) => describe(inner, path));
  }
  return [`${path.map(String).join('.') || 'the file'}: ${issue.message}`];
}

/** How badly a value misses one kind of a union: keys it should not have, then everything else. */
const unknownKeys = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 100 * issue.keys.length : 1), 0);
