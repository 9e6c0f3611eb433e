import type { ContainerBackend } from '../api/backend/container.ts';
import type { ExecBackend } from '../api/backend/exec.ts';
import type { ImageBackend } from '../api/backend/image.ts';
import type { NetworkBackend } from '../api/backend/network.ts';
import type { SystemBackend } from '../api/backend/system.ts';
import type { VolumeBackend } from '../api/backend/volume.ts';

/** The engine as the Engine API needs it, one interface a resource. */
export interface Backends {
  readonly containers: ContainerBackend;
  readonly execs: ExecBackend;
  readonly images: ImageBackend;
  readonly networks: NetworkBackend;
  readonly system: SystemBackend;
  readonly volumes: VolumeBackend;
}
