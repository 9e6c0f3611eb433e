import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from '../engine/support/guest.ts';
import { differences } from './differences.ts';
import { normalise } from './normalise.ts';
import { outputOf, readScenarios } from './transcript-file.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});
afterAll(() => guest.stop());

const scenarios = readScenarios();

describe('a real Docker does the same in', () => {
  it.each(scenarios.map(({ name, steps }) => [name, steps] as const))('%s', async (name, steps) => {
    const ours: string[] = [];
    const theirs: string[] = [];
    for (const { argv, command, output } of steps) {
      const printed = normalise(outputOf(await guest.tryDocker(...argv)), argv);
      const recorded = normalise(output, argv);
      const isKnown = `${name}: ${command}` in differences;
      ours.push(`$ docker ${command}`, isKnown && printed !== recorded ? 'a known difference' : printed);
      theirs.push(`$ docker ${command}`, isKnown ? 'a known difference' : recorded);
    }
    expect(ours.join('\n')).toBe(theirs.join('\n'));
  });
});

it('the list of differences names commands that are there', () => {
  const commands = scenarios.flatMap(({ name, steps }) => steps.map(({ command }) => `${name}: ${command}`));
  expect(Object.keys(differences).filter((key) => !commands.includes(key))).toEqual([]);
});
