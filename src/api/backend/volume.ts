import type { Filters } from '../filters.ts';
import type { Volume, VolumeCreateRequest, VolumesPruneResponse } from '../volume.ts';

/** What the volume routes need from the engine. */
export interface VolumeBackend {
  list(filters: Filters): Promise<Volume[]>;
  inspect(name: string): Promise<Volume>;
  /** The volume of that name is returned when there is one already. */
  create(request: VolumeCreateRequest): Promise<Volume>;
  /** With `force` one that is not there is no error. */
  remove(name: string, options: { force: boolean }): Promise<void>;
  prune(filters: Filters): Promise<VolumesPruneResponse>;
}
