import { DockerError } from '../../api/error.ts';
import { formatPlatform, parsePlatform } from '../../lib/platform.ts';
import { guestPlatform, platformName } from '../registry/manifest.ts';

/** Refuses a `--platform` other than the guest's, which is the only one that runs. `image` is named in the error. */
export function checkPlatform(platform: string | undefined, image: string): void {
  if (!platform) return;
  const [asked, only] = [formatPlatform(userPlatform(platform)), platformName(guestPlatform)];
  if (asked === only) return;
  throw new DockerError(
    'not-found',
    `image with reference ${image} cannot be used for the specified platform: wanted ${asked}, this machine runs ${only} only`,
  );
}

/** A platform as a person wrote it, errors being theirs. */
export function userPlatform(text: string): ReturnType<typeof parsePlatform> {
  try {
    return parsePlatform(text);
  } catch (cause) {
    throw new DockerError('invalid-parameter', (cause as Error).message, { cause });
  }
}
