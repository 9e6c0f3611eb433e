import { parseReference, withDefaultTag } from '../../../lib/reference.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { throwJoined } from '../../exit-error.ts';
import { ManifestStore, noSuchManifest } from '../../manifest/manifest-store.ts';

export const rm: CommandSpec<{}> = {
  use: 'rm MANIFEST_LIST [MANIFEST_LIST...]',
  short: 'Delete one or more manifest lists from local storage',
  args: minArgs(1),
  flags: {},
  async run(cli, { args }) {
    const store = new ManifestStore(cli);
    const errors: unknown[] = [];
    for (const name of args) {
      try {
        const list = withDefaultTag(parseReference(name));
        if (!(await store.list(list))) throw noSuchManifest(list);
        await store.remove(list);
      } catch (error) {
        errors.push(error);
      }
    }
    throwJoined(errors);
  },
};
