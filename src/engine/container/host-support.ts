// Runtimes, storage and devices that Docker knows and this host does not have, refused in the daemon's words
// (moby: runconfig/hostconfig_unix.go, daemon/daemon_unix.go).

import type { HostConfig, Resources } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

/** Control groups of version 2 have no such controller. */
export function checkRealtime({ CpuRealtimePeriod: period, CpuRealtimeRuntime: runtime }: Resources): void {
  if (period !== 0 || runtime !== 0) throw invalid('kernel does not support CPU real-time scheduler');
}

/** What is refused at create. */
export function checkSupported(host: HostConfig): void {
  checkRealtime(host);
  if (host.CpuShares < 0) throw invalid(`invalid CPU shares (${host.CpuShares}): value must be a positive integer`);
  const runtime = host.Runtime ?? '';
  // Names with a dot may be of a shim that containerd finds in the PATH, which it looks for at the start.
  if (!['', 'runc'].includes(runtime) && (!runtime.includes('.') || runtime.startsWith('.') || runtime.includes('/'))) {
    throw invalid(`unknown or invalid runtime name: ${runtime}`);
  }
  checkStorageOptions(host.StorageOpt ?? {});
}

/** overlay2 keeps a size on xfs with project quotas only; the guest's layers lie on tmpfs. */
function checkStorageOptions(options: Readonly<Record<string, string>>): void {
  const keys = Object.keys(options);
  if (keys.includes('size')) {
    throw new DockerError('system', "--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
  }
  if (keys[0] !== undefined) throw new DockerError('system', `Unknown option ${keys[0]}`);
}

/** What is refused at a start: runtimes and devices that this host does not have. */
export function checkAvailable(host: HostConfig): void {
  for (const { Driver, Capabilities, DeviceIDs } of host.DeviceRequests ?? []) {
    if (Driver === 'cdi') {
      const devices = (DeviceIDs ?? []).join(', ');
      throw new DockerError('system', `CDI device injection failed: unresolvable CDI devices ${devices}`);
    }
    const capabilities = (Capabilities ?? []).map((all) => `[${all.join(' ')}]`).join(' ');
    throw new DockerError(
      'system',
      `could not select device driver ${JSON.stringify(Driver)} with capabilities: [${capabilities}]`,
    );
  }
  const runtime = host.Runtime ?? '';
  if (!['', 'runc', 'io.containerd.runc.v2'].includes(runtime)) {
    const shim = `containerd-shim-${runtime.split('.').slice(-2).join('-')}`;
    throw new DockerError(
      'not-found',
      'failed to create task for container: failed to start shim: failed to resolve runtime path: ' +
        `runtime ${JSON.stringify(runtime)} binary not installed ${JSON.stringify(shim)}: file does not exist: unknown`,
    );
  }
}
