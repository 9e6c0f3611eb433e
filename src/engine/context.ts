import type { Machine } from '../machine/machine.ts';
import type { Container, ContainerStore } from './container/container.ts';
import type { ExecService } from './container/exec.ts';
import type { Events } from './events.ts';
import type { GuestHost } from './host/guest-host.ts';
import type { EngineIdentity } from './state/identity.ts';
import type { ImageStore } from './images/image-store.ts';
import type { VolumeStore } from './volumes/volume-store.ts';
import type { BridgeNetwork } from './network/bridge.ts';
import type { PortPublisher } from './network/port-publisher.ts';

/** What the engine's operations share. */
export interface EngineContext {
  readonly machine: Machine;
  readonly host: GuestHost;
  readonly events: Events;
  readonly containers: ContainerStore;
  readonly images: ImageStore;
  readonly bridge: BridgeNetwork;
  readonly ports: PortPublisher;
  readonly volumes: VolumeStore;
  readonly identity: EngineIdentity;
  /** Another engine has taken over. */
  readonly closed: boolean;
  /** For the commands of health checks, and for who ends a container. */
  readonly execs: Pick<ExecService, 'run' | 'forget'>;
  /** Forgets a container whose `--rm` run has ended, for whoever has claimed its removal. */
  discard(container: Container, options: { readonly filesRemoved: boolean }): Promise<void>;
}
