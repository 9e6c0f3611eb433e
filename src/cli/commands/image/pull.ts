import { repositoryName, fullString, parseReference, withDefaultTag } from '../../../lib/reference.ts';
import { platformNames } from '../../completion/lists.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, text } from '../../flag/flag.ts';
import { RegistryCredentials, credentialKey } from '../../registry-credentials.ts';
import { displayProgress } from '../../stream/progress-display.ts';

const flags = {
  'all-tags': bool('Download all tagged images in the repository', { shorthand: 'a' }),
  'disable-content-trust': bool('Skip image verification', { initial: true }),
  platform: text('Set platform if server is multi-platform capable', {
    variable: 'DOCKER_DEFAULT_PLATFORM',
    requires: { apiVersion: '1.32' },
    complete: platformNames,
  }),
  quiet: bool('Suppress verbose output', { shorthand: 'q' }),
};

export const pull: CommandSpec<typeof flags> = {
  use: 'pull [OPTIONS] NAME[:TAG|@DIGEST]',
  short: 'Download an image from a registry',
  aliasLine: 'docker image pull, docker pull',
  args: exactArgs(1),
  complete: nothing,
  flags,
  async run(
    cli,
    { args: [name = ''], flags: { 'all-tags': allTags, quiet, platform, 'disable-content-trust': unverified } },
  ) {
    if (!unverified)
      throw new Error('--disable-content-trust=false: Drydock has no Notary client to verify images with');
    let image = parseReference(name);
    const isNameOnly = image.tag === undefined && image.digest === undefined;
    if (allTags && !isNameOnly) throw new Error("tag can't be used with --all-tags/-a");
    if (!allTags && isNameOnly) {
      image = withDefaultTag(image);
      if (!quiet) await cli.print(`Using default tag: ${image.tag}\n`);
    }
    const source = {
      fromImage: repositoryName(image),
      tag: allTags ? undefined : (image.digest ?? image.tag),
      platform,
      auth: await new RegistryCredentials(cli).get(credentialKey(image.domain)),
    };
    const progress = await cli.client.images.pull(source, cli.signal);
    const output = quiet ? { isTty: false, write: async () => {} } : cli.io.stdout;
    await displayProgress(progress, output, { columns: cli.io.terminalSize()?.columns });
    await cli.print(`${fullString(image)}\n`);
  },
};
