/** Manifests of registries (docker/cli's registry client). */
import { type Reference, fullString } from '../../lib/reference.ts';
import type { DockerCli } from '../docker-cli.ts';
import { RegistryCredentials, credentialKey } from '../registry-credentials.ts';
import type { CliRegistries, RegistryAccess, RemoteManifest } from '../registries.ts';
import { type ImageManifest, configOf, imageManifest, listedManifests } from './image-manifest.ts';

/** What a registry may answer of an image that is not there. */
const absentCodes: readonly unknown[] = ['UNAUTHORIZED', 'MANIFEST_UNKNOWN', 'NAME_UNKNOWN'];

export class RemoteManifests {
  readonly registries: CliRegistries;
  readonly #cli: DockerCli;
  readonly #insecure: boolean;

  constructor(cli: DockerCli, insecure: boolean) {
    if (!cli.io.registries) throw new Error('no registry can be reached from here');
    this.registries = cli.io.registries;
    this.#cli = cli;
    this.#insecure = insecure;
  }

  async access({ domain }: Reference): Promise<RegistryAccess> {
    const auth = await new RegistryCredentials(this.#cli).get(credentialKey(domain));
    return { auth, insecure: this.#insecure, signal: this.#cli.signal };
  }

  /** An image's manifest. Rejects when the reference names a list. */
  async image(reference: Reference): Promise<ImageManifest> {
    const found = await this.#fetch(reference);
    if (listedManifests(found.bytes)) throw new Error(`${fullString(reference)} is a manifest list`);
    return this.#withPlatform(reference, found);
  }

  /** An image's manifest, or those of a list, with the platforms the list says. */
  async imageOrList(reference: Reference): Promise<ImageManifest | ImageManifest[]> {
    const found = await this.#fetch(reference);
    const listed = listedManifests(found.bytes);
    if (!listed) return this.#withPlatform(reference, found);
    const images: ImageManifest[] = [];
    for (const { digest, platform } of listed) {
      const one = { ...reference, digest };
      const image = await this.#withPlatform(one, await this.#fetch(one));
      const { mediaType, size } = image.descriptor;
      images.push({
        ...image,
        descriptor: { mediaType, digest, size, platform: platform ?? { architecture: '', os: '' } },
      });
    }
    return images;
  }

  async #fetch(reference: Reference): Promise<RemoteManifest> {
    try {
      return await this.registries.manifest(reference, await this.access(reference));
    } catch (error) {
      if (absentCodes.includes((error as { code?: unknown }).code)) {
        throw new Error(`no such manifest: ${fullString(reference)}`);
      }
      throw error;
    }
  }

  async #withPlatform(reference: Reference, found: RemoteManifest): Promise<ImageManifest> {
    return imageManifest(reference, found, await found.config(configOf(found.bytes, reference)));
  }
}

/** Lists may hold images of their own registry only: a registry cannot fetch from another. */
export function checkSameRegistry(list: Reference, { ref }: ImageManifest): void {
  const domain = ref.slice(0, ref.indexOf('/'));
  if (domain === list.domain) return;
  throw new Error(
    `cannot use source images from a different registry than the target image: ${domain} != ${list.domain}`,
  );
}
