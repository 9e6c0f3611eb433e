/**
 * What the real CLI 28.2.2 printed of the disk usage in `testdata/disk-usage-engine.json`, and of none: a line of
 * `testdata/disk-usage-28.2.2.jsonl` for each format.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fakeEngine } from '../../../client/testing/fake-engine.ts';
import { runInMemory } from '../../testing/cli-in-memory.ts';

const read = (name: string): string => readFileSync(new URL(`../../testdata/${name}`, import.meta.url), 'utf8');

const { recordedAt, diskUsage } = JSON.parse(read('disk-usage-engine.json')) as {
  /** Unix time. */
  recordedAt: number;
  diskUsage: Record<string, unknown>;
};
const nothing = { LayersSize: 0, Images: [], Containers: [], Volumes: [], BuildCache: [] };

interface Recorded {
  readonly argv: string[];
  readonly isEmpty: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const commands = read('disk-usage-28.2.2.jsonl')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: recordedAt * 1000 }));
afterAll(() => void vi.useRealTimers());

test.each(commands.map((command) => [command.argv.join(' '), command] as const))(
  'docker %s',
  async (_line, { argv, isEmpty, ...printed }) => {
    const { dial } = fakeEngine(() => ({ status: 200, json: isEmpty ? nothing : diskUsage }));
    const { stdout, stderr, code } = await runInMemory(argv, { dial });
    expect({ stdout, stderr, code }).toEqual(printed);
  },
);
