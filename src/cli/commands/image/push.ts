import {
  familiarName,
  familiarString,
  parseReference,
  repositoryName,
  withDefaultTag,
} from '../../../lib/reference.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import { platformNames } from '../../completion/lists.ts';
import { imageNames } from '../../completion/names.ts';
import { bool, text } from '../../flag/flag.ts';
import { RegistryCredentials, credentialKey } from '../../registry-credentials.ts';
import { displayProgress } from '../../stream/progress-display.ts';

const flags = {
  'all-tags': bool('Push all tags of an image to the repository', { shorthand: 'a' }),
  'disable-content-trust': bool('Skip image signing', { initial: true }),
  platform: text(
    `Push a platform-specific manifest as a single-platform image to the registry.
Image index won't be pushed, meaning that other manifests, including attestations won't be preserved.
'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)`,
    { complete: platformNames },
  ),
  quiet: bool('Suppress verbose output', { shorthand: 'q' }),
};

export const push: CommandSpec<typeof flags> = {
  use: 'push [OPTIONS] NAME[:TAG]',
  short: 'Upload an image to a registry',
  aliasLine: 'docker image push, docker push',
  args: exactArgs(1),
  complete: imageNames(1),
  flags,
  async run(
    cli,
    { args: [name = ''], flags: { 'all-tags': allTags, quiet, platform, 'disable-content-trust': unsigned } },
  ) {
    if (!unsigned) throw new Error('--disable-content-trust=false: Drydock has no Notary client to sign images with');
    let image = parseReference(name);
    if (allTags && image.tag !== undefined) throw new Error("tag can't be used with --all-tags/-a");
    if (image.digest !== undefined) throw new Error('cannot push a digest reference');
    if (!allTags && image.tag === undefined) {
      image = withDefaultTag(image);
      if (!quiet) await cli.print(`Using default tag: ${image.tag}\n`);
    }
    const auth = await new RegistryCredentials(cli).get(credentialKey(image.domain));
    const target = { name: allTags ? repositoryName(image) : familiarName(image), tag: image.tag, platform, auth };
    const progress = await cli.client.images.push(target, cli.signal);
    const output = quiet ? { isTty: false, write: async () => {} } : cli.io.stdout;
    await displayProgress(progress, output, { columns: cli.io.terminalSize()?.columns });
    if (quiet) await cli.print(`${allTags ? familiarName(image) : familiarString(image)}\n`);
  },
};
