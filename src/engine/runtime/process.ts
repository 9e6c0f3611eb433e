// The last stretch of every container process, init or exec: who it is, what it may do, and execve. The order is
// runc's (libcontainer/init_linux.go finalizeNamespace), since each step needs a right that a later one takes away.

import { ioctl, keyctl, mount, open, prctl, rlimit } from '../../guest/linux.ts';
import { ByteWriter } from '../../lib/bytes.ts';
import type { OpRef, ProgramBuilder } from '../../guest/program-builder.ts';
import type { ExecUser } from '../container/user.ts';
import { type CapabilitySet, capsetArguments, droppedFromBoundingSet } from '../security/capabilities.ts';

/** A limit as `prlimit64` takes it; -1 is unlimited. */
export interface Rlimit {
  readonly resource: number;
  readonly soft: number;
  readonly hard: number;
}

export interface ProcessSpec {
  readonly argv: readonly string[];
  /** `NAME=value`, complete. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: ExecUser;
  readonly tty: boolean;
  /** Width and height in characters. */
  readonly terminalSize?: readonly [height: number, width: number];
  readonly capabilities: CapabilitySet;
  readonly noNewPrivileges: boolean;
  /** A compiled filter (sock_filter array); none when unconfined. */
  readonly seccomp?: Uint8Array;
  readonly rlimits: readonly Rlimit[];
  readonly oomScoreAdj: number;
}

/** What dockerd gives containers when nothing is said. */
export const defaultRlimits: readonly Rlimit[] = [{ resource: rlimit.RLIMIT_NOFILE, soft: 1_048_576, hard: 1_048_576 }];

const rlimitBytes = ({ soft, hard }: Rlimit): Uint8Array =>
  new ByteWriter(16)
    .u64(BigInt.asUintN(64, BigInt(soft)))
    .u64(BigInt.asUintN(64, BigInt(hard)))
    .finish();

/** The directories a bare command name is looked for in. */
const searchPath = (env: readonly string[]): string[] => {
  const path = env.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  return path.split(':').map((directory) => directory || '.');
};

/** Limits, identity, capabilities and seccomp, then execve; nothing runs after this. */
export function becomeProcess(p: ProgramBuilder, spec: ProcessSpec): void {
  const { user, capabilities } = spec;
  p.umask(0o022);
  p.step('limits');
  p.writeFile('/proc/self/oom_score_adj', String(spec.oomScoreAdj), open.O_WRONLY, 0);
  for (const limit of spec.rlimits) p.prlimit64(0, limit.resource, rlimitBytes(limit));

  p.step('working directory');
  p.chdir(spec.cwd);

  p.step('seccomp and capabilities');
  p.try.keyctlString(keyctl.KEYCTL_JOIN_SESSION_KEYRING, null);
  // Without no_new_privs, installing a filter takes CAP_SYS_ADMIN, which the next step drops.
  if (spec.seccomp && !spec.noNewPrivileges) p.seccomp(spec.seccomp, 0);
  for (const capability of droppedFromBoundingSet(capabilities)) p.prctl(prctl.PR_CAPBSET_DROP, capability);
  p.prctl(prctl.PR_SET_KEEPCAPS, 1);
  p.step('user');
  p.setgroups32(user.groups.length, groupBytes(user.groups));
  p.setgid32(user.gid);
  p.setuid32(user.uid);
  const { header, data } = capsetArguments(capabilities, true);
  p.capset(header, data);
  if (spec.noNewPrivileges) {
    p.prctl(prctl.PR_SET_NO_NEW_PRIVS, 1);
    if (spec.seccomp) p.seccomp(spec.seccomp, 0);
  }

  p.step('execve');
  const [command = ''] = spec.argv;
  const candidates = command.includes('/')
    ? [command]
    : searchPath(spec.env).map((directory) => `${directory}/${command}`);
  for (const candidate of candidates.slice(0, -1)) p.try.execve(candidate, spec.argv, spec.env);
  p.execve(candidates.at(-1)!, spec.argv, spec.env);
}

const groupBytes = (groups: readonly number[]): Uint8Array => {
  const writer = new ByteWriter(4 * groups.length);
  for (const group of groups) writer.u32(group);
  return writer.finish();
};

/** The parent's ends of a process's standard streams, as refs of the program that starts it. */
export interface StdioRefs {
  readonly stdin?: OpRef;
  readonly stdout?: OpRef;
  readonly stderr?: OpRef;
  /** Where the child sends its pty's master. */
  readonly console?: OpRef;
}

interface ChildStdio {
  readonly parent: StdioRefs;
  /** Puts the child's ends on 0, 1 and 2; for a tty, call it where /dev/pts is the container's. */
  connect(child: ProgramBuilder): void;
}

/** Prepares pipes, or the socket over which a pty's master will come out of the container. */
export function prepareStdio(
  p: ProgramBuilder,
  options: { readonly tty: boolean; readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean },
  connectTty: (child: ProgramBuilder, console: OpRef) => void,
): ChildStdio {
  p.step('standard streams');
  if (options.tty) {
    const [outside, inside] = p.socketpair(1, 1);
    return { parent: { console: outside }, connect: (child) => connectTty(child, inside) };
  }
  const stdin = options.stdin ? p.pipe() : undefined;
  const stdout = options.stdout ? p.pipe() : undefined;
  const stderr = options.stderr ? p.pipe() : undefined;
  return {
    parent: { stdin: stdin?.[1], stdout: stdout?.[0], stderr: stderr?.[0] },
    connect: (child) => {
      const nowhere = stdin && stdout && stderr ? undefined : child.open('/dev/null', open.O_RDWR);
      child.dup3(stdin?.[0] ?? nowhere!, 0);
      child.dup3(stdout?.[1] ?? nowhere!, 1);
      child.dup3(stderr?.[1] ?? nowhere!, 2);
    },
  };
}

/**
 * Opens a pty of the container's own devpts, sends its master out and makes the slave the child's terminal. For a
 * container's init it also becomes /dev/console.
 */
export function connectTerminal(
  child: ProgramBuilder,
  console: OpRef,
  spec: ProcessSpec,
  options: { console: boolean },
): void {
  child.step('terminal');
  const master = child.open('/dev/pts/ptmx', open.O_RDWR | open.O_NOCTTY);
  child.ioctlIn(master, ioctl.TIOCSPTLCK, new Uint8Array(4));
  if (spec.terminalSize) {
    const [height, width] = spec.terminalSize;
    child.ioctlIn(master, ioctl.TIOCSWINSZ, new ByteWriter(8).u16(height).u16(width).u32(0).finish());
  }
  const slave = child.ioctl(master, ioctl.TIOCGPTPEER, open.O_RDWR | open.O_NOCTTY | open.O_CLOEXEC);
  if (spec.user.uid !== 0) child.fchown32(slave, spec.user.uid, 5);
  if (options.console) {
    child.writeFile('/dev/console', '', open.O_WRONLY | open.O_CREAT, 0o600);
    child.mount('/dev/pts/0', '/dev/console', null, mount.MS_BIND);
  }
  child.dup3(slave, 0);
  child.dup3(slave, 1);
  child.dup3(slave, 2);
  child.ioctl(0, ioctl.TIOCSCTTY, 0);
  child.sendFd(console, master);
}
