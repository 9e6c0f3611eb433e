// The driver `local`: a directory of the host, on which its options may mount something (moby's volume/local).

import { DockerError } from '../../api/error.ts';
import { errnoText } from '../../guest/errno.ts';
import { mount } from '../../guest/linux.ts';
import type { ProgramBuilder } from '../../guest/program-builder.ts';
import type { GuestError } from '../../guest/results.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

const validName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

export type VolumeOptions = Readonly<Record<string, string>>;

/** Refuses names that could lead out of the volumes' directory. */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    throw invalid(`create ${name}: volume name is too short, names should be at least two alphanumeric characters`);
  }
  if (!validName.test(name)) {
    throw invalid(
      `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
}

const known = ['type', 'o', 'device', 'size'];
const needed = ['device', 'type'];

export function checkVolumeOptions(name: string, options: VolumeOptions): void {
  const given = Object.keys(options);
  const unknown = given.find((option) => !known.includes(option));
  if (unknown !== undefined) throw invalid(`create ${name}: invalid option: ${JSON.stringify(unknown)}`);
  if ('size' in options) throw invalid(`create ${name}: quota size requested but no quota support`);
  const missing = given.length > 0 ? needed.find((option) => !options[option]) : undefined;
  if (missing !== undefined) throw invalid(`create ${name}: missing required option: ${JSON.stringify(missing)}`);
}

/** Words of mount(8), with the flag each sets or (negative) takes away. */
const flagWords: Readonly<Record<string, number>> = {
  defaults: 0,
  ro: mount.MS_RDONLY,
  rw: -mount.MS_RDONLY,
  suid: -mount.MS_NOSUID,
  nosuid: mount.MS_NOSUID,
  dev: -mount.MS_NODEV,
  nodev: mount.MS_NODEV,
  exec: -mount.MS_NOEXEC,
  noexec: mount.MS_NOEXEC,
  sync: mount.MS_SYNCHRONOUS,
  async: -mount.MS_SYNCHRONOUS,
  dirsync: mount.MS_DIRSYNC,
  remount: mount.MS_REMOUNT,
  mand: mount.MS_MANDLOCK,
  nomand: -mount.MS_MANDLOCK,
  atime: -mount.MS_NOATIME,
  noatime: mount.MS_NOATIME,
  diratime: -mount.MS_NODIRATIME,
  nodiratime: mount.MS_NODIRATIME,
  bind: mount.MS_BIND,
  rbind: mount.MS_BIND | mount.MS_REC,
  relatime: mount.MS_RELATIME,
  norelatime: -mount.MS_RELATIME,
  strictatime: mount.MS_STRICTATIME,
  nostrictatime: -mount.MS_STRICTATIME,
};

/** `ro,size=1m`: the words that are flags, and those left for the file system. */
export function parseMountOptions(text: string): { flags: number; data: string } {
  let flags = 0;
  const data: string[] = [];
  for (const word of text.split(',').filter((part) => part !== '')) {
    const flag = Object.hasOwn(flagWords, word) ? flagWords[word]! : undefined;
    if (flag === undefined) data.push(word);
    else flags = flag < 0 ? flags & ~-flag : flags | flag;
  }
  return { flags, data: data.join(',') };
}

/** The step of a program that `mountVolume` adds to. */
export const volumeStep = (name: string): string => `volume ${name}`;

/** Mounts at `path` what the options of a volume say. */
export function mountVolume(p: ProgramBuilder, name: string, path: string, options: VolumeOptions): void {
  const { flags, data } = parseMountOptions(options.o ?? '');
  p.step(volumeStep(name)).mount(options.device!, path, options.type!, flags, data || null);
}

/** Docker's error for a volume that could not be mounted. */
export function mountFailure(error: GuestError, path: string, options: VolumeOptions): DockerError {
  const { flags, data } = parseMountOptions(options.o ?? '');
  const what = `mount ${options.device}:${path}, flags: 0x${flags.toString(16)}${data === '' ? '' : `, data: ${data}`}`;
  const reason = errnoText(error.errno).toLowerCase();
  return new DockerError(
    'system',
    `error while mounting volume '${path}': failed to mount local volume: ${what}: ${reason}`,
    { cause: error },
  );
}
