// `docker update`: other limits and another restart policy for a container that exists, in effect at once.

import type { ContainerUpdate } from '../../api/backend/container.ts';
import type { HostConfig, Resources } from '../../api/container-config.ts';
import type { ContainerUpdateResponse } from '../../api/container.ts';
import { DockerError, errorKind } from '../../api/error.ts';
import { open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import type { EngineContext } from '../context.ts';
import { cgroupFiles } from '../runtime/cgroup.ts';
import { cgroupRoot } from '../runtime/paths.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { validateRestartPolicy } from './restart-policy.ts';
import { checkRealtime } from './host-support.ts';
import { checkResources } from './validate.ts';

/** The limits that can be changed, unchanged. */
const nothing = {
  BlkioWeight: 0,
  CpuShares: 0,
  NanoCpus: 0,
  CpuPeriod: 0,
  CpuQuota: 0,
  CpusetCpus: '',
  CpusetMems: '',
  Memory: 0,
  MemorySwap: 0,
  MemoryReservation: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  MemorySwappiness: null,
  OomKillDisable: null,
  PidsLimit: null,
} satisfies Partial<Resources>;

/** @param find after the checks of the request, which come first as in the daemon */
export async function updateContainer(
  context: EngineContext,
  find: () => Container,
  { resources, restartPolicy }: ContainerUpdate,
): Promise<ContainerUpdateResponse> {
  const asked = { ...nothing, ...resources } as Resources;
  const warnings = checkResources(asked);
  if (restartPolicy) validateRestartPolicy(restartPolicy);
  checkRealtime(asked);
  const container = find();
  const { hostConfig } = container;
  await container.lifecycle.run(async () => {
    const before: HostConfig = { ...hostConfig };
    try {
      if (container.removalInProgress || container.status === 'dead') {
        throw new DockerError('conflict', 'container is marked for removal and cannot be "update"');
      }
      changeResources(hostConfig, asked);
      if (restartPolicy?.Name) changeRestartPolicy(hostConfig, restartPolicy);
      if (container.running && !container.restarting) await writeLimits(context, container);
    } catch (error) {
      Object.assign(hostConfig, before);
      const message = `Cannot update container ${container.id}: ${(error as Error).message}`;
      throw new DockerError(errorKind(error), message, { cause: error });
    }
  });
  containerEvent(context, container, 'update');
  return { Warnings: warnings.length > 0 ? warnings : null };
}

/** Takes over what is not zero (moby: container_unix.go UpdateContainer). */
function changeResources(host: HostConfig, asked: Resources): void {
  const conflict = (wanted: string, present: string): DockerError =>
    new DockerError('conflict', `Conflicting options: ${wanted} cannot be updated as ${present} has already been set`);
  if (asked.NanoCpus > 0 && host.CpuPeriod > 0) throw conflict('Nano CPUs', 'CPU Period');
  if (asked.NanoCpus > 0 && host.CpuQuota > 0) throw conflict('Nano CPUs', 'CPU Quota');
  if (asked.CpuPeriod > 0 && host.NanoCpus > 0) throw conflict('CPU Period', 'NanoCPUs');
  if (asked.CpuQuota > 0 && host.NanoCpus > 0) throw conflict('CPU Quota', 'NanoCPUs');
  if (asked.Memory !== 0 && asked.Memory > host.MemorySwap && asked.MemorySwap === 0) {
    throw new Error(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  }
  for (const name of [
    'BlkioWeight',
    'CpuShares',
    'NanoCpus',
    'CpuPeriod',
    'CpuQuota',
    'Memory',
    'MemorySwap',
    'MemoryReservation',
  ] as const) {
    if (asked[name] !== 0) host[name] = asked[name];
  }
  if (asked.PidsLimit !== null) host.PidsLimit = asked.PidsLimit;
}

function changeRestartPolicy(host: HostConfig, policy: HostConfig['RestartPolicy']): void {
  if (host.AutoRemove && policy.Name !== 'no') {
    throw new DockerError(
      'conflict',
      'Restart policy cannot be updated because AutoRemove is enabled for the container',
    );
  }
  host.RestartPolicy = policy;
}

async function writeLimits(context: EngineContext, container: Container): Promise<void> {
  const { hostConfig } = container;
  const p = new ProgramBuilder(`update container ${container.shortId}`);
  p.step('limits');
  // At a start 0 leaves the file as it is; here it lifts the limit that was.
  const PidsLimit = hostConfig.PidsLimit === 0 ? -1 : hostConfig.PidsLimit;
  for (const { file, value, optional } of cgroupFiles({ ...hostConfig, PidsLimit })) {
    (optional ? p.try : p).writeFile(`${cgroupRoot}${container.cgroup}/${file}`, value, open.O_WRONLY, 0);
  }
  await context.machine.channel.run(p.build());
}
