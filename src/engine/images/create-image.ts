import { DockerError } from '../../api/error.ts';
import { type Digest, digestOf } from '../../lib/digest.ts';
import { type NewImage, encodeConfigFile } from './config-file.ts';
import { type Image, createImage, parseConfigFile } from './image.ts';
import type { ImageStore } from './image-store.ts';

/** More layers than this overlayfs cannot stack (moby's maxDepth). */
const mostLayers = 125;

/** The tar that holds nothing, 1024 zero bytes: no image counts it as a layer. */
export const emptyLayer: Digest = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

/** Keeps an image that is made here. Its layers must be present, and held until this is done. */
export async function addNewImage(store: ImageStore, image: NewImage): Promise<Image> {
  if (image.diffIds.length > mostLayers) throw new DockerError('system', 'max depth exceeded');
  return addImage(store, encodeConfigFile(image));
}

/** Keeps the image of a config file. Its layers must be present, and held until this is done. */
export async function addImage(store: ImageStore, configBytes: Uint8Array): Promise<Image> {
  const id = await digestOf(configBytes);
  const file = parseConfigFile(configBytes, id);
  const sizes = await Promise.all((file.rootfs.diff_ids ?? []).map((diffId) => store.layers.size(diffId)));
  await store.add(configBytes, await createImage(id, file, sizes));
  return store.byId(id)!;
}
