// Decides which conditions of a step hold, by looking at the machine.

import type {
  CommandCondition,
  Condition,
  ContainerCondition,
  EventCondition,
  FileCondition,
  GetCondition,
  ImageCondition,
  RequestCondition,
  RunCondition,
} from './condition.ts';
import type { Step } from './lesson.ts';
import { countMatches, matchesJson, matchesText } from './matches.ts';
import type { LessonWorld } from './world.ts';

/** When the step and its lesson were opened, in milliseconds since 1970. */
export interface Opened {
  readonly step: number;
  readonly lesson: number;
}

/** The names of the conditions that do not hold, in their order; the step has passed when there are none. */
export async function checkStep({ check }: Pick<Step, 'check'>, world: LessonWorld, opened: Opened): Promise<string[]> {
  const held = await Promise.all(check.map((condition) => holds(condition, world, opened)));
  return check.filter((_, index) => !held[index]).map(({ name }) => name);
}

async function holds(condition: Condition, world: LessonWorld, opened: Opened): Promise<boolean> {
  if ('container' in condition) return containerHolds(condition, world);
  if ('image' in condition) return imageHolds(condition, world);
  if ('get' in condition) return getHolds(condition, world);
  if ('run' in condition) return runHolds(condition, world);
  if ('file' in condition) return fileHolds(condition, world);
  const since = opened[condition.since ?? 'step'];
  if ('event' in condition) return eventHolds(condition, world, since);
  return 'docker' in condition ? commandHolds(condition, world, since) : requestHolds(condition, world, since);
}

interface ListedContainer {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly State: string;
}

interface InspectedContainer {
  readonly State: { readonly ExitCode: number };
  readonly Config: { readonly Image: string };
}

async function containerHolds({ container, count }: ContainerCondition, world: LessonWorld): Promise<boolean> {
  const { name, image, state, exitCode, where = [] } = container;
  const listed = await list<ListedContainer>(world, '/containers/json?all=1');
  const candidates = listed.filter(
    (found) =>
      (name === undefined || found.Names.includes(`/${name}`)) &&
      (state === undefined || [state].flat().includes(found.State)),
  );
  const inspected = await Promise.all(candidates.map(({ Id }) => inspect(world, `/containers/${Id}/json`)));
  const found = inspected.filter((one): one is InspectedContainer => {
    if (one === undefined) return false;
    const { State, Config } = one as InspectedContainer;
    return (
      (image === undefined || sameImage(Config.Image, image)) &&
      (exitCode === undefined || State.ExitCode === exitCode) &&
      where.every((matcher) => matchesJson(one, matcher))
    );
  });
  return countMatches(found.length, count);
}

/** `busybox` and `busybox:latest` are one image. */
const sameImage = (one: string, other: string): boolean =>
  one.replace(/:latest$/, '') === other.replace(/:latest$/, '');

async function imageHolds({ image, where = [], count }: ImageCondition, world: LessonWorld): Promise<boolean> {
  const filters = encodeURIComponent(JSON.stringify({ reference: [image] }));
  const listed = await list<{ Id: string }>(world, `/images/json?filters=${filters}`);
  const inspected = await Promise.all(listed.map(({ Id }) => inspect(world, `/images/${Id}/json`)));
  const found = inspected.filter((one) => one !== undefined && where.every((matcher) => matchesJson(one, matcher)));
  return countMatches(found.length, count);
}

async function getHolds({ get, status = 200, expect = [] }: GetCondition, world: LessonWorld): Promise<boolean> {
  const answer = await world.get(get);
  return answer.status === status && expect.every((matcher) => matchesJson(answer.body, matcher));
}

async function runHolds(condition: RunCondition, world: LessonWorld): Promise<boolean> {
  const { run, in: container, exitCode = 0, stdout } = condition;
  const result = await world.run(run, container);
  return result?.exitCode === exitCode && (stdout === undefined || matchesText(result.output, stdout));
}

async function fileHolds(condition: FileCondition, world: LessonWorld): Promise<boolean> {
  const { file, in: container, exists = true, content } = condition;
  const text = await world.readFile(file, container);
  if (text === undefined || !exists) return exists === (text !== undefined);
  return content === undefined || matchesText(text, content);
}

async function eventHolds({ event, count }: EventCondition, world: LessonWorld, since: number): Promise<boolean> {
  const { type, action, attributes = {} } = event;
  const found = (await world.events(since)).filter(
    ({ Type, Action, Actor }) =>
      Type === type &&
      (Action === action || Action.startsWith(`${action}: `)) &&
      Object.entries(attributes).every(([name, value]) => Actor.Attributes[name] === value),
  );
  return countMatches(found.length, count);
}

function commandHolds({ docker, exitCode }: CommandCondition, world: LessonWorld, since: number): boolean {
  const accepted = [docker].flat().map((line) => line.trim().split(/\s+/));
  return world
    .commands(since)
    .filter((command) => exitCode === undefined || command.exitCode === exitCode)
    .some(({ argv }) => accepted.some((words) => hasInOrder(argv.slice(1), words)));
}

/** Whether the words come in this order, with others in between. */
function hasInOrder(argv: readonly string[], words: readonly string[]): boolean {
  let at = 0;
  for (const word of argv) if (word === words[at]) at++;
  return at === words.length;
}

function requestHolds({ request }: RequestCondition, world: LessonWorld, since: number): boolean {
  const { method, path, client, status } = request;
  return world
    .requests(since)
    .some(
      (past) =>
        new RegExp(path).test(past.path) &&
        (method === undefined || past.method === method) &&
        (client === undefined || past.userAgent.startsWith(client)) &&
        (status === undefined || past.status === status),
    );
}

async function list<T>(world: LessonWorld, path: string): Promise<readonly T[]> {
  const { status, body } = await world.get(path);
  if (status !== 200) throw new Error(`checking a step: GET ${path} was answered by ${status}`);
  return body as T[];
}

/** Undefined when it is gone meanwhile. */
async function inspect(world: LessonWorld, path: string): Promise<unknown> {
  const { status, body } = await world.get(path);
  return status === 200 ? body : undefined;
}
