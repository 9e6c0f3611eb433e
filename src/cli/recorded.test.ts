import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runInMemory } from './testing/cli-in-memory.ts';
import { recordedCommands, recordedDial, recordingTime } from './testing/recorded-engine.ts';

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
