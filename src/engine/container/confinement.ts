// HostConfig's security options as what the kernel takes: capability sets, the seccomp filter, limits.

import type { HostConfig } from '../../api/container-config.ts';
import { type CapabilitySet, resolveCapabilities, validateCapabilities } from '../security/capabilities.ts';
import { rlimitResource } from '../security/rlimits.ts';
import { compileProfile, defaultFilter } from '../security/seccomp.ts';
import { parseSecurityOptions } from '../security/security-options.ts';
import type { Rlimit } from '../runtime/process.ts';

export const capabilitiesFor = (host: HostConfig): CapabilitySet =>
  resolveCapabilities({ add: host.CapAdd ?? [], drop: host.CapDrop ?? [], privileged: host.Privileged });

/** The daemon's checks at create, in its words. */
export function checkConfinement(host: HostConfig): void {
  validateCapabilities({ add: host.CapAdd ?? [], drop: host.CapDrop ?? [] });
  parseSecurityOptions(host.SecurityOpt ?? []);
}

export const noNewPrivilegesFor = (host: HostConfig): boolean =>
  parseSecurityOptions(host.SecurityOpt ?? []).noNewPrivileges;

/** The compiled filter; undefined when the container runs unconfined. */
export function seccompFor(host: HostConfig): Uint8Array | undefined {
  const { seccomp } = parseSecurityOptions(host.SecurityOpt ?? []);
  if (host.Privileged || seccomp === 'unconfined') return undefined;
  const capabilities = capabilitiesFor(host);
  return seccomp === undefined ? defaultFilter(capabilities) : compileProfile(seccomp, capabilities);
}

export function rlimitsFor(host: HostConfig): Rlimit[] {
  return (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({
    resource: rlimitResource(Name),
    soft: Soft,
    hard: Hard,
  }));
}
