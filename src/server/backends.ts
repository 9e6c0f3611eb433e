import type { ContainerBackend } from './routes/container-backend.ts';
import type { ExecBackend } from './routes/exec-backend.ts';
import type { ImageBackend } from './routes/image-backend.ts';
import type { NetworkBackend } from './routes/network-backend.ts';
import type { SystemBackend } from './routes/system-backend.ts';

/** The engine as the Engine API needs it, one interface a resource. */
export interface Backends {
  readonly containers: ContainerBackend;
  readonly execs: ExecBackend;
  readonly images: ImageBackend;
  readonly networks: NetworkBackend;
  readonly system: SystemBackend;
}
