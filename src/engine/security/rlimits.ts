// The names of `--ulimit` as prlimit64(2) knows them, and what Docker says when one is refused. The CLI parses the
// option's text (docker/go-units); the daemon passes names and numbers on.

import { runtimeCreateError } from './runtime-error.ts';

/** RLIMIT_* of asm-generic/resource.h, by Docker's name. */
const resources: Record<string, number> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

/** RLIMIT_* of a limit's name. Throws runc's error at `docker start` for a name it does not know. */
export function rlimitResource(name: string): number {
  const resource = Object.hasOwn(resources, name) ? resources[name] : undefined;
  if (resource === undefined) throw runtimeCreateError(`wrong rlimit value: RLIMIT_${name.toUpperCase()}`);
  return resource;
}
