/** The notice that goes with the artifacts wherever they are served: licences, and where the source is. */

import type { Artifact } from './check.ts';

export function notice(artifacts: Artifact[]): string {
  const sections = artifacts.map(({ licence, files, sources }) => {
    const title = files.length === 1 ? files[0]!.path.replace('public/', '') : 'registry/';
    const rows = new Map(
      sources.map(({ source, sourceVersion }) => [`${source} ${sourceVersion}`, `| ${source} | ${sourceVersion} |`]),
    );
    return `## ${title}\n\nLicence: ${licence}\n\n| source package | version |\n| --- | --- |\n${[...rows.values()].sort().join('\n')}\n`;
  });
  return `# What the guest is made of

These files hold programs of Debian 12 (i386) and a Linux kernel built from Debian's source, each under its own licence.
Their complete source is in the Debian source packages listed here: \`apt-get source NAME=VERSION\` on a Debian machine,
and every version ever published at https://snapshot.debian.org/package/NAME/VERSION/.
The recipes that put them together (Apache-2.0, kernel configuration included) are in \`kernel-image/\` of Drydock's source.

${sections.join('\n')}`;
}
