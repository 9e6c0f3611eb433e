/**
 * Builds the guest artifacts whose recipes changed and describes them in artifacts.json: `npm run guest:build`.
 * On Debian 12, as root: packages are installed, and foreign files owned by root are made, as it goes.
 *
 *   npm run guest:build                    what changed
 *   npm run guest:build -- rootfs tools    these, changed or not
 *   npm run guest:build -- --verify        all of them, from nothing, in another place: fails where bytes differ
 *   --work DIR                             where to build (default: build/guest; kept, so that the next build is quick)
 */

import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Artifact } from './check.ts';
import { filesBelow, lockedPackages, recipeHash, sha256, type LockedPackage, type Recipe, recipes } from './recipes.ts';
import { notice } from './notice.ts';

const kernelImage = import.meta.dirname;
const project = join(kernelImage, '..');
const manifest = join(kernelImage, 'artifacts.json');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { verify: { type: 'boolean', default: false }, work: { type: 'string' } },
});
for (const name of positionals) {
  if (!recipes.some((recipe) => recipe.name === name)) {
    throw new Error(`no artifact is called ${name}: ${recipes.map((recipe) => recipe.name).join(', ')}`);
  }
}

if (values.verify) await verify();
else await build();

async function build(): Promise<void> {
  const known = await readManifest();
  const work = values.work ?? join(project, 'build/guest');
  for (const recipe of recipes) {
    const current = known.find(({ name }) => name === recipe.name);
    const hash = await recipeHash(recipe, kernelImage);
    const wanted = positionals.length > 0 ? positionals.includes(recipe.name) : !(await isCurrent(current, hash));
    if (!wanted) continue;

    const staged = join(work, 'staged', recipe.output);
    await make(recipe, work, staged);
    await rm(join(project, recipe.output), { recursive: true, force: true });
    await cp(staged, join(project, recipe.output), { recursive: true });
    const artifact = await describe(recipe, hash);
    known.splice(0, known.length, ...known.filter(({ name }) => name !== recipe.name), artifact);
    await writeManifest(known);
  }
}

/** Whether an artifact was made from this state of its recipe, and is there as it was made. */
async function isCurrent(artifact: Artifact | undefined, hash: string): Promise<boolean> {
  if (artifact?.recipe !== hash) return false;
  for (const file of artifact.files) {
    if ((await sha256(join(project, file.path)).catch(() => '')) !== file.sha256) return false;
  }
  return true;
}

/** Builds everything (or what was named) in a new folder and compares it with what artifacts.json says. */
async function verify(): Promise<void> {
  const known = await readManifest();
  const work = await mkdtemp(join(values.work ?? tmpdir(), 'drydock-guest-'));
  let differing = 0;
  for (const recipe of recipes.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    await make(recipe, work, join(work, 'staged', recipe.output));
    const artifact = known.find(({ name }) => name === recipe.name);
    for (const file of artifact?.files ?? []) {
      if ((await sha256(join(work, 'staged', file.path)).catch(() => 'absent')) === file.sha256) continue;
      console.error(`${recipe.name}: ${file.path} came out differently, see ${work}`);
      differing++;
    }
  }
  if (differing > 0 || known.length === 0) process.exitCode = 1;
  else {
    console.log('guest: a build from nothing gave identical bytes');
    await rm(work, { recursive: true });
  }
}

async function make(recipe: Recipe, work: string, output: string): Promise<void> {
  await prepareMachine(recipe);
  await mkdir(work, { recursive: true });
  await rm(output, { recursive: true, force: true });
  await mkdir(dirname(output), { recursive: true });
  console.log(`guest: building ${recipe.output}`);
  const { status } = spawnSync(join(kernelImage, recipe.script), [join(work, recipe.name), output], {
    stdio: 'inherit',
  });
  if (status !== 0)
    throw new Error(`building ${recipe.output} failed: kernel-image/${recipe.script} exited with ${status}`);
}

/** Sees to it that this is a machine that gives the same bytes as others, with what the recipe needs installed. */
async function prepareMachine(recipe: Recipe): Promise<void> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID=debian$/m.test(release) || !/^VERSION_ID="12"$/m.test(release)) {
    throw new Error(
      'the guest is built on Debian 12, whose compilers and packers its bytes depend on (a container will do)',
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Error(
      `building ${recipe.output} needs root: it makes files owned by root and installs packages in a chroot`,
    );
  }
  const missing = recipe.needs.filter((name) => {
    const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name], {
      encoding: 'utf8',
    });
    return stdout !== 'installed';
  });
  if (missing.length === 0) return;
  console.log(`guest: installing ${missing.join(' ')}`);
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  spawnSync('apt-get', ['-qq', 'update'], options);
  const { status } = spawnSync('apt-get', ['-qq', 'install', '--yes', '--no-install-recommends', ...missing], options);
  if (status !== 0) throw new Error(`apt-get could not install ${missing.join(' ')}`);
}

async function describe(recipe: Recipe, hash: string): Promise<Artifact> {
  const files = [];
  for (const path of await filesBelow(project, recipe.output)) {
    const file = join(project, path);
    files.push({ path, sha256: await sha256(file), size: (await stat(file)).size });
  }
  return { name: recipe.name, recipe: hash, licence: recipe.licence, files, sources: await sourcesOf(recipe) };
}

/** The Debian packages an artifact contains parts of: those of the lock, and those that a `version` file pins. */
async function sourcesOf(recipe: Recipe): Promise<LockedPackage[]> {
  const sources = lockedPackages(await readFile(join(kernelImage, 'packages.lock'), 'utf8'), recipe.packages);
  for (const { file, ...names } of recipe.pinned ?? []) {
    const version = await pinnedVersion(file);
    sources.push({ ...names, version, sourceVersion: version });
  }
  return sources;
}

async function pinnedVersion(file: string): Promise<string> {
  const version = /^PACKAGE_VERSION=(.*)$/m.exec(await readFile(join(kernelImage, file), 'utf8'))?.[1];
  if (!version) throw new Error(`kernel-image/${file}: PACKAGE_VERSION is missing`);
  return version;
}

async function readManifest(): Promise<Artifact[]> {
  try {
    return (JSON.parse(await readFile(manifest, 'utf8')) as { artifacts: Artifact[] }).artifacts;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function writeManifest(artifacts: Artifact[]): Promise<void> {
  const inOrder = recipes.flatMap(({ name }) => artifacts.filter((artifact) => artifact.name === name));
  await writeFile(manifest, `${JSON.stringify({ artifacts: inOrder }, null, 2)}\n`);
  await writeFile(join(project, 'public/guest/NOTICE.md'), notice(inOrder));
}
