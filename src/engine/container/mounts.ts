// What is mounted in a container besides its root.

import type { MountPoint } from '../../api/mount.ts';

export interface ContainerMount {
  readonly type: 'bind' | 'volume' | 'tmpfs' | 'image';
  /** A path on the guest's host; empty for tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Mode string as written (`ro,z`), for inspect. */
  readonly mode: string;
  readonly propagation: string;
  /** tmpfs options such as `size=1m,mode=1777`. */
  readonly options: string;
  /** Shown among `Mounts` by inspect: `--tmpfs` is not. */
  readonly listed: boolean;
  readonly bind?: BindDetails;
  readonly volume?: VolumeDetails;
  readonly image?: ImageDetails;
}

export interface BindDetails {
  /** `-v` makes a missing source directory; `--mount` does not. */
  readonly createSource: boolean;
  /** Leave out what is mounted below the source. */
  readonly nonRecursive: boolean;
  /** Of a read-only mount: what is mounted below the source stays writable. */
  readonly readOnlyNonRecursive: boolean;
}

export interface VolumeDetails {
  readonly name: string;
  readonly driver: string;
  readonly options: Readonly<Record<string, string>> | null;
  readonly labels: Readonly<Record<string, string>> | null;
  /** Nobody named it: it goes with its container, if asked. */
  readonly isAnonymous: boolean;
  /** Begins as a copy of what the image has there. */
  readonly copyUp: boolean;
  /** A directory or file of the volume; empty for all of it. */
  readonly subpath: string;
}

/** An image's files, mounted on the host for as long as the container is there. */
export interface ImageDetails {
  /** As the user named it. */
  readonly name: string;
  /** Names of its layers' trees on the 9P server, topmost first. */
  readonly layers: readonly string[];
  /** The directory below overlay2 in which it is mounted. */
  readonly mountId: string;
  /** A directory or file of the image; empty for all of it. */
  readonly subpath: string;
}

/** An absolute path without `.`, `..`, doubled or trailing slashes (Go's path.Clean). */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return '/' + parts.join('/');
}

/** The part of a volume or an image that is meant; empty for all of it. */
export const subpathOf = ({ volume, image }: ContainerMount): string => volume?.subpath || image?.subpath || '';

/** What is mounted: the source, or a part of it. */
export const sourceOf = (mount: ContainerMount): string =>
  subpathOf(mount) === '' ? mount.source : cleanPath(`${mount.source}/${subpathOf(mount)}`);

/** How inspect lists a mount. */
export function mountPoint({
  type,
  volume,
  image,
  source,
  target,
  mode,
  readOnly,
  propagation,
}: ContainerMount): MountPoint {
  return {
    Type: type,
    ...((volume ?? image) && { Name: (volume ?? image)!.name }),
    Source: source,
    Destination: target,
    ...(volume && { Driver: volume.driver }),
    Mode: mode,
    RW: !readOnly,
    Propagation: propagation,
  };
}
