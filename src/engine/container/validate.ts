// The daemon's checks of a host configuration, in its own words (moby: daemon/daemon_unix.go verifyPlatformContainer…).

import type { HostConfig, Resources } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);
const mebibyte = 1024 * 1024;

/** The kernel gives a container at least this much, or its first process cannot start. */
const minimumMemory = 6 * mebibyte;

/** The guest has one CPU (v86 emulates one core). */
export const cpuCount = 1;

/**
 * Checks the limits of a new container against each other and against this host. Returns warnings; completes
 * `MemorySwap`, which is twice the memory when only that was given.
 */
export function validateResources(host: HostConfig): string[] {
  const warnings = checkResources(host);
  if (host.Memory === 0 && host.MemorySwap > 0) {
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (host.Memory > 0 && host.MemorySwap === 0) host.MemorySwap = host.Memory * 2;
  if (host.ShmSize < 0) throw invalid('SHM size can not be less than 0');
  if (host.OomScoreAdj < -1000 || host.OomScoreAdj > 1000) {
    throw invalid(`Invalid value ${host.OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  }
  if (host.AutoRemove && !['', 'no'].includes(host.RestartPolicy.Name)) {
    throw invalid("can't create 'AutoRemove' container with restart policy");
  }
  return warnings;
}

/** What holds for a new container's limits and for changes to them. Drops those that this host cannot keep. */
export function checkResources(host: Resources): string[] {
  const warnings: string[] = [];
  if (host.Memory !== 0 && host.Memory < minimumMemory) throw invalid('Minimum memory limit allowed is 6MB');
  if (host.Memory > 0 && host.MemorySwap > 0 && host.MemorySwap < host.Memory) {
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (host.MemorySwappiness !== null && host.MemorySwappiness !== -1) {
    if (host.MemorySwappiness < 0 || host.MemorySwappiness > 100) {
      throw invalid(`Invalid value: ${host.MemorySwappiness}, valid memory swappiness range is 0-100`);
    }
    warnings.push(
      'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    );
    host.MemorySwappiness = null;
  }
  if (host.MemoryReservation > 0 && host.MemoryReservation < minimumMemory) {
    throw invalid('Minimum memory reservation allowed is 6MB');
  }
  if (host.MemoryReservation > 0 && host.Memory > 0 && host.Memory < host.MemoryReservation) {
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
  if (host.OomKillDisable) {
    warnings.push('Your kernel does not support OomKillDisable. OomKillDisable discarded.');
  }
  host.OomKillDisable = null;
  if (host.NanoCpus > 0 && (host.CpuPeriod > 0 || host.CpuQuota > 0)) {
    const other = host.CpuPeriod > 0 ? 'CPU Period' : 'CPU Quota';
    throw invalid(`Conflicting options: Nano CPUs and ${other} cannot both be set`);
  }
  if (host.NanoCpus < 0 || host.NanoCpus > cpuCount * 1e9) {
    throw invalid(`range of CPUs is from 0.01 to ${cpuCount}.00, as there are only ${cpuCount} CPUs available`);
  }
  if (host.CpuPeriod !== 0 && (host.CpuPeriod < 1000 || host.CpuPeriod > 1_000_000)) {
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (host.CpuQuota > 0 && host.CpuQuota < 1000) throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (host.CpusetCpus !== '' || host.CpusetMems !== '') {
    // cpusets need an SMP kernel, which this one-core guest does not run.
    warnings.push('Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.');
    host.CpusetCpus = '';
    host.CpusetMems = '';
  }
  if (host.BlkioWeight > 0 && (host.BlkioWeight < 10 || host.BlkioWeight > 1000)) {
    throw invalid('Range of blkio weight is from 10 to 1000');
  }
  return warnings;
}
