/**
 * `npm run oracle:record [NAME…]`: runs the scenarios (all, or those whose names start so) on the Docker Engine at
 * DOCKER_HOST with the `docker` of PATH, and writes down what it prints. The engine gets the catalogue's busybox as
 * `busybox:latest`, which is what the replay runs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/headless/node-machine.ts';
import { outputOf, readScenarios } from './transcript-file.ts';

const registry = join(projectRoot, 'public/registry');
const blob = (digest: string): string => join(registry, 'blobs', digest.replace(':', '/'));

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

/** `docker load` of the catalogue's image, in the layout `docker save` has. */
function loadBusybox(): void {
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  try {
    const index = readJson<{ manifests: { digest: string }[] }>(join(registry, 'v2/library/busybox/manifests/latest'));
    const { config, layers } = readJson<{ config: { digest: string }; layers: { digest: string }[] }>(
      blob(index.manifests[0]!.digest),
    );
    cpSync(blob(config.digest), join(folder, 'config.json'));
    const names = layers.map(({ digest }, at) => {
      cpSync(blob(digest), join(folder, `${at}.tar`));
      return `${at}.tar`;
    });
    const manifest = [{ Config: 'config.json', RepoTags: ['busybox:latest'], Layers: names }];
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const archive = execFileSync('tar', ['-c', '-C', folder, 'manifest.json', 'config.json', ...names], {
      maxBuffer: 2 ** 30,
    });
    execFileSync('docker', ['load'], { input: archive, stdio: ['pipe', 'inherit', 'inherit'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// A 64-bit engine would warn of each 32-bit container.
process.env['DOCKER_DEFAULT_PLATFORM'] = 'linux/386';
const wanted = process.argv.slice(2);
loadBusybox();
for (const { name, path, steps } of readScenarios()) {
  if (wanted.length > 0 && !wanted.some((start) => name.startsWith(start))) continue;
  let text = '';
  for (const { argv, command } of steps) {
    const { stdout, stderr, status } = spawnSync('docker', argv, { input: '', encoding: 'utf8' });
    text += `$ docker ${command}\n${outputOf({ stdout, stderr, exitCode: status ?? 1 })}`;
  }
  writeFileSync(path, text);
  console.log(name);
}
