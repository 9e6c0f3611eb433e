// HostConfig's security options as what the kernel takes: capability sets, the seccomp filter, limits.

import type { HostConfig } from '../../api/container-config.ts';
import { capabilityBits, type CapabilitySet, resolveCapabilities } from '../security/capabilities.ts';
import { rlimitResource } from '../security/rlimits.ts';
import { seccompFilter } from '../security/seccomp.ts';
import { parseSecurityOptions } from '../security/security-options.ts';
import type { Rlimit } from '../runtime/process.ts';

export const capabilitiesFor = (host: HostConfig): CapabilitySet => resolveCapabilities(host);

export const noNewPrivilegesFor = (host: HostConfig): boolean => parseSecurityOptions(host.SecurityOpt ?? []).noNewPrivileges;

/** Compiled filters by profile and capabilities: nearly every container has the same. */
const filters = new Map<string, Uint8Array | undefined>();

/** The compiled filter; undefined when the container runs unconfined. */
export function seccompFor(host: HostConfig): Uint8Array | undefined {
  const { seccompProfile: profile } = parseSecurityOptions(host.SecurityOpt ?? []);
  const capabilities = capabilitiesFor(host);
  const key = `${host.Privileged} ${capabilityBits(capabilities)} ${profile}`;
  if (!filters.has(key)) filters.set(key, seccompFilter({ profile, privileged: host.Privileged, capabilities }));
  return filters.get(key);
}

export function rlimitsFor(host: HostConfig): Rlimit[] {
  return (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({ resource: rlimitResource(Name), soft: Soft, hard: Hard }));
}
