// What is mounted in a container besides its root.

import type { MountPoint } from '../../api/mount.ts';

export interface ContainerMount {
  readonly type: 'bind' | 'volume' | 'tmpfs';
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

/** An absolute path without `.`, `..`, doubled or trailing slashes (Go's path.Clean). */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return '/' + parts.join('/');
}

/** What is mounted: the source, or a part of a volume. */
export const sourceOf = ({ source, volume }: ContainerMount): string =>
  volume?.subpath ? cleanPath(`${source}/${volume.subpath}`) : source;

/** How inspect lists a mount. */
export function mountPoint({ type, volume, source, target, mode, readOnly, propagation }: ContainerMount): MountPoint {
  return {
    Type: type,
    ...(volume && { Name: volume.name }),
    Source: source,
    Destination: target,
    ...(volume && { Driver: volume.driver }),
    Mode: mode,
    RW: !readOnly,
    Propagation: propagation,
  };
}
