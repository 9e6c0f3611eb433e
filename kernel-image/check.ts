/**
 * Compares the committed guest artifacts with artifacts.json, and that with the recipes: `npm run guest:check`.
 * Needs nothing but Node and takes a second, so that every test run can do it.
 */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesBelow, recipeHash, sha256, type LockedPackage, type Recipe, recipes } from './recipes.ts';

export interface Artifact {
  name: string;
  recipe: string;
  licence: string;
  files: { path: string; sha256: string; size: number }[];
  sources: LockedPackage[];
}

/** What differs between recipes, artifacts.json and the artifacts below `project`: a line for each, none if all agrees. */
export async function checkArtifacts(project: string, expected: Recipe[] = recipes): Promise<string[]> {
  const { artifacts } = JSON.parse(await readFile(join(project, 'kernel-image/artifacts.json'), 'utf8')) as {
    artifacts: Artifact[];
  };
  const problems: string[] = [];
  for (const recipe of expected) {
    const artifact = artifacts.find(({ name }) => name === recipe.name);
    if (!artifact) {
      problems.push(`${recipe.name}: artifacts.json does not know it`);
      continue;
    }
    if (artifact.recipe !== (await recipeHash(recipe, join(project, 'kernel-image')))) {
      problems.push(
        `${recipe.name}: ${recipe.output} was made from another state of kernel-image/{${recipe.inputs.join(',')}}`,
      );
    }
    problems.push(...(await checkFiles(project, recipe, artifact)));
  }
  return problems;
}

async function checkFiles(project: string, recipe: Recipe, artifact: Artifact): Promise<string[]> {
  const problems: string[] = [];
  for (const file of artifact.files) {
    const found = await stat(join(project, file.path)).catch(() => undefined);
    if (!found) problems.push(`${recipe.name}: ${file.path} is missing`);
    else if (found.size !== file.size || (await sha256(join(project, file.path))) !== file.sha256) {
      problems.push(`${recipe.name}: ${file.path} is not the file that artifacts.json describes`);
    }
  }
  const known = new Set(artifact.files.map((file) => file.path));
  for (const path of await filesBelow(project, recipe.output)) {
    if (!known.has(path)) problems.push(`${recipe.name}: ${path} is not in artifacts.json`);
  }
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await checkArtifacts(join(import.meta.dirname, '..'));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    console.error('The guest artifacts and their recipes differ. On a Debian 12 machine: npm run guest:build');
    process.exitCode = 1;
  }
}
