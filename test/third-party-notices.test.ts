import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shippedPackages } from '../src/web-build/third-party-notices.ts';

test('the notices name every package that is shipped (npm run notices)', () => {
  const notices = readFileSync(new URL('../THIRD-PARTY-NOTICES.md', import.meta.url), 'utf8');
  const names = shippedPackages().map(({ name }) => name);
  expect(names).toContain('v86');
  expect(names.filter((name) => !notices.includes(`\n## ${name}\n`))).toEqual([]);
});
