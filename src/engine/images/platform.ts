import { DockerError } from '../../api/error.ts';
import { guestPlatform, platformName } from '../registry/manifest.ts';

/** Refuses a `--platform` other than the guest's, which is the only one that runs. `image` is named in the error. */
export function checkPlatform(platform: string | undefined, image: string): void {
  if (!platform) return;
  const [os = '', architecture = guestPlatform.architecture, variant] = platform.toLowerCase().split('/');
  // containerd's platforms package takes i386 for 386.
  const normal = { os, architecture: architecture.replace(/^(i386|x86)$/, '386'), variant };
  const [asked, only] = [platformName(normal), platformName(guestPlatform)];
  if (asked === only) return;
  throw new DockerError(
    'not-found',
    `image with reference ${image} cannot be used for the specified platform: wanted ${asked}, this machine runs ${only} only`,
  );
}
