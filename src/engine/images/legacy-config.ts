/** Image configs of Docker before 1.10, one a layer, which `docker save` still writes for engines that old. */
import { goContainerConfig } from '../../api/go-container-config.ts';
import { type Digest, digestOf } from '../../lib/digest.ts';
import { goJson, goMap } from '../../lib/go-json.ts';
import type { Image } from './image.ts';

interface LegacyConfig {
  /** Its JSON. */
  readonly text: string;
  readonly id: Digest;
}

/** The config of each layer, bottom first; the last one is the image's. */
export async function legacyConfigs(image: Image): Promise<string[]> {
  const texts: string[] = [];
  let parent: Digest | undefined;
  for (const [at, chainId] of image.chainIds.entries()) {
    const fields = at === image.chainIds.length - 1 ? imageFields(image) : emptyFields;
    const config = await legacyConfig(fields, image.file.os, chainId, parent);
    texts.push(config.text);
    parent = config.id;
  }
  return texts;
}

type Fields = Readonly<Record<string, unknown>>;

const emptyFields: Fields = { created: '1970-01-01T00:00:00Z', container_config: goContainerConfig({}) };

function imageFields({ file }: Image): Fields {
  return {
    comment: file.comment || undefined,
    created: file.created ?? null,
    container: file.container || undefined,
    container_config: goContainerConfig(file.container_config ?? {}),
    docker_version: file.docker_version || undefined,
    author: file.author || undefined,
    config: file.config ? goContainerConfig(file.config) : undefined,
    architecture: file.architecture || undefined,
    variant: file.variant || undefined,
    os: file.os || undefined,
  };
}

/** The ID is the digest of the fields with the layer's and the parent's (moby's image/v1). */
async function legacyConfig(
  fields: Fields,
  os: string,
  chainId: Digest,
  parent: Digest | undefined,
): Promise<LegacyConfig> {
  const id = await digestOf(goJson(goMap({ ...fields, layer_id: chainId, parent })));
  const hex = (digest: Digest | undefined): string | undefined => digest?.slice('sha256:'.length);
  return { id, text: goJson({ id: hex(id), parent: hex(parent), ...fields, os }) };
}
