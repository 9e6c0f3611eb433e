// Writes THIRD-PARTY-NOTICES.md: the packages whose code ends up in the built app, with their licences' own words.
// Run by `npm run notices` after a dependency was added; test/third-party-notices.test.ts tells when that was forgotten.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

interface LockedPackage {
  readonly version: string;
  readonly dev?: boolean;
  readonly license?: string;
}

/** Development dependencies of which a part is built in: the page's framework, and what it brings to the browser. */
const builtIn = ['svelte', 'esm-env', 'clsx'];

/** The packages whose code is in the built app or runs in the headless engine, by name. */
export function shippedPackages(): { name: string; version: string; license: string; folder: string }[] {
  const lock = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({ ...locked, path, name: path.slice(path.lastIndexOf('node_modules/') + 13) }))
    .filter(({ dev, name }) => dev !== true || builtIn.includes(name))
    .map(({ path, name, version, license }) => ({
      name,
      version,
      license: license ?? 'see below',
      folder: join(projectFolder, path),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function licenceText(folder: string): string | undefined {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file && readFileSync(join(folder, file), 'utf8').trim();
}

function notices(): string {
  const sections = shippedPackages().map(({ name, license, folder }) => {
    const text = licenceText(folder);
    return `## ${name}\n\nLicence: ${license}\n${text === undefined ? '' : `\n\`\`\`\n${text}\n\`\`\`\n`}`;
  });
  return `# Third-party notices

Drydock itself is under the Apache License 2.0 (LICENSE). The app it builds has the following packages in it.
What runs in the guest (the kernel, its programs, the catalogue's images) is listed in public/guest/NOTICE.md.

${sections.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(projectFolder, 'THIRD-PARTY-NOTICES.md'), notices());
}
