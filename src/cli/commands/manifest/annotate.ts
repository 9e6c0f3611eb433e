import { parseReference, withDefaultTag } from '../../../lib/reference.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import { messageOf } from '../../exit-error.ts';
import { strings, text } from '../../flag/flag.ts';
import { ManifestStore } from '../../manifest/manifest-store.ts';

const flags = {
  arch: text('Set architecture'),
  os: text('Set operating system'),
  'os-features': strings('Set operating system feature'),
  'os-version': text('Set operating system version'),
  variant: text('Set architecture variant'),
};

/** What Go runs on, as the CLI knows it. */
const platforms: Readonly<Record<string, readonly string[]>> = {
  darwin: ['386', 'amd64', 'arm', 'arm64'],
  dragonfly: ['amd64'],
  freebsd: ['386', 'amd64', 'arm'],
  linux: ['386', 'amd64', 'arm', 'arm64', 'ppc64le', 'mips64', 'mips64le', 'riscv64', 's390x'],
  netbsd: ['386', 'amd64', 'arm'],
  openbsd: ['386', 'amd64', 'arm'],
  plan9: ['386', 'amd64'],
  solaris: ['amd64'],
  windows: ['386', 'amd64'],
};

export const annotate: CommandSpec<typeof flags> = {
  use: 'annotate [OPTIONS] MANIFEST_LIST MANIFEST',
  short: 'Add additional information to a local image manifest',
  args: exactArgs(2),
  flags,
  async run(cli, { args: [target = '', image = ''], flags: given }) {
    const list = named(target, 'manifest list');
    const reference = named(image, 'manifest');
    const store = new ManifestStore(cli);
    const manifest = await store.get(list, reference);
    if (!manifest) throw new Error(`manifest for image ${image} does not exist in ${target}`);
    const { mediaType, digest, size, platform } = manifest.descriptor;
    const features = [...(platform?.['os.features'] ?? []), ...given['os-features']];
    const annotated = {
      architecture: given.arch || (platform?.architecture ?? ''),
      os: given.os || (platform?.os ?? ''),
      'os.version': given['os-version'] || platform?.['os.version'],
      'os.features': [...new Set(features)],
      variant: given.variant || platform?.variant,
    };
    if (!platforms[annotated.os]?.includes(annotated.architecture)) {
      throw new Error(`manifest entry for image has unsupported os/arch combination: ${given.os}/${given.arch}`);
    }
    await store.save(list, reference, { ...manifest, descriptor: { mediaType, digest, size, platform: annotated } });
  },
};

function named(name: string, what: string) {
  try {
    return withDefaultTag(parseReference(name));
  } catch (error) {
    throw new Error(`annotate: error parsing name for ${what} ${name}: ${messageOf(error)}`);
  }
}
