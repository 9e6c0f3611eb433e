import type { Commit, Info } from '../../api/system.ts';
import { apiAtLeast, type ApiContext } from '../context.ts';

/** What `docker info` says to clients of older versions of the API (moby's api/server/router/system). */
export function infoFor(c: ApiContext, info: Info): object {
  const { Containerd, FirewallBackend, KernelMemory, RegistryConfig, Runtimes, SecurityOptions, ...rest } = info;
  const expected = (commit: Commit): Commit =>
    apiAtLeast(c, '1.49') ? commit : { ...commit, Expected: commit.ID || undefined };
  return {
    ...rest,
    ...(!apiAtLeast(c, '1.42') && { KernelMemory }),
    RegistryConfig: apiAtLeast(c, '1.47')
      ? RegistryConfig
      : {
          AllowNondistributableArtifactsCIDRs: null,
          AllowNondistributableArtifactsHostnames: null,
          ...RegistryConfig,
        },
    Runtimes: apiAtLeast(c, '1.44')
      ? Runtimes
      : Object.fromEntries(Object.entries(Runtimes).map(([name, { status, ...runtime }]) => [name, runtime])),
    ContainerdCommit: expected(info.ContainerdCommit),
    RuncCommit: expected(info.RuncCommit),
    InitCommit: expected(info.InitCommit),
    SecurityOptions: apiAtLeast(c, '1.25') ? SecurityOptions : (SecurityOptions ?? []).map(optionName),
    ...(apiAtLeast(c, '1.46') && { Containerd }),
    ...(apiAtLeast(c, '1.49') && { FirewallBackend }),
    ...(!apiAtLeast(c, '1.50') && { BridgeNfIptables: false, BridgeNfIp6tables: false }),
  };
}

/** `seccomp` of `name=seccomp,profile=builtin`. */
const optionName = (option: string): string => /(?:^|,)name=([^,]*)/.exec(option)?.[1] ?? option;
