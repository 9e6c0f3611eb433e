import { decodeUtf8 } from '../../../lib/bytes.ts';
import { type Reference, parseReference, withDefaultTag } from '../../../lib/reference.ts';
import { rangeArgs, type CommandSpec } from '../../command.ts';
import { messageOf } from '../../exit-error.ts';
import { bool } from '../../flag/flag.ts';
import { indentJson } from '../../format/json-text.ts';
import { type ImageManifest, encodeImageManifest, encodeIndex } from '../../manifest/image-manifest.ts';
import { ManifestStore, noSuchManifest } from '../../manifest/manifest-store.ts';
import { RemoteManifests, checkSameRegistry } from '../../manifest/remote-manifests.ts';

const flags = {
  insecure: bool('Allow communication with an insecure registry'),
  verbose: bool('Output additional info including layers and platform', { shorthand: 'v' }),
};

export const inspect: CommandSpec<typeof flags> = {
  use: 'inspect [OPTIONS] [MANIFEST_LIST] MANIFEST',
  short: 'Display an image manifest, or manifest list',
  args: rangeArgs(1, 2),
  flags,
  async run(cli, { args, flags: { insecure, verbose } }) {
    const reference = withDefaultTag(parseReference(args.at(-1)!));
    const store = new ManifestStore(cli);
    if (args.length === 2) {
      const image = await store.get(withDefaultTag(parseReference(args[0]!)), reference);
      if (!image) throw noSuchManifest(reference);
      return cli.print(imageText(image, verbose));
    }
    const found = (await store.list(reference)) ?? (await new RemoteManifests(cli, insecure).imageOrList(reference));
    await cli.print(Array.isArray(found) ? listText(reference, found, verbose) : imageText(found, verbose));
  },
};

const imageText = (image: ImageManifest, verbose: boolean): string =>
  `${indentJson(verbose ? encodeImageManifest(image) : decodeUtf8(image.raw), '\t')}\n`;

function listText(list: Reference, images: readonly ImageManifest[], verbose: boolean): string {
  if (verbose) return `${indentJson(`[${images.map(encodeImageManifest).join(',')}]`, '\t')}\n`;
  try {
    for (const image of images) checkSameRegistry(list, image);
  } catch (error) {
    throw new Error(`failed to assemble ManifestDescriptor: ${messageOf(error)}`);
  }
  return `${decodeUtf8(encodeIndex(images).bytes)}\n`;
}
