// A container's place on the network for a run: whose namespace it lives in and which endpoint it has there.

import { DockerError } from '../../api/error.ts';
import { randomHex } from '../../lib/hex.ts';
import type { EngineContext } from '../context.ts';
import { sandboxKey } from '../runtime/paths.ts';
import { requireNotRestarting, type Container } from './container.ts';
import { containerOfMode } from './namespaces.ts';

export interface ConnectedNetwork {
  /** Made for this container; undefined when it uses another's network. */
  readonly sandboxId: string | undefined;
  /** The namespace file to enter; undefined for the host's. */
  readonly namespace: string | undefined;
}

/** Decides on the container's network; reserves its address. Nothing happens in the guest yet. */
export function connectNetwork(context: EngineContext, container: Container): ConnectedNetwork {
  const mode = container.hostConfig.NetworkMode;
  const reference = containerOfMode(mode);
  if (reference !== undefined) {
    const owner = requireRunning(context, reference, container);
    container.hostFilesOf = owner.hostFilesOf;
    container.config.Hostname = owner.config.Hostname;
    container.config.Domainname = owner.config.Domainname;
    return { sandboxId: undefined, namespace: `/proc/${owner.pid}/ns/net` };
  }
  container.hostFilesOf = container.id;
  const networkId = networkIdOf(context, mode);
  if (networkId === undefined) {
    throw new DockerError('not-found', `failed to set up container networking: network ${mode} not found`);
  }
  const sandboxId = container.sandboxId();
  container.networkId = networkId;
  if (mode === 'bridge') {
    container.endpoint = context.bridge.connect(sandboxId, container.config.MacAddress);
    container.endpointId = container.endpoint.id;
  } else {
    container.endpointId = randomHex();
  }
  networkEvent(context, container, 'connect');
  return mode === 'host'
    ? { sandboxId: undefined, namespace: undefined }
    : { sandboxId, namespace: sandboxKey(sandboxId) };
}

/** Gives back what `connectNetwork` took; the namespace itself is the caller's to remove. */
export function disconnectNetwork(context: EngineContext, container: Container): void {
  if (container.endpointId === '') return;
  if (container.endpoint) context.bridge.disconnect(container.endpoint);
  container.endpoint = undefined;
  container.endpointId = '';
  networkEvent(context, container, 'disconnect');
}

const drivers: Readonly<Record<string, string>> = { bridge: 'bridge', host: 'host', none: 'null' };

function networkIdOf({ identity }: EngineContext, mode: string): string | undefined {
  return Object.entries(identity.networks).find(([name]) => name === mode)?.[1];
}

function networkEvent(context: EngineContext, container: Container, action: 'connect' | 'disconnect'): void {
  const name = container.hostConfig.NetworkMode;
  context.events.publish('network', action, container.networkId, {
    container: container.id,
    name,
    type: drivers[name] ?? name,
  });
}

/** The other container of `--network container:X`, which must run. */
function requireRunning(context: EngineContext, reference: string, container: Container): Container {
  const other = context.containers.get(reference);
  if (other === container) throw new DockerError('invalid-parameter', 'cannot join own network');
  if (!other.running) throw new DockerError('conflict', `cannot join network of a non running container: ${other.id}`);
  requireNotRestarting(other);
  return other;
}
