import type { Machine } from '../machine/machine.ts';
import { ContainerStore } from './container/container.ts';
import { ContainerService } from './container/container-service.ts';
import { ExecService } from './container/exec.ts';
import { discardContainer } from './container/remove.ts';
import type { EngineContext } from './context.ts';
import { readDaemonConfig } from './daemon-config.ts';
import { Events } from './events.ts';
import { findIdentity, readHost, setUpHost } from './host/guest-host.ts';
import type { ImageStore } from './images/image-store.ts';
import { ImageService } from './images/image-service.ts';
import { BridgeNetwork } from './network/bridge.ts';
import { addBridgeRules } from './network/firewall.ts';
import { NetworkService } from './network/network-service.ts';
import { PortPublisher } from './network/port-publisher.ts';
import { RegistryConfig } from './registry/registry-config.ts';
import { ContainerFiles } from './state/container-files.ts';
import { createIdentity } from './state/identity.ts';
import { leaveContainer } from './state/leave.ts';
import { restoreContainers } from './state/restore.ts';
import { SystemService } from './system-service.ts';
import { VolumeService } from './volumes/volume-service.ts';
import { VolumeStore } from './volumes/volume-store.ts';

/** A Docker Engine on a machine: one service a resource, which the API server exposes as they are. */
export interface Engine {
  readonly containers: ContainerService;
  readonly execs: ExecService;
  readonly images: ImageService;
  readonly networks: NetworkService;
  readonly volumes: VolumeService;
  readonly system: SystemService;
  readonly events: Events;
  /** Reads daemon.json again. Rejects in dockerd's words, with all as it was, when the file is wrong. */
  reload(): Promise<void>;
  /**
   * Lets go of the guest, for another engine to take over: what is under way ends, or is refused, all state is written
   * down, and containers run on.
   */
  close(): Promise<void>;
}

/**
 * Makes the guest of `machine` a Docker host, unless it is one, and starts an engine on it. Rejects in dockerd's words when
 * its daemon.json is wrong.
 */
export async function startEngine(machine: Machine, images: ImageStore): Promise<Engine> {
  const events = new Events();
  const containers = new ContainerStore();
  const { channel } = machine;
  const settings = await readDaemonConfig(channel);
  try {
    images.registry.configure(new RegistryConfig(settings));
  } catch (cause) {
    throw new Error(`failed to start daemon: ${(cause as Error).message}`, { cause });
  }
  const found = await findIdentity(channel);
  const identity = found ?? createIdentity();
  const bridge = new BridgeNetwork(identity);
  if (!found) await setUpHost(channel, identity, bridge, addBridgeRules);
  const host = await readHost(channel);
  const volumes = new VolumeStore(channel, events);
  await volumes.load();
  const files = new ContainerFiles(channel, containers, events);
  let closed = false;
  const context: EngineContext = {
    machine,
    host,
    events,
    containers,
    images,
    bridge,
    volumes,
    ports: new PortPublisher(channel),
    identity,
    get closed() {
      return closed;
    },
    get execs() {
      return execs;
    },
    discard: (container, options) => discardContainer(context, container, options),
  };
  const execs = new ExecService(context);
  const containerService = new ContainerService(context);
  if (found) await restoreContainers(context);
  const imageService = new ImageService(context);
  const volumeService = new VolumeService(context);
  return {
    containers: containerService,
    execs,
    images: imageService,
    networks: new NetworkService(context),
    volumes: volumeService,
    system: new SystemService(context, {
      containers: containerService,
      images: imageService,
      imageStore: images,
      volumes: volumeService,
    }),
    events,
    reload: async () => {
      const { mirrors, insecureRegistries } = await readDaemonConfig(channel);
      images.registry.configure(new RegistryConfig({ mirrors, insecureRegistries }));
      events.publish('daemon', 'reload', identity.id, {
        'insecure-registries': JSON.stringify(insecureRegistries),
        'registry-mirrors': JSON.stringify(mirrors),
        name: host.hostname,
      });
    },
    close: async () => {
      closed = true;
      await containerService.settled();
      // After a crash not all may be in order; what is not keeps the rest from nothing.
      const failed = (error: unknown): void => console.error(`ending the engine: ${(error as Error).message}`);
      await files.close().catch(failed);
      await Promise.all(containers.all().map((container) => leaveContainer(container, files).catch(failed)));
    },
  };
}
