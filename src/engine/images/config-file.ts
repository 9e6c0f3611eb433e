/** Config files of images that are made here, written as Docker does: the same fields in the same order. */
import type { ContainerConfig } from '../../api/container-config.ts';
import { goContainerConfig } from '../../api/go-container-config.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import type { Digest } from '../../lib/digest.ts';
import { goJson } from '../../lib/go-json.ts';
import type { Platform } from '../registry/manifest.ts';
import type { ImageConfigFile } from './image.ts';

type History = NonNullable<ImageConfigFile['history']>[number];

export interface NewImage {
  readonly platform: Platform;
  /** What its containers get. */
  readonly config: ContainerConfig;
  /** The container it was made of. */
  readonly container?: { readonly id: string; readonly config: ContainerConfig };
  readonly author?: string;
  readonly comment?: string;
  /** RFC 3339. */
  readonly created: string;
  readonly dockerVersion: string;
  readonly history: readonly History[];
  readonly diffIds: readonly Digest[];
}

/** The config file's bytes, whose digest is the image's ID. */
export function encodeConfigFile(image: NewImage): Uint8Array {
  const { platform, container } = image;
  const file = {
    architecture: platform.architecture,
    author: image.author || undefined,
    comment: image.comment || undefined,
    config: goContainerConfig(image.config),
    container: container?.id,
    container_config: goContainerConfig(container?.config ?? {}),
    created: image.created,
    docker_version: image.dockerVersion,
    history: image.history.map(goHistory),
    os: platform.os,
    rootfs: { type: 'layers', diff_ids: image.diffIds.length > 0 ? image.diffIds : undefined },
    variant: platform.variant || undefined,
  };
  return encodeUtf8(goJson(file));
}

const goHistory = (step: History): Record<string, unknown> => ({
  created: step.created ?? undefined,
  created_by: step.created_by || undefined,
  author: step.author || undefined,
  comment: step.comment || undefined,
  empty_layer: step.empty_layer || undefined,
});
