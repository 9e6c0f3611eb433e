// What is mounted in a container besides its root: binds and tmpfs as asked for with -v, --mount and --tmpfs.

import type { HostConfig } from '../../api/container-config.ts';
import type { MountPoint } from '../../api/mount.ts';
import { DockerError } from '../../api/error.ts';

export interface ContainerMount {
  readonly type: 'bind' | 'tmpfs';
  /** A path on the guest's host; empty for tmpfs. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Mode string as written (`ro,z`), for inspect. */
  readonly mode: string;
  readonly propagation: string;
  /** `-v` makes a missing source directory; `--mount` does not. */
  readonly createSource: boolean;
  /** tmpfs options such as `size=1m,mode=1777`. */
  readonly options: string;
  /** Shown among `Mounts` by inspect: `--tmpfs` is not. */
  readonly listed: boolean;
}

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

const noVolumes = (what: string): DockerError =>
  new DockerError(
    'not-implemented',
    `${what}: volumes are not implemented in Drydock yet; use a bind mount or a tmpfs`,
  );

/** Parses one `Binds` entry: `source:target[:mode]`. */
function parseBind(spec: string): ContainerMount {
  const [source = '', target = '', mode = '', ...rest] = spec.split(':');
  if (rest.length > 0 || source === '' || target === '') throw invalid(`invalid volume specification: '${spec}'`);
  if (!source.startsWith('/')) throw noVolumes(`volume "${source}"`);
  if (!target.startsWith('/')) {
    throw invalid(
      `invalid volume specification: '${spec}': invalid mount config for type "bind": invalid mount path: '${target}' mount path must be absolute`,
    );
  }
  if (cleanPath(target) === '/')
    throw invalid(
      `invalid volume specification: '${spec}': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    );
  const flags = mode === '' ? [] : mode.split(',');
  const propagations = ['shared', 'slave', 'private', 'rshared', 'rslave', 'rprivate'];
  const known = ['ro', 'rw', 'z', 'Z', 'nocopy', 'consistent', 'cached', 'delegated', ...propagations];
  if (flags.some((flag) => !known.includes(flag))) throw invalid(`invalid mode: ${mode}`);
  return {
    type: 'bind',
    source: cleanPath(source),
    target: cleanPath(target),
    readOnly: flags.includes('ro'),
    mode,
    propagation: flags.find((flag) => propagations.includes(flag)) ?? 'rprivate',
    createSource: true,
    options: '',
    listed: true,
  };
}

/**
 * All mounts of a create request, deepest targets last so that they can be mounted in order. An image's VOLUME needs no
 * mount here: an anonymous volume would start as a copy of the image's directory and die with the container, which is
 * what that directory in the container's own layer does.
 */
export function parseMounts(host: HostConfig): ContainerMount[] {
  if (host.VolumesFrom?.length) throw noVolumes('--volumes-from');
  const mounts: ContainerMount[] = (host.Binds ?? []).map(parseBind);

  for (const mount of host.Mounts ?? []) {
    const target = mount.Target ?? '';
    if (target === '')
      throw invalid('invalid mount config for type "' + (mount.Type ?? '') + '": field Target must not be empty');
    if (!target.startsWith('/'))
      throw invalid(
        `invalid mount config for type "${mount.Type}": invalid mount path: '${target}' mount path must be absolute`,
      );
    if (mount.Type === 'volume') throw noVolumes(`--mount type=volume`);
    if (mount.Type === 'bind') {
      if (!mount.Source) throw invalid('invalid mount config for type "bind": field Source must not be empty');
      if (!mount.Source.startsWith('/'))
        throw invalid(
          `invalid mount config for type "bind": invalid mount path: '${mount.Source}' mount path must be absolute`,
        );
      mounts.push({
        type: 'bind',
        source: cleanPath(mount.Source),
        target: cleanPath(target),
        readOnly: mount.ReadOnly ?? false,
        mode: '',
        propagation: mount.BindOptions?.Propagation || 'rprivate',
        createSource: mount.BindOptions?.CreateMountpoint ?? false,
        options: '',
        listed: true,
      });
    } else if (mount.Type === 'tmpfs') {
      const { SizeBytes: size, Mode: mode } = mount.TmpfsOptions ?? {};
      const options = [...(size ? [`size=${size}`] : []), ...(mode ? [`mode=${mode.toString(8)}`] : [])];
      mounts.push(tmpfs(target, options.join(','), mount.ReadOnly ?? false, true));
    } else {
      throw invalid(`mount type unknown: "${mount.Type ?? ''}"`);
    }
  }

  for (const [target, options] of Object.entries(host.Tmpfs ?? {})) {
    if (!target.startsWith('/')) throw invalid(`invalid mount path: '${target}' mount path must be absolute`);
    if (cleanPath(target) === '/') throw invalid("invalid specification: destination can't be '/'");
    const flags = options === '' ? [] : options.split(',');
    mounts.push(
      tmpfs(target, flags.filter((flag) => flag !== 'ro' && flag !== 'rw').join(','), flags.includes('ro'), false),
    );
  }

  const targets = new Set<string>();
  for (const { target } of mounts) {
    if (targets.has(target)) throw invalid(`Duplicate mount point: ${target}`);
    targets.add(target);
  }
  return mounts.sort((a, b) => a.target.split('/').length - b.target.split('/').length);
}

function tmpfs(target: string, options: string, readOnly: boolean, listed: boolean): ContainerMount {
  return {
    type: 'tmpfs',
    source: '',
    target: cleanPath(target),
    readOnly,
    mode: '',
    propagation: '',
    createSource: false,
    options,
    listed,
  };
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

/** How inspect lists a mount. */
export function mountPoint(mount: ContainerMount): MountPoint {
  return {
    Type: mount.type,
    Source: mount.source,
    Destination: mount.target,
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: mount.propagation,
  };
}
