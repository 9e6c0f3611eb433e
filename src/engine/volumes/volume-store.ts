// The volumes of the engine and their directories in the guest: /var/lib/docker/volumes/NAME/_data.

import { DockerError } from '../../api/error.ts';
import type { Volume } from '../../api/volume.ts';
import type { Channel } from '../../guest/channel.ts';
import { open, umount } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { GuestError } from '../../guest/results.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { formatRfc3339Nano, nowNanoseconds } from '../../lib/timestamp.ts';
import type { Events } from '../events.ts';
import { volumeData, volumeDirectory, volumesRoot } from '../runtime/paths.ts';
import { checkVolumeName, checkVolumeOptions, mountFailure, mountVolume, type VolumeOptions } from './local-driver.ts';

/** Where the engine finds its volumes again: Docker keeps them in a database beside the volumes. */
const recordsFile = `${volumesRoot}/metadata.json`;
const largestRecords = 512 * 1024;

export interface NewVolume {
  readonly name: string;
  readonly driver?: string;
  readonly options?: VolumeOptions | null;
  readonly labels?: Readonly<Record<string, string>> | null;
}

export class VolumeStore {
  readonly #channel: Channel;
  readonly #events: Events;
  readonly #volumes = new Map<string, Volume>();
  /** The containers for which a volume's options are mounted. */
  readonly #mountedFor = new Map<string, Set<string>>();

  constructor(channel: Channel, events: Events) {
    this.#channel = channel;
    this.#events = events;
  }

  /** Takes up the volumes that an engine before this one had in the same guest. */
  async load(): Promise<void> {
    const p = new ProgramBuilder('read volumes');
    const records = p.try.readFile(recordsFile, largestRecords);
    const result = await this.#channel.run(p.build());
    if (result.value(records) <= 0) return;
    for (const volume of JSON.parse(decodeUtf8(result.output(records))) as Volume[]) {
      this.#volumes.set(volume.Name, volume);
    }
  }

  /** By name. */
  all(): Volume[] {
    return [...this.#volumes.values()].sort((a, b) => (a.Name < b.Name ? -1 : 1));
  }

  find(name: string): Volume | undefined {
    return this.#volumes.get(name);
  }

  get(name: string): Volume {
    const volume = this.#volumes.get(name);
    if (!volume) throw new DockerError('not-found', `get ${name}: no such volume`);
    return volume;
  }

  /** The volume of that name: the one there is, or a new one. Throws the daemon's error for a name or option that is none. */
  async create({ name, driver, options, labels }: NewVolume): Promise<Volume> {
    if (driver && driver !== 'local') {
      throw new DockerError(
        'not-found',
        `create ${name}: error looking up volume plugin ${driver}: plugin ${JSON.stringify(driver)} not found`,
      );
    }
    checkVolumeName(name);
    const wanted = options ?? {};
    const existing = this.#volumes.get(name);
    if (existing) return existing;
    checkVolumeOptions(name, wanted);
    const volume: Volume = {
      CreatedAt: formatRfc3339Nano((nowNanoseconds() / 1_000_000_000n) * 1_000_000_000n),
      Driver: 'local',
      Labels: sortedOrNull(labels),
      Mountpoint: volumeData(name),
      Name: name,
      Options: sortedOrNull(wanted),
      Scope: 'local',
    };
    this.#volumes.set(name, volume);
    const p = new ProgramBuilder(`create volume ${name}`);
    p.mkdirAll(volumesRoot, 0o701);
    p.mkdirAll(volumeDirectory(name), 0o701);
    p.mkdirAll(volumeData(name), 0o755);
    if (volume.Options) writeJson(p, `${volumeDirectory(name)}/opts.json`, optionsFile(volume.Options));
    this.#save(p);
    try {
      await this.#channel.run(p.build());
    } catch (error) {
      this.#volumes.delete(name);
      throw error;
    }
    this.#events.publish('volume', 'create', name, { driver: 'local' });
    return volume;
  }

  /** Removes a volume that nobody uses; it is for the caller to know. */
  async remove(name: string): Promise<void> {
    const p = new ProgramBuilder(`remove volume ${name}`);
    p.try.removeAll(volumeDirectory(name));
    this.#volumes.delete(name);
    this.#save(p);
    await this.#channel.run(p.build());
    this.#events.publish('volume', 'destroy', name, { driver: 'local' });
  }

  /** Mounts what the options of a volume say, for as long as a container has it. */
  async mount(name: string, container: string): Promise<void> {
    const { Options: options, Mountpoint: path } = this.get(name);
    if (!options) return;
    const users = this.#mountedFor.get(name) ?? new Set();
    this.#mountedFor.set(name, users);
    if (users.size === 0) {
      const p = new ProgramBuilder(`mount volume ${name}`);
      mountVolume(p, name, path, options);
      try {
        await this.#channel.run(p.build());
      } catch (error) {
        throw error instanceof GuestError ? mountFailure(error, path, options) : error;
      }
    }
    users.add(container);
  }

  /** Adds to a program, which is to be sent at once, the end of a container's use of a volume. */
  unmount(p: ProgramBuilder, name: string, container: string): void {
    const users = this.#mountedFor.get(name);
    if (!users?.delete(container) || users.size > 0) return;
    p.step('unmount volumes').try.umount2(volumeData(name), umount.MNT_DETACH);
  }

  #save(p: ProgramBuilder): void {
    writeJson(p, recordsFile, this.all());
  }
}

/** As Go writes maps: in the order of their keys. */
function sortedOrNull(map: Readonly<Record<string, string>> | null | undefined): Record<string, string> | null {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length > 0 ? Object.fromEntries(entries) : null;
}

/** As moby's local driver keeps options beside a volume's data. */
const optionsFile = ({ type, o, device }: VolumeOptions) => ({
  MountType: type ?? '',
  MountOpts: o ?? '',
  MountDevice: device ?? '',
  Quota: { Size: 0 },
});

function writeJson(p: ProgramBuilder, path: string, value: unknown): void {
  p.writeFile(path, JSON.stringify(value), open.O_WRONLY | open.O_CREAT | open.O_TRUNC, 0o600);
}
