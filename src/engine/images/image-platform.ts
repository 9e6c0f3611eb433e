import { DockerError } from '../../api/error.ts';
import type { ImagePlatform } from '../../api/image.ts';
import { familiarString } from '../../lib/reference.ts';
import { guestPlatform, platformName } from '../registry/manifest.ts';
import type { Image } from './image.ts';
import { type ImageStore, parseUserReference } from './image-store.ts';

/** The image that `text` means, which has to be for `platform` where one is asked for. */
export function imageForPlatform(store: ImageStore, text: string, platform: ImagePlatform | undefined): Image {
  const image = store.get(text);
  if (!platform) return image;
  const { os, architecture, variant } = image.file;
  const actual = { os, architecture, variant: variant ?? undefined };
  if (matches(platform, actual)) return image;
  const reason = `was found but its platform (${platformName(actual)}) does not match the specified platform (${platformName(platform)})`;
  throw new DockerError('not-found', `image with reference ${shownName(text)} ${reason}`);
}

/** Says so where an image is for another machine than this and nobody asked for that. */
export function platformWarnings({ file: { os, architecture, variant } }: Image, asked: string | undefined): string[] {
  const actual = { os, architecture, variant: variant ?? undefined };
  if (asked || matches(guestPlatform, actual)) return [];
  return [
    `The requested image's platform (${platformName(actual)}) does not match the detected host platform ` +
      `(${platformName(guestPlatform)}) and no specific platform was requested`,
  ];
}

/** As containerd's platforms.Only: what runs 64-bit programs runs 32-bit ones. */
const matches = (wanted: ImagePlatform, actual: ImagePlatform): boolean =>
  wanted.os === actual.os &&
  (wanted.architecture === actual.architecture || (wanted.architecture === 'amd64' && actual.architecture === '386')) &&
  (!actual.variant || wanted.variant === actual.variant);

/** Only a reference in its full form is shortened. */
function shownName(text: string): string {
  if (!text.includes('/')) return text;
  try {
    return familiarString(parseUserReference(text));
  } catch {
    return text;
  }
}
