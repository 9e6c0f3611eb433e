import type { Commit, Info } from '../../api/system.ts';
import { apiAtLeast, type ApiContext } from '../context.ts';

/** What `docker info` says to clients of older versions of the API (moby's api/server/router/system). */
export function infoFor(c: ApiContext, info: Info): object {
  const expected = (commit: Commit): Commit =>
    apiAtLeast(c, '1.49') ? commit : { ...commit, Expected: commit.ID || undefined };
  return {
    ...info,
    KernelMemory: apiAtLeast(c, '1.42') ? undefined : info.KernelMemory,
    RegistryConfig: apiAtLeast(c, '1.47')
      ? info.RegistryConfig
      : {
          AllowNondistributableArtifactsCIDRs: null,
          AllowNondistributableArtifactsHostnames: null,
          ...info.RegistryConfig,
        },
    Runtimes: apiAtLeast(c, '1.44') ? info.Runtimes : withoutStatus(info.Runtimes),
    ContainerdCommit: expected(info.ContainerdCommit),
    RuncCommit: expected(info.RuncCommit),
    InitCommit: expected(info.InitCommit),
    SecurityOptions: apiAtLeast(c, '1.25') ? info.SecurityOptions : (info.SecurityOptions ?? []).map(optionName),
    FirewallBackend: apiAtLeast(c, '1.49') ? info.FirewallBackend : undefined,
    Containerd: apiAtLeast(c, '1.46') ? info.Containerd : undefined,
    ...(!apiAtLeast(c, '1.50') && { BridgeNfIptables: false, BridgeNfIp6tables: false }),
  };
}

const withoutStatus = (runtimes: Info['Runtimes']): Info['Runtimes'] =>
  Object.fromEntries(Object.entries(runtimes).map(([name, runtime]) => [name, { ...runtime, status: undefined }]));

/** `seccomp` of `name=seccomp,profile=builtin`. */
const optionName = (option: string): string => /(?:^|,)name=([^,]*)/.exec(option)?.[1] ?? option;
