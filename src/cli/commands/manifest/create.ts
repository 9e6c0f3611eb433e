import { type Reference, fullString, parseReference, withDefaultTag } from '../../../lib/reference.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { messageOf } from '../../exit-error.ts';
import { bool } from '../../flag/flag.ts';
import { ManifestStore } from '../../manifest/manifest-store.ts';
import { RemoteManifests } from '../../manifest/remote-manifests.ts';

const flags = {
  amend: bool('Amend an existing manifest list', { shorthand: 'a' }),
  insecure: bool('Allow communication with an insecure registry'),
};

export const create: CommandSpec<typeof flags> = {
  use: 'create MANIFEST_LIST MANIFEST [MANIFEST...]',
  short: 'Create a local manifest list for annotating and pushing to a registry',
  args: minArgs(2),
  flags,
  async run(cli, { args: [name = '', ...images], flags: { amend, insecure } }) {
    const list = listName(name);
    const store = new ManifestStore(cli);
    if (!amend && (await store.list(list))) {
      throw new Error('refusing to amend an existing manifest list with no --amend flag');
    }
    const remote = new RemoteManifests(cli, insecure);
    for (const image of images) {
      const reference = withDefaultTag(parseReference(image));
      const manifest = (await store.get(list, reference)) ?? (await remote.image(reference));
      await store.save(list, reference, manifest);
    }
    await cli.print(`Created manifest list ${fullString(list)}\n`);
  },
};

function listName(name: string): Reference {
  try {
    return withDefaultTag(parseReference(name));
  } catch (error) {
    throw new Error(`error parsing name for manifest list ${name}: ${messageOf(error)}`);
  }
}
