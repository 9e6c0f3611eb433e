// `--security-opt` as dockerd reads it (moby: daemon/daemon_unix.go parseSecurityOpt).

import { DockerError } from '../../api/error.ts';

export type SecurityOptions = {
  readonly noNewPrivileges: boolean;
  /** JSON of a profile or `unconfined`; undefined for the built-in profile. */
  readonly seccomp?: string;
  /** Kept for `docker inspect`: like any host without AppArmor, the guest takes a profile's name and does nothing. */
  readonly appArmorProfile: string;
  /** SELinux labels, likewise without effect in a kernel without SELinux. */
  readonly labels: readonly string[];
};

/** What Go's strconv.ParseBool takes. */
const booleans: Record<string, boolean> = {
  ...Object.fromEntries(['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false])),
};

/** Parses HostConfig.SecurityOpt. Throws Docker's `invalid --security-opt 1: "foo"`, as at `docker create`. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  let noNewPrivileges = false;
  let seccomp: string | undefined;
  let appArmorProfile = '';
  const labels: string[] = [];
  for (const option of options) {
    const invalid = (place: number) =>
      new DockerError('invalid-parameter', `invalid --security-opt ${place}: ${JSON.stringify(option)}`);
    if (option === 'no-new-privileges') {
      noNewPrivileges = true;
      continue;
    }
    if (option === 'disable') {
      labels.push('disable');
      continue;
    }
    // `:` is the older separator; a value may hold either.
    const separator = option.includes('=') ? '=' : ':';
    const at = option.indexOf(separator);
    if (at < 0) throw invalid(1);
    const value = option.slice(at + 1);
    switch (option.slice(0, at)) {
      case 'label':
        labels.push(value);
        break;
      case 'apparmor':
        appArmorProfile = value;
        break;
      case 'seccomp':
        seccomp = value === '' || value === 'builtin' ? undefined : value;
        break;
      case 'no-new-privileges': {
        const parsed = Object.hasOwn(booleans, value) ? booleans[value] : undefined;
        if (parsed === undefined) throw invalid(2);
        noNewPrivileges = parsed;
        break;
      }
      default:
        throw invalid(2);
    }
  }
  return { noNewPrivileges, seccomp, appArmorProfile, labels };
}
