// The conditions a step's check is made of. They are data and nothing else: a lesson may come from anywhere, and nothing
// of it may run in the page. lessons/README.md explains them to those who write lessons.

import * as z from 'zod';

const count = z.union([
  z.int().min(0),
  z.strictObject({ min: z.int().min(0).optional(), max: z.int().min(0).optional() }),
]);

const pattern = z.string().refine(isPattern, 'is not a regular expression');

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** What a value must be. All that are given must hold. */
const matcher = z
  .strictObject({
    equals: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
    /** A part of a text, or an element of a list. */
    contains: z.union([z.string(), z.number()]).optional(),
    matches: pattern.optional(),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'says nothing: give equals, contains, matches, atLeast or atMost');

/** A matcher for values within JSON. It holds when one of the values at `at` does; with `none`, when none does. */
const jsonMatcher = z
  .strictObject({ ...matcher.shape, at: z.string(), none: z.boolean().optional() })
  .refine(({ at }) => isPath(at), 'at: is not a path such as State.Status, [*].Names[0] or Labels["a.b"]');

const pathStep = /\.?([\w-]+)|\[(\d+|\*|"[^"]*")\]/y;

/** The steps of a path such as `[*].Labels["a.b"]`: `*`, `Labels`, `a.b`. Undefined when it is none. */
export function pathSteps(path: string): readonly string[] | undefined {
  const steps: string[] = [];
  pathStep.lastIndex = 0;
  while (pathStep.lastIndex < path.length) {
    const found = pathStep.exec(path);
    if (!found) return undefined;
    steps.push(found[1] ?? found[2]!.replaceAll('"', ''));
  }
  return steps;
}

const isPath = (path: string): boolean => pathSteps(path) !== undefined;

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'is not a name of small letters, digits and dashes');
/** From when on something in the past counts. */
const since = z.enum(['step', 'lesson']).optional();

const container = z.strictObject({
  name,
  container: z.strictObject({
    name: z.string().optional(),
    /** As it was given to `docker run`. */
    image: z.string().optional(),
    state: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe('created, running, paused, restarting, exited, dead'),
    exitCode: z.int().optional(),
    /** Matched with `docker inspect`. */
    where: z.array(jsonMatcher).optional(),
  }),
  count: count.optional(),
});

const image = z.strictObject({
  name,
  /** A reference as `docker images --filter reference=` takes it. */
  image: z.string(),
  where: z.array(jsonMatcher).optional(),
  count: count.optional(),
});

const get = z.strictObject({
  name,
  /** A path of the Engine API, without its version. */
  get: z.string().startsWith('/'),
  status: z.int().optional(),
  expect: z.array(jsonMatcher).optional(),
});

const run = z.strictObject({
  name,
  /** For the host's shell, or with `in` for that container's namespaces. It must change nothing. */
  run: z.string().min(1),
  in: z.string().optional(),
  exitCode: z.int().optional(),
  stdout: matcher.optional(),
});

const file = z.strictObject({
  name,
  file: z.string().startsWith('/'),
  in: z.string().optional(),
  exists: z.boolean().optional(),
  content: matcher.optional(),
});

const event = z.strictObject({
  name,
  event: z.strictObject({
    type: z.enum(['container', 'image', 'network', 'volume', 'daemon']),
    /** `die`, `start`; `exec_start` is also that of `exec_start: ls -l`. */
    action: z.string(),
    attributes: z.record(z.string(), z.string()).optional(),
  }),
  since,
  count: count.optional(),
});

const command = z.strictObject({
  name,
  /** Words a docker command that ended had after `docker`, in this order, others in between: `ps --all`. */
  docker: z.union([z.string(), z.array(z.string())]),
  exitCode: z.int().optional(),
  since,
});

const request = z.strictObject({
  name,
  request: z.strictObject({
    method: z.string().optional(),
    /** Matches the path without its version, with its query. */
    path: pattern,
    /** Begins the client's User-Agent: `curl`, `Docker-Client`. */
    client: z.string().optional(),
    status: z.int().optional(),
  }),
  since,
});

export const conditionSchema = z.union([container, image, get, run, file, event, command, request]);

export type Condition = z.infer<typeof conditionSchema>;
export type Count = z.infer<typeof count>;
export type Matcher = z.infer<typeof matcher>;
export type JsonMatcher = z.infer<typeof jsonMatcher>;
export type ContainerCondition = z.infer<typeof container>;
export type ImageCondition = z.infer<typeof image>;
export type GetCondition = z.infer<typeof get>;
export type RunCondition = z.infer<typeof run>;
export type FileCondition = z.infer<typeof file>;
export type EventCondition = z.infer<typeof event>;
export type CommandCondition = z.infer<typeof command>;
export type RequestCondition = z.infer<typeof request>;
