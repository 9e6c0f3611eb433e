/**
 * What a real engine answered once, answered again: `testdata/recorded-engine.json`. The real CLI, talking to the same
 * answers, wrote the `.jsonl` files beside it: a line for each command, with what it printed.
 */
import { readFileSync } from 'node:fs';
import { fakeEngine } from '../../client/testing/fake-engine.ts';
import type { Dial } from '../../client/http.ts';

const read = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');

const { recordedAt, answers } = JSON.parse(read('recorded-engine.json')) as {
  /** Unix time. */
  recordedAt: number;
  answers: Record<string, unknown>;
};

/** When the commands ran, in milliseconds since 1970: ages are told from it. */
export const recordingTime = recordedAt * 1000;

export const recordedDial = (): Dial =>
  fakeEngine(({ target }) => {
    const [path = '', query = ''] = target.split('?');
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined;
    if (answer === undefined) return { status: 404, json: { message: `No such thing: ${path}` } };
    if (path !== '/containers/json' || query.includes('all=1')) return { status: 200, json: answer };
    const running = (answer as { State: string }[]).filter(({ State }) => ['running', 'paused'].includes(State));
    return { status: 200, json: running };
  }).dial;

export interface RecordedCommand {
  readonly argv: string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export const recordedCommands = (name: string): RecordedCommand[] =>
  read(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RecordedCommand);
