import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkArtifacts } from './check.ts';
import { lockedPackages, recipeHash, type Recipe } from './recipes.ts';

const lock = `# packages
set a
foo 1.0 aaaa foo-src 1.0
set b
bar 2:2.0+b1 bbbb bar 2:2.0
foo 1.0 aaaa foo-src 1.0
`;
const recipe: Recipe = {
  name: 'thing',
  script: 'thing/build.sh',
  inputs: ['thing', 'shared.sh'],
  packages: ['a'],
  output: 'public/thing',
  licence: 'MIT',
  needs: [],
};
const sha256OfHello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'drydock-check-'));
  await write('kernel-image/thing/build.sh', 'make it');
  await write('kernel-image/shared.sh', 'shared');
  await write('kernel-image/packages.lock', lock);
  await write('public/thing/one', 'hello');
  await describe({ files: [{ path: 'public/thing/one', sha256: sha256OfHello, size: 5 }] });
});
afterEach(() => rm(project, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(project, path, '..'), { recursive: true });
  await writeFile(join(project, path), text);
}

async function describe({ files }: { files: object[] }): Promise<void> {
  const artifact = { name: 'thing', recipe: await hash(), licence: 'MIT', files, sources: [] };
  await write('kernel-image/artifacts.json', JSON.stringify({ artifacts: [artifact] }));
}

function hash(): Promise<string> {
  return recipeHash(recipe, join(project, 'kernel-image'));
}

const check = () => checkArtifacts(project, [recipe]);

test('finds nothing where artifacts and recipes agree', async () => {
  expect(await check()).toEqual([]);
});

test('notices a recipe that changed, appeared or moved to another package version', async () => {
  const changes: [path: string, text: string][] = [
    ['kernel-image/thing/build.sh', 'make it otherwise'],
    ['kernel-image/thing/deep/new', ''],
    ['kernel-image/shared.sh', 'shared differently'],
    ['kernel-image/packages.lock', lock.replace('foo 1.0 aaaa', 'foo 1.1 cccc')],
  ];
  for (const [path, text] of changes) {
    const before = await readFile(join(project, path), 'utf8').catch(() => undefined);
    await write(path, text);
    expect(await check(), path).toEqual([
      'thing: public/thing was made from another state of kernel-image/{thing,shared.sh}',
    ]);
    if (before === undefined) await rm(join(project, path));
    else await write(path, before);
  }
  expect(await check()).toEqual([]);
});

test('takes no notice of other sets of packages, descriptions and tests', async () => {
  await write('kernel-image/packages.lock', lock.replace('bar 2:2.0+b1', 'bar 3'));
  await write('kernel-image/thing/README.md', 'words');
  await write('kernel-image/thing/thing.test.ts', 'words');
  expect(await check()).toEqual([]);
});

test('notices an artifact that was changed, removed or added', async () => {
  await write('public/thing/one', 'hullo');
  expect(await check()).toEqual(['thing: public/thing/one is not the file that artifacts.json describes']);
  await rm(join(project, 'public/thing/one'));
  expect(await check()).toEqual(['thing: public/thing/one is missing']);
  await write('public/thing/one', 'hello');
  await cp(join(project, 'public/thing/one'), join(project, 'public/thing/two'));
  expect(await check()).toEqual(['thing: public/thing/two is not in artifacts.json']);
});

test('notices an artifact that was never described', async () => {
  await write('kernel-image/artifacts.json', JSON.stringify({ artifacts: [] }));
  expect(await check()).toEqual(['thing: artifacts.json does not know it']);
});

test('reads the sets of packages.lock', () => {
  expect(lockedPackages(lock, ['a', 'b'])).toEqual([
    { package: 'bar', version: '2:2.0+b1', source: 'bar', sourceVersion: '2:2.0' },
    { package: 'foo', version: '1.0', source: 'foo-src', sourceVersion: '1.0' },
  ]);
});
