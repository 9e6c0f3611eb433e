/** The guest's artifacts: which recipe makes each, and what of it must be unchanged for the artifact to be current. */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Recipe {
  name: string;
  /** Its `build.sh WORKDIR OUTPUT`, relative to kernel-image. */
  script: string;
  /** The folders and files the artifact is made from, relative to kernel-image. */
  inputs: string[];
  /** The sets of packages.lock it is made from. */
  packages: string[];
  /** Source packages pinned by a `version` file of theirs instead. */
  pinned?: { file: string; package: string; source: string }[];
  /** A file, or a folder that holds nothing else; relative to the project. */
  output: string;
  /** SPDX, in the words of what the artifact is made of. */
  licence: string;
  /** Debian packages that building needs on the machine. */
  needs: string[];
}

/** What packages.lock says of a package. */
export interface LockedPackage {
  package: string;
  version: string;
  source: string;
  sourceVersion: string;
}

const unpacking = ['apt', 'dpkg', 'tar', 'gzip', 'xz-utils', 'zstd', 'debian-archive-keyring'];

export const recipes: Recipe[] = [
  {
    name: 'kernel',
    script: 'kernel/build.sh',
    inputs: ['kernel'],
    packages: [],
    pinned: [{ file: 'kernel/version', package: 'linux-source-6.12', source: 'linux-6.12' }],
    output: 'public/guest/bzImage',
    licence: 'GPL-2.0-only WITH Linux-syscall-note',
    needs: [
      'bc',
      'binutils',
      'bison',
      'dpkg',
      'flex',
      'gcc',
      'gzip',
      'kmod',
      'libc6-dev',
      'make',
      'perl',
      'tar',
      'xz-utils',
    ],
  },
  {
    name: 'firmware',
    script: 'firmware/build.sh',
    inputs: ['firmware', 'debian.sh'],
    packages: ['firmware'],
    output: 'public/guest/bios.bin',
    licence: 'LGPL-3.0-only (SeaBIOS)',
    needs: unpacking,
  },
  {
    name: 'rootfs',
    script: 'rootfs/build.sh',
    inputs: ['rootfs', 'agent', 'docker-stub', 'docker-init', 'musl', 'debian.sh'],
    packages: ['rootfs'],
    pinned: [{ file: 'musl/version', package: 'musl-dev', source: 'musl' }],
    output: 'public/guest/rootfs.cpio.gz',
    licence:
      'Apache-2.0 (agent, docker stub, docker-init) AND MIT (musl) AND GPL-2.0-only (BusyBox) AND GPL-3.0-or-later (bash) AND LGPL-2.1-or-later (glibc)',
    needs: [...unpacking, 'cpio', 'gcc-i686-linux-gnu', 'libc6-dev-i386-cross'],
  },
  {
    name: 'tools',
    script: 'tools/build.sh',
    inputs: ['tools', 'debian.sh'],
    packages: ['tools', 'curl'],
    pinned: [{ file: 'tools/curl/version', package: 'curl', source: 'curl' }],
    output: 'public/guest/tools.tar.gz',
    licence: 'of each package: /usr/share/doc/PACKAGE/copyright in the archive',
    needs: [...unpacking, 'binutils', 'dpkg-dev', 'gcc-i686-linux-gnu', 'libc6-dev-i386-cross', 'make', 'patch'],
  },
  {
    name: 'catalogue',
    script: 'catalogue/build.sh',
    inputs: ['catalogue', 'debian.sh'],
    packages: ['busybox', 'debian', 'tls', 'nginx', 'redis', 'python'],
    output: 'public/registry',
    licence: 'of each package: /usr/share/doc/PACKAGE/copyright in the image; Apache-2.0 (hello-world)',
    needs: [...unpacking, 'arch-test', 'dpkg-dev', 'gcc-i686-linux-gnu', 'mmdebstrap'],
  },
];

/** Of the folders of inputs, what no artifact is made from: descriptions, tests, what is generated into sources. */
function isInput(path: string): boolean {
  return !/\.md$|\.test\.ts$|(^|\/)(native-agent|generate-ops)\.ts$|(^|\/)build-sanitized\.sh$/.test(path);
}

/** The hash of everything a recipe's artifact is made from, in lower-case hex. */
export async function recipeHash(recipe: Recipe, kernelImage: string): Promise<string> {
  const paths: string[] = [];
  for (const input of recipe.inputs) paths.push(...(await filesBelow(kernelImage, input)));
  const hash = createHash('sha256');
  for (const path of paths.filter(isInput).sort()) {
    hash.update(`${path}\0${await sha256(join(kernelImage, path))}\n`);
  }
  const lock = await readFile(join(kernelImage, 'packages.lock'), 'utf8');
  for (const line of lockedLines(lock, recipe.packages)) hash.update(`${line}\n`);
  return hash.digest('hex');
}

/** The packages of these sets of packages.lock, each once, by name. */
export function lockedPackages(lock: string, sets: string[]): LockedPackage[] {
  return lockedLines(lock, sets).map((line) => {
    const [name, version, , source, sourceVersion] = line.split(' ');
    return { package: name!, version: version!, source: source!, sourceVersion: sourceVersion! };
  });
}

function lockedLines(lock: string, sets: string[]): string[] {
  const lines = new Set<string>();
  let wanted = false;
  for (const line of lock.split('\n')) {
    if (line.startsWith('set ')) wanted = sets.includes(line.slice(4));
    else if (wanted && line && !line.startsWith('#')) lines.add(line);
  }
  return [...lines].sort();
}

/** The paths of a file, or of all files below a folder, relative to `root`, sorted. */
export async function filesBelow(root: string, path: string): Promise<string[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return undefined;
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (!entries) return [path];
  const paths = [];
  for (const entry of entries) paths.push(...(await filesBelow(root, `${path}/${entry.name}`)));
  return paths.sort();
}

/** A file's sha256 in lower-case hex. */
export async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
