/** `--mount type=bind,src=/a,dst=/b,readonly`. */
import type { BindOptions, Mount, TmpfsOptions, VolumeOptions } from '../../../../api/mount.ts';
import { cut, type FlagHost } from '../../../flag/flag.ts';
import { parseBool, parseInteger } from '../../../../lib/go-parse.ts';
import { ramInBytes } from '../../../format/units.ts';
import { absolutePath } from '../../../host-file.ts';
import { parseCsvLine } from './csv.ts';

/** Throws docker/cli's errors. */
export function parseMount(text: string, { cwd }: FlagHost): Mount {
  const mount: Mount = { Type: 'volume' };
  const bind = (): BindOptions => (mount.BindOptions ??= {});
  const tmpfs = (): TmpfsOptions => (mount.TmpfsOptions ??= {});
  const volume = (): VolumeOptions & {
    Labels: Record<string, string>;
    DriverConfig: { Name?: string; Options?: Record<string, string> };
  } => {
    const options = (mount.VolumeOptions ??= {});
    return Object.assign(options, { Labels: options.Labels ?? {}, DriverConfig: options.DriverConfig ?? {} });
  };

  for (const field of parseCsvLine(text)) {
    const [rawKey, given] = cut(field, '=');
    const key = rawKey.toLowerCase();
    if (given === undefined) {
      if (key === 'readonly' || key === 'ro') mount.ReadOnly = true;
      else if (key === 'volume-nocopy') volume().NoCopy = true;
      else if (key === 'bind-nonrecursive') bind().NonRecursive = true;
      else throw new Error(`invalid field '${field}' must be a key=value pair`);
      continue;
    }
    const flag = (name = `${key}`): boolean => checked(() => parseBool(given), `invalid value for ${name}: ${given}`);
    switch (key) {
      case 'type':
        mount.Type = given.toLowerCase() as Mount['Type'];
        break;
      case 'source':
      case 'src':
        mount.Source = given.startsWith('.') ? absolutePath(cwd, given) : given;
        break;
      case 'target':
      case 'dst':
      case 'destination':
        mount.Target = given;
        break;
      case 'readonly':
      case 'ro':
        mount.ReadOnly = flag();
        break;
      case 'consistency':
        mount.Consistency = given.toLowerCase();
        break;
      case 'bind-propagation':
        bind().Propagation = given.toLowerCase();
        break;
      case 'bind-nonrecursive':
        bind().NonRecursive = flag();
        break;
      case 'bind-recursive':
        setRecursive(bind(), given);
        break;
      case 'volume-subpath':
        volume().Subpath = given;
        break;
      case 'volume-nocopy':
        volume().NoCopy = flag('volume-nocopy');
        break;
      case 'volume-label':
        setPair(volume().Labels, given);
        break;
      case 'volume-driver':
        volume().DriverConfig.Name = given;
        break;
      case 'volume-opt':
        setPair((volume().DriverConfig.Options ??= {}), given);
        break;
      case 'image-subpath':
        (mount.ImageOptions ??= {}).Subpath = given;
        break;
      case 'tmpfs-size':
        tmpfs().SizeBytes = checked(() => ramInBytes(given), `invalid value for ${key}: ${given}`);
        break;
      case 'tmpfs-mode':
        tmpfs().Mode = checked(
          () => parseInteger(given, false, { base: 8, bits: 32 }),
          `invalid value for ${key}: ${given}`,
        );
        break;
      default:
        throw new Error(`unexpected key '${key}' in '${field}'`);
    }
  }
  checkMount(mount);
  return mount;
}

function checkMount(mount: Mount): void {
  if (!mount.Type) throw new Error('type is required');
  if (!mount.Target) throw new Error('target is required');
  const owners = [
    ['volume', mount.VolumeOptions],
    ['image', mount.ImageOptions],
    ['bind', mount.BindOptions],
    ['tmpfs', mount.TmpfsOptions],
  ] as const;
  for (const [type, options] of owners) {
    if (options !== undefined && mount.Type !== type)
      throw new Error(`cannot mix '${type}-*' options with mount type '${mount.Type}'`);
  }
  const { ReadOnlyNonRecursive, ReadOnlyForceRecursive, Propagation } = mount.BindOptions ?? {};
  const together = 'to be specified in conjunction';
  if (ReadOnlyNonRecursive && !mount.ReadOnly)
    throw new Error(`option 'bind-recursive=writable' requires 'readonly' ${together}`);
  if (ReadOnlyForceRecursive && !mount.ReadOnly)
    throw new Error(`option 'bind-recursive=readonly' requires 'readonly' ${together}`);
  if (ReadOnlyForceRecursive && Propagation !== 'rprivate') {
    throw new Error(`option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' ${together}`);
  }
}

function setRecursive(options: BindOptions, value: string): void {
  if (value === 'disabled') options.NonRecursive = true;
  else if (value === 'writable') options.ReadOnlyNonRecursive = true;
  else if (value === 'readonly') options.ReadOnlyForceRecursive = true;
  else if (value !== 'enabled') {
    throw new Error(
      `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
    );
  }
}

function setPair(target: Record<string, string>, pair: string): void {
  const [key, value = ''] = cut(pair, '=');
  if (key !== '') target[key] = value;
}

function checked<T>(read: () => T, message: string): T {
  try {
    return read();
  } catch {
    throw new Error(message);
  }
}
