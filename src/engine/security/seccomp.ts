// The filter a container gets: Docker's default, or a profile of the user's, for the capabilities it has.

import type { CapabilitySet } from './capabilities.ts';
import { defaultSeccompProfile } from './default-seccomp-profile.ts';
import { compileSeccomp } from './seccomp-compile.ts';
import { type SeccompProfile, loadSeccompProfile, resolveSeccompProfile } from './seccomp-profile.ts';

const compiled = new Map<string, Uint8Array>();

function filterFor(profile: SeccompProfile, capabilities: CapabilitySet): Uint8Array | undefined {
  const resolved = resolveSeccompProfile(profile, capabilities);
  return resolved && compileSeccomp(resolved);
}

/** The default profile as a sock_filter array; compiled once for each set of capabilities. */
export function defaultFilter(capabilities: CapabilitySet): Uint8Array {
  const key = [...capabilities].sort().join();
  const filter = compiled.get(key) ?? filterFor(defaultSeccompProfile, capabilities)!;
  compiled.set(key, filter);
  return filter;
}

/**
 * A profile given as JSON, as a sock_filter array; undefined when it is empty (`{}`), which means no filter. Throws
 * what Docker says at `docker start`.
 */
export const compileProfile = (json: string, capabilities: CapabilitySet): Uint8Array | undefined =>
  filterFor(loadSeccompProfile(json), capabilities);
