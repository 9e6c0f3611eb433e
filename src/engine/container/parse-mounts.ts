// What -v, --mount, --tmpfs and --volumes-from ask for, with the daemon's checks (moby's daemon/volumes.go and
// volume/mounts).

import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import type { Mount } from '../../api/mount.ts';
import { randomHex } from '../../lib/hex.ts';
import { volumeData } from '../runtime/paths.ts';
import { overlayDirectories } from '../runtime/rootfs.ts';
import { anonymousLabel } from '../volumes/anonymous.ts';
import type { Container, ContainerImage } from './container.ts';
import { cleanPath, type ContainerMount, type VolumeDetails } from './mounts.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);
const invalidMount = (type: string | undefined, reason: string): DockerError =>
  invalid(`invalid mount config for type ${JSON.stringify(type ?? '')}: ${reason}`);

const propagations = ['shared', 'slave', 'private', 'rshared', 'rslave', 'rprivate'];
/** Words of a mode; of each group there may be one. */
const modeGroups = [
  ['ro', 'rw'],
  ['z', 'Z'],
  ['nocopy'],
  ['consistent', 'cached', 'delegated', 'default'],
  propagations,
];

/**
 * All mounts of a create request, deepest targets last so that they can be mounted in order. Volumes without a name get
 * one here.
 */
export function parseMounts(
  host: HostConfig,
  volumes: ContainerConfig['Volumes'],
  findContainer: (reference: string) => Pick<Container, 'mounts'>,
  images: ReadonlyMap<string, Pick<ContainerImage, 'layers'>>,
): ContainerMount[] {
  const mounts = new Map<string, ContainerMount>();
  const inherited = new Set<string>();
  for (const mount of (host.VolumesFrom ?? []).flatMap((spec) => mountsFrom(spec, findContainer))) {
    mounts.set(mount.target, mount);
    inherited.add(mount.target);
  }
  const add = (mount: ContainerMount): void => {
    const { target } = mount;
    if (mounts.has(target) && !inherited.delete(target)) throw invalid(`Duplicate mount point: ${target}`);
    mounts.set(target, mount);
  };
  for (const spec of host.Binds ?? []) add(parseBind(spec, host.VolumeDriver));
  for (const mount of host.Mounts ?? []) add(parseMount(mount, host.VolumeDriver, images));
  for (const [target, options] of Object.entries(host.Tmpfs ?? {})) add(parseTmpfs(target, options));
  for (const key of Object.keys(volumes ?? {})) {
    const target = cleanPath(key);
    if (!mounts.has(target)) add(volumeMount({ driver: host.VolumeDriver }, { target, mode: '', readOnly: false }));
  }
  return [...mounts.values()].sort((a, b) => a.target.split('/').length - b.target.split('/').length);
}

/** Throws for words that are none of a mode's, or that contradict each other. */
function parseMode(mode: string): string[] {
  const words = mode === '' ? [] : mode.split(',');
  const known = modeGroups.flat();
  const contradicts = modeGroups.some((group) => words.filter((word) => group.includes(word)).length > 1);
  if (contradicts || words.some((word) => !known.includes(word))) throw invalid(`invalid mode: ${mode}`);
  return words;
}

/** One `Binds` entry: `source:target[:mode]`, the source being a path or the name of a volume. */
function parseBind(spec: string, driver: string): ContainerMount {
  const parts = spec.split(':');
  const [source = '', target = '', mode = ''] = parts.length === 1 ? ['', ...parts] : parts;
  const fail = (reason: string): DockerError => invalid(`invalid volume specification: '${spec}'${reason}`);
  if (parts.length > 3 || target === '' || (source === '' && parts.length > 1)) throw fail('');
  const type = source.startsWith('/') ? 'bind' : 'volume';
  const words = parseMode(mode);
  const check = (isWrong: boolean, reason: string): void => {
    if (isWrong) throw fail(`: invalid mount config for type "${type}": ${reason}`);
  };
  check(!target.startsWith('/'), `invalid mount path: '${target}' mount path must be absolute`);
  check(cleanPath(target) === '/', "invalid specification: destination can't be '/'");
  check(type === 'bind' && words.includes('nocopy'), 'field VolumeOptions must not be specified');
  const propagation = words.find((word) => propagations.includes(word));
  check(type === 'volume' && propagation !== undefined, 'field BindOptions must not be specified');
  const readOnly = words.includes('ro');
  if (type === 'volume') {
    const details = { name: source, driver, copyUp: !words.includes('nocopy') };
    return volumeMount(details, { target: cleanPath(target), mode: mode || (source === '' ? '' : 'z'), readOnly });
  }
  return {
    type,
    source: cleanPath(source),
    target: cleanPath(target),
    readOnly,
    mode,
    propagation: propagation ?? 'rprivate',
    options: '',
    listed: true,
    bind: { createSource: true, nonRecursive: false, readOnlyNonRecursive: false },
  };
}

