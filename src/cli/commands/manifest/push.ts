import { digestOf } from '../../../lib/digest.ts';
import { type Reference, fullString, parseReference, withDefaultTag } from '../../../lib/reference.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { messageOf } from '../../exit-error.ts';
import { bool } from '../../flag/flag.ts';
import { type ImageManifest, blobsOf, encodeIndex } from '../../manifest/image-manifest.ts';
import { ManifestStore, noSuchManifest } from '../../manifest/manifest-store.ts';
import { RemoteManifests, checkSameRegistry } from '../../manifest/remote-manifests.ts';

const flags = {
  insecure: bool('Allow push to an insecure registry'),
  purge: bool('Remove the local manifest list after push', { shorthand: 'p' }),
};

export const push: CommandSpec<typeof flags> = {
  use: 'push [OPTIONS] MANIFEST_LIST',
  short: 'Push a manifest list to a repository',
  args: exactArgs(1),
  flags,
  async run(cli, { args: [name = ''], flags: { insecure, purge } }) {
    const target = withDefaultTag(parseReference(name));
    const store = new ManifestStore(cli);
    const images = await store.list(target);
    if (!images) throw noSuchManifest(target);
    for (const image of images) {
      if (!image.descriptor.platform?.architecture || !image.descriptor.platform.os) {
        throw new Error(`manifest ${image.ref} must have an OS and Architecture to be pushed to a registry`);
      }
      checkSameRegistry(target, image);
    }
    await pushList(cli, new RemoteManifests(cli, insecure), target, images);
    if (purge) await store.remove(target);
  },
};

async function pushList(
  cli: DockerCli,
  remote: RemoteManifests,
  target: Reference,
  images: readonly ImageManifest[],
): Promise<void> {
  const access = await remote.access(target);
  const put = async (reference: Reference, bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<void> => {
    try {
      await remote.registries.putManifest(reference, bytes, mediaType, access);
    } catch (error) {
      throw new Error(`failed to put manifest ${fullString(reference)}: ${messageOf(error)}`);
    }
  };
  const elsewhere = images.filter(({ ref }) => parseReference(ref).path !== target.path);
  for (const image of elsewhere) await mountBlobs(remote, target, image);
  for (const { descriptor, raw } of elsewhere) {
    const { domain, path } = target;
    const reference = { domain, path, digest: descriptor.digest };
    await put(reference, raw, descriptor.mediaType);
    await cli.print(`Pushed ref ${fullString(reference)} with digest: ${descriptor.digest}\n`);
  }
  const { bytes, mediaType } = encodeIndex(images);
  await put(target, bytes, mediaType);
  await cli.print(`${await digestOf(bytes)}\n`);
}

/** The images' blobs come from their own repositories without being sent again. */
async function mountBlobs(remote: RemoteManifests, target: Reference, image: ImageManifest): Promise<void> {
  const { path } = parseReference(image.ref);
  const access = await remote.access(target);
  for (const digest of blobsOf(image)) {
    const isMounted = await remote.registries.mountBlob(target, digest, path, access).catch((error: unknown) => {
      throw new Error(`failed to mount blob ${path}@${digest} to ${fullString(target)}: ${messageOf(error)}`);
    });
    if (!isMounted && image.descriptor.platform?.os !== 'windows') {
      throw new Error(`error mounting ${path}@${digest} to ${fullString(target)}`);
    }
  }
}
