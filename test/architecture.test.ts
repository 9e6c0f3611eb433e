// The compiler holds the layers (tsconfig references). This holds what it cannot see: the page's layer, which has no
// references of its own, and the packages that only one file may know.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const sourceFolder = fileURLToPath(new URL('../src/', import.meta.url));

/** Which layers each layer may import: what its tsconfig refers to. The page is Svelte and not built by tsc. */
const allowed = new Map<string, readonly string[]>([['ui', ['rpc', 'cli', 'client', 'api', 'lesson', 'lib']]]);
for (const layer of readdirSync(sourceFolder).filter((name) => !allowed.has(name))) {
  const config = JSON.parse(readFileSync(join(sourceFolder, layer, 'tsconfig.json'), 'utf8')) as {
    references: { path: string }[];
  };
  allowed.set(
    layer,
    config.references.map(({ path }) => basename(path)),
  );
}

interface Import {
  readonly file: string;
  readonly specifier: string;
}

const sourceFiles = readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.(ts|svelte)$/.test(path) && !path.endsWith('.test.ts'),
);

const imports: Import[] = sourceFiles.flatMap((file) =>
  [...readFileSync(join(sourceFolder, file), 'utf8').matchAll(/(?:\bfrom|\bimport\(?)\s*['"]([^'"\n]+)['"]/g)].map(
    ([, specifier]) => ({ file, specifier: specifier! }),
  ),
);

const layerOf = (path: string): string => path.split('/')[0]!;

/** The layer a relative import reaches; undefined for packages. */
function reachedLayer({ file, specifier }: Import): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return layerOf(relative(sourceFolder, resolve(sourceFolder, dirname(file), specifier)));
}

const describe = ({ file, specifier }: Import): string => `${file} imports ${specifier}`;

test('the scan finds imports', () => {
  expect(imports.map(describe)).toContain('worker/main.ts imports comlink');
});

test('imports go one way between the layers', () => {
  const wrong = imports.filter((found) => {
    // The page knows the worker by its URL only.
    if (found.specifier.endsWith('?worker&url')) return false;
    const from = layerOf(found.file);
    const to = reachedLayer(found);
    return to !== undefined && to !== from && !allowed.get(from)!.includes(to);
  });
  expect(wrong.map(describe)).toEqual([]);
});

test('no layer reaches itself through others', () => {
  const reach = (layer: string, seen: Set<string>): Set<string> => {
    for (const next of allowed.get(layer)!) {
      if (seen.has(next)) continue;
      seen.add(next);
      reach(next, seen);
    }
    return seen;
  };
  expect([...allowed.keys()].filter((layer) => reach(layer, new Set()).has(layer))).toEqual([]);
});

test('only src/machine/v86.ts imports v86', () => {
  const users = imports.filter(({ specifier }) => specifier === 'v86').map(({ file }) => file);
  expect(users.filter((file) => file !== 'machine/v86.ts')).toEqual([]);
});

test('only the headless layer, the build and the proxy’s server use Node’s own modules', () => {
  const users = imports
    .filter(({ specifier }) => specifier.startsWith('node:'))
    .filter(({ file }) => !['headless', 'web-build'].includes(layerOf(file)) && !file.startsWith('proxy/node/'));
  expect(users.map(describe)).toEqual([]);
});

test('comlink and xterm stay with the page and its worker', () => {
  const users = imports.filter(({ specifier }) => /^(comlink|svelte|@xterm\/)/.test(specifier));
  expect(users.map(({ file }) => layerOf(file)).filter((layer) => !['ui', 'rpc', 'worker'].includes(layer))).toEqual(
    [],
  );
});