function parseMount(
  mount: Mount,
  driver: string,
  images: ReadonlyMap<string, Pick<ContainerImage, 'layers'>>,
): ContainerMount {
  const { Type: type, Source: source = '', ReadOnly: readOnly = false } = mount;
  const check = (isWrong: unknown, reason: string): void => {
    if (isWrong) throw invalidMount(type, reason);
  };
  check(!mount.Target, 'field Target must not be empty');
  check(!mount.Target!.startsWith('/'), `invalid mount path: '${mount.Target}' mount path must be absolute`);
  const target = cleanPath(mount.Target!);
  check(target === '/', "invalid specification: destination can't be '/'");
  switch (type) {
    case 'bind': {
      const { Propagation: propagation, ...options } = mount.BindOptions ?? {};
      check(source === '', 'field Source must not be empty');
      check(propagation && !propagations.includes(propagation), `invalid propagation mode: ${propagation}`);
      check(!source.startsWith('/'), `invalid mount path: '${source}' mount path must be absolute`);
      return {
        type,
        source: cleanPath(source),
        target,
        readOnly,
        mode: '',
        propagation: propagation || 'rprivate',
        options: '',
        listed: true,
        bind: {
          createSource: options.CreateMountpoint ?? false,
          nonRecursive: options.NonRecursive ?? false,
          readOnlyNonRecursive: options.ReadOnlyNonRecursive ?? false,
        },
      };
    }
    case 'volume': {
      const { NoCopy, Labels, Subpath = '', DriverConfig } = mount.VolumeOptions ?? {};
      check(source === '' && readOnly, 'must not set ReadOnly mode when using anonymous volumes');
      check(leavesSource(Subpath), 'subpath must be a relative path within the volume');
      const details = {
        name: source,
        driver: DriverConfig?.Name || driver,
        options: DriverConfig?.Options ?? null,
        labels: Labels ?? null,
        copyUp: !NoCopy && Subpath === '',
        subpath: Subpath,
      };
      return volumeMount(details, { target, mode: 'z', readOnly });
    }
    case 'tmpfs': {
      check(source !== '', 'field Source must not be specified');
      const { SizeBytes: size, Mode: mode, Options: words } = mount.TmpfsOptions ?? {};
      const options = [
        ...(size ? [`size=${size}`] : []),
        ...(mode ? [`mode=${mode.toString(8)}`] : []),
        ...(words ?? []).map((word) => word.join('=')),
      ];
      return tmpfsMount(target, options.join(','), readOnly, true);
    }
    case 'image': {
      const { Subpath: subpath = '' } = mount.ImageOptions ?? {};
      check(mount.BindOptions, 'field BindOptions must not be specified');
      check(mount.VolumeOptions, 'field VolumeOptions must not be specified');
      check(source === '', 'field Source must not be empty');
      check(leavesSource(subpath), 'subpath must be a relative path within the volume');
      const mountId = randomHex();
      return {
        type,
        source: overlayDirectories(mountId, []).merged,
        target,
        readOnly: true,
        mode: '',
        propagation: 'rprivate',
        options: '',
        listed: true,
        image: { name: source, layers: images.get(source)!.layers, mountId, subpath },
      };
    }
    default:
      throw invalidMount(type, 'mount type unknown');
  }
}

/** Whether a subpath leads out of what it is a part of. */
const leavesSource = (subpath: string): boolean => subpath.startsWith('/') || subpath.split('/').includes('..');

function parseTmpfs(target: string, options: string): ContainerMount {
  if (!target.startsWith('/')) throw invalid(`invalid mount path: '${target}' mount path must be absolute`);
  if (cleanPath(target) === '/') throw invalid("invalid specification: destination can't be '/'");
  const words = options === '' ? [] : options.split(',');
  const left = words.filter((word) => word !== 'ro' && word !== 'rw');
  return tmpfsMount(cleanPath(target), left.join(','), words.includes('ro'), false);
}

function tmpfsMount(target: string, options: string, readOnly: boolean, listed: boolean): ContainerMount {
  return { type: 'tmpfs', source: '', target, readOnly, mode: '', propagation: '', options, listed };
}

function volumeMount(
  { name, driver, labels = null, ...details }: Partial<VolumeDetails>,
  place: Pick<ContainerMount, 'target' | 'mode' | 'readOnly'>,
): ContainerMount {
  const given = name || randomHex();
  return {
    type: 'volume',
    source: volumeData(given),
    ...place,
    propagation: '',
    options: '',
    listed: true,
    volume: {
      options: null,
      copyUp: true,
      subpath: '',
      ...details,
      name: given,
      driver: driver || 'local',
      labels: name ? labels : { ...labels, [anonymousLabel]: '' },
      isAnonymous: !name,
    },
  };
}

/** `container[:mode]`: its binds and volumes, at the same places. */
function mountsFrom(spec: string, findContainer: (reference: string) => Pick<Container, 'mounts'>): ContainerMount[] {
  if (spec === '') throw invalid('volumes-from specification cannot be an empty string');
  const [reference = '', mode = ''] = spec.split(/:(.*)/s);
  const words = parseMode(mode);
  if (words.some((word) => !['ro', 'rw', 'z', 'Z'].includes(word))) throw invalid(`invalid mode: ${mode}`);
  return (
    mountsOf(reference, findContainer)
      .filter(({ type }) => type !== 'tmpfs')
      // An image stays the other container's.
      .map(({ image: _image, ...mount }) => ({ ...mount, readOnly: mount.readOnly || words.includes('ro'), mode }))
  );
}

/** No such container is a fault of the request: a client would take "not found" for the image's. */
function mountsOf(
  reference: string,
  findContainer: (reference: string) => Pick<Container, 'mounts'>,
): readonly ContainerMount[] {
  try {
    return findContainer(reference).mounts;
  } catch (cause) {
    throw new DockerError('invalid-parameter', (cause as Error).message, { cause });
  }
}
