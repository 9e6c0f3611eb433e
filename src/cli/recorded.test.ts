/**
 * What a real engine answered once, answered again: `testdata/recorded-engine.json`. The real CLI, talking to the same
 * answers, wrote the `.jsonl` files beside it: a line for each command, with what it printed.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fakeEngine } from '../client/testing/fake-engine.ts';
import type { Dial } from '../client/http.ts';
import { runInMemory } from './testing/cli-in-memory.ts';

const read = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');

const { recordedAt, answers } = JSON.parse(read('recorded-engine.json')) as {
  /** Unix time. */
  recordedAt: number;
  answers: Record<string, unknown>;
};

/** When the commands ran, in milliseconds since 1970: ages are told from it. */
const recordingTime = recordedAt * 1000;

const recordedDial = (): Dial =>
  fakeEngine(({ target }) => {
    const [path = '', query = ''] = target.split('?');
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (answer === undefined) return { status: 404, json: { message: `No such thing: ${path}` } };
    if (path !== '/containers/json' || query.includes('all=1')) return { status: 200, json: answer };
    const running = (answer as { State: string }[]).filter(({ State }) => ['running', 'paused'].includes(State));
    return { status: 200, json: running };
  }).dial;

interface RecordedCommand {
  readonly argv: string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const recordedCommands = (name: string): RecordedCommand[] =>
  read(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedCommand);

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: recordingTime }));
afterAll(() => void vi.useRealTimers());

const commands = ['formats-28.2.2.jsonl', 'completion-28.2.2.jsonl'].flatMap(recordedCommands);

test.each(commands.map((command) => [command.argv.join(' '), command] as const))(
  'docker %s',
  async (_line, { argv, ...printed }) => {
    const { stdout, stderr, code } = await runInMemory(argv, { dial: recordedDial() });
    expect({ stdout, stderr, code }).toEqual(printed);
  },
);
