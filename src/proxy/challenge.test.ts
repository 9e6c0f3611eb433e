import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

test('reads the challenge of a token server', () => {
  const header = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"';
  expect(parseChallenges(header)).toEqual([
    {
      scheme: 'bearer',
      parameters: new Map([
        ['realm', 'https://auth.docker.io/token'],
        ['service', 'registry.docker.io'],
        ['scope', 'repository:a/b:pull'],
      ]),
    },
  ]);
});

test('reads several challenges in one header', () => {
  const schemes = parseChallenges('Negotiate, Basic realm="a, b", Bearer realm=x').map(({ scheme }) => scheme);
  expect(schemes).toEqual(['negotiate', 'basic', 'bearer']);
});

test('escaped quotes belong to the value', () => {
  const [challenge] = parseChallenges(String.raw`Basic realm="say \"hi\" \\ there"`);
  expect(challenge?.parameters.get('realm')).toBe(String.raw`say "hi" \ there`);
});

test('what it writes itself it reads', () => {
  const name = fc.stringMatching(/^[a-z]{1,8}$/);
  const value = fc.string({ unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(name, fc.dictionary(name, value, { minKeys: 1 }), (scheme, parameters) => {
      const pairs = Object.entries(parameters).map(
        ([key, text]) => `${key}="${text.replace(/["\\]/g, String.raw`\$&`)}"`,
      );
      const [challenge] = parseChallenges(`${scheme} ${pairs.join(', ')}`);
      expect(challenge).toEqual({ scheme, parameters: new Map(Object.entries(parameters)) });
    }),
  );
});

test('anything else ends and throws nothing', () => {
  fc.assert(fc.property(fc.string(), (header) => Array.isArray(parseChallenges(header))));
});
