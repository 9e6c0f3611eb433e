import type { VolumeBackend } from '../../api/backend/volume.ts';
import { DockerError } from '../../api/error.ts';
import type { Filters } from '../../api/filters.ts';
import type { Volume, VolumeCreateRequest, VolumesPruneResponse } from '../../api/volume.ts';
import { treeSizes } from '../../guest/tree/tree-sizes.ts';
import { randomHex } from '../../lib/hex.ts';
import type { EngineContext } from '../context.ts';
import { booleanFilter, checkFilterNames, hasLabels, isPrunedByLabels } from '../filters.ts';
import { anonymousLabel } from './anonymous.ts';

/** Volumes, and which containers have them. */
export class VolumeService implements VolumeBackend {
  readonly #context: EngineContext;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  async list(filters: Filters): Promise<Volume[]> {
    checkFilterNames(filters, ['dangling', 'driver', 'label', 'name']);
    const dangling = booleanFilter(filters, 'dangling');
    return this.#context.volumes
      .all()
      .filter(
        ({ Name, Driver, Labels }) =>
          (dangling === undefined || dangling === (this.#users(Name).length === 0)) &&
          (filters.name?.some((name) => matches(Name, name)) ?? true) &&
          (filters.driver?.includes(Driver) ?? true) &&
          hasLabels(Labels, filters.label),
      );
  }

  async inspect(name: string): Promise<Volume> {
    return this.#context.volumes.get(name);
  }

  async create({ Name, Driver, DriverOpts, Labels }: VolumeCreateRequest): Promise<Volume> {
    return this.#context.volumes.create({
      name: Name || randomHex(),
      driver: Driver,
      options: DriverOpts,
      labels: Name === '' ? { ...Labels, [anonymousLabel]: '' } : Labels,
    });
  }

  async remove(name: string, { force }: { force: boolean }): Promise<void> {
    const volume = this.#context.volumes.find(name);
    if (!volume && force) return;
    this.#context.volumes.get(name);
    const users = this.#users(name);
    if (users.length > 0) {
      throw new DockerError('conflict', `remove ${name}: volume is in use - [${users.join(', ')}]`);
    }
    await this.#context.volumes.remove(name);
  }

  async prune(filters: Filters): Promise<VolumesPruneResponse> {
    checkFilterNames(filters, ['all', 'label', 'label!']);
    const all = parseAll(filters.all);
    const unused = this.#context.volumes
      .all()
      .filter(
        ({ Name, Labels }) =>
          this.#users(Name).length === 0 &&
          (all || anonymousLabel in (Labels ?? {})) &&
          isPrunedByLabels(filters, Labels),
      );
    const sizes = await this.#sizes(unused);
    const deleted: string[] = [];
    let reclaimed = 0;
    for (const [index, { Name }] of unused.entries()) {
      // Somebody may have come to use it meanwhile.
      if (this.#users(Name).length > 0 || !this.#context.volumes.find(Name)) continue;
      await this.#context.volumes.remove(Name);
      deleted.push(Name);
      reclaimed += sizes[index]!;
    }
    this.#context.events.publish('volume', 'prune', '', { reclaimed: String(reclaimed) });
    return { VolumesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed };
  }

  /** All volumes with what they take and how many have them, for `docker system df`. */
  async usage(): Promise<Volume[]> {
    const volumes = this.#context.volumes.all();
    const sizes = await this.#sizes(volumes);
    return volumes.map((volume, index) => ({
      ...volume,
      UsageData: { RefCount: this.#users(volume.Name).length, Size: sizes[index]! },
    }));
  }

  #sizes(volumes: readonly Volume[]): Promise<number[]> {
    return treeSizes(
      this.#context.machine.channel,
      volumes.map(({ Mountpoint }) => Mountpoint),
    );
  }

  /** The containers that have a volume, running or not. */
  #users(name: string): string[] {
    return this.#context.containers
      .users()
      .filter(({ mounts }) => mounts.some((mount) => mount.volume?.name === name))
      .map(({ id }) => id);
  }
}

/** A regular expression, or a part of the name where it is none. */
function matches(name: string, filter: string): boolean {
  try {
    return new RegExp(filter).test(name);
  } catch {
    return name.includes(filter);
  }
}

/** strconv.ParseBool of the filter `all`. */
function parseAll(values: readonly string[] | undefined): boolean {
  if (!values?.length) return false;
  const [value = ''] = values;
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return false;
  throw new DockerError(
    'invalid-parameter',
    `invalid filter 'all': strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  );
}
