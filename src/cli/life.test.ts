import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runInMemory } from './testing/cli-in-memory.ts';
import { parseTranscripts } from './testing/transcripts.ts';

const help = readFileSync(new URL('testdata/help-life-28.2.2.golden', import.meta.url), 'utf8');

test.each(parseTranscripts(help).map(({ argv, output }) => [argv.join(' '), argv, output] as const))(
  'docker %s',
  async (_name, argv, output) => {
    const { stdout, stderr, code } = await runInMemory(argv);
    expect(stdout.replace(/\n+$/, '')).toBe(output);
    expect([stderr, code]).toEqual(['', 0]);
  },
);
