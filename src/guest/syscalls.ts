/**
 * The one table of what an op program may ask for: i386 system calls and the agent's special ops. The typed builder, the
 * trace and the agent's C table (kernel-image/agent/ops.h, written by generate-ops.ts) all come from here.
 *
 * Parameters are written `name:kind`, with `?` after the name when it may be left out (0 or null is sent):
 *
 *   i  integer or register                   o  output buffer, its size is given; the first `result` bytes come back
 *   q  64-bit integer, two i on the wire     O  output buffer or null; all of it comes back when the call succeeds
 *   s  string        S  string or null       x  bytes the kernel changes; they come back when the call succeeds
 *   b  bytes         B  bytes or null        n  not written by the caller: the length of the buffer before it
 *   v  strings (argv, envp)                  l  likewise, but a pointer to it: the kernel shortens the output by it
 *   P  program
 */

/** The bits `FD_CLOEXEC` has in the flags of the calls that make descriptors. */
const O_CLOEXEC = 0o2000000;

/** What one op looks like: how it is encoded, checked by the agent and shown in a trace. */
export interface OpSpec {
  /** The opcode on the wire: the system call's number, or a code of the agent's own. */
  readonly opcode: number;
  /** The system call made, for the ops that are one. */
  readonly syscall?: number;
  readonly params: string;
  /** The result is a descriptor, which the agent closes when the program ends. */
  readonly fd?: true;
  /** The parameter and bit that make the new descriptor close on exec; the builder sets it. */
  readonly cloexec?: readonly [param: string, bit: number];
  /** Refused (EPERM) outside a cloned child, since it would change the agent itself for good. */
  readonly childOnly?: true;
  /** Changes the namespaces, directory or umask of the process, which the agent restores after the program. */
  readonly dirty?: true;
}

type Extra = Omit<OpSpec, 'opcode' | 'syscall' | 'params'>;
const fd = { fd: true } as const;
const childOnly = { childOnly: true } as const;
const dirty = { dirty: true } as const;
const fdWith = (param: string, bit: number): Extra => ({ fd: true, cloexec: [param, bit] });

const call = <P extends string>(syscall: number, params: P, extra: Extra = {}): OpSpec & { params: P } => ({
  opcode: syscall,
  syscall,
  params,
  ...extra,
});

/** A second form of a system call whose arguments are of other kinds. */
const form = <P extends string>(
  opcode: number,
  syscall: number,
  params: P,
  extra: Extra = {},
): OpSpec & { params: P } => ({
  ...call(syscall, params, extra),
  opcode,
});

const special = <P extends string>(opcode: number, params: P, extra: Extra = {}): OpSpec & { params: P } => ({
  opcode,
  params,
  ...extra,
});

/** i386 system calls, by the kernel's own names; see `man 2 NAME`. */
export const syscalls = {
  // files
  read: call(3, 'fd:i buffer:o count:n'),
  write: call(4, 'fd:i data:b count:n'),
  open: call(5, 'path:s flags:i mode?:i', fdWith('flags', O_CLOEXEC)),
  openat: call(295, 'dirfd:i path:s flags:i mode?:i', fdWith('flags', O_CLOEXEC)),
  openat2: call(437, 'dirfd:i path:s how:b size:n', fd),
  close: call(6, 'fd:i'),
  pread64: call(180, 'fd:i buffer:o count:n offset:q'),
  pwrite64: call(181, 'fd:i data:b count:n offset:q'),
  lseek: call(19, 'fd:i offset:i whence:i'),
  dup3: call(330, 'oldfd:i newfd:i flags?:i', fd),
  /** `fcntl(F_DUPFD_CLOEXEC)`. */
  fcntlDupfd: form(0x2005, 221, 'fd:i command:i minimum?:i', fd),
  fcntl64: call(221, 'fd:i command:i argument?:i'),
  ftruncate: call(93, 'fd:i length:i'),
  truncate: call(92, 'path:s length:i'),
  ftruncate64: call(194, 'fd:i length:q'),
  truncate64: call(193, 'path:s length:q'),
  fallocate: call(324, 'fd:i mode:i offset:q length:q'),
  fsync: call(118, 'fd:i'),
  sync: call(36, ''),
  syncfs: call(344, 'fd:i'),
  flock: call(143, 'fd:i operation:i'),
  memfd_create: call(356, 'name:s flags?:i', fdWith('flags', 1)),
  getdents64: call(220, 'fd:i buffer:o count:n'),
  sendfile: call(187, 'outFd:i inFd:i offset:B count:i'),

  // the tree
  mkdir: call(39, 'path:s mode:i'),
  mkdirat: call(296, 'dirfd:i path:s mode:i'),
  rmdir: call(40, 'path:s'),
  unlink: call(10, 'path:s'),
  unlinkat: call(301, 'dirfd:i path:s flags?:i'),
  rename: call(38, 'from:s to:s'),
  renameat2: call(353, 'fromDirfd:i from:s toDirfd:i to:s flags?:i'),
  link: call(9, 'from:s to:s'),
  linkat: call(303, 'fromDirfd:i from:s toDirfd:i to:s flags?:i'),
  symlink: call(83, 'target:s path:s'),
  symlinkat: call(304, 'target:s dirfd:i path:s'),
  readlink: call(85, 'path:s buffer:o size:n'),
  readlinkat: call(305, 'dirfd:i path:s buffer:o size:n'),
  mknod: call(14, 'path:s mode:i device:i'),
  mknodat: call(297, 'dirfd:i path:s mode:i device:i'),
  access: call(33, 'path:s mode:i'),
  faccessat2: call(439, 'dirfd:i path:s mode:i flags?:i'),
  chdir: call(12, 'path:s', dirty),
  fchdir: call(133, 'fd:i', dirty),
  getcwd: call(183, 'buffer:o size:n'),
  chroot: call(61, 'path:s'),
  umask: call(60, 'mask:i', dirty),
  chmod: call(15, 'path:s mode:i'),
  fchmod: call(94, 'fd:i mode:i'),
  fchmodat: call(306, 'dirfd:i path:s mode:i'),
  chown32: call(212, 'path:s uid:i gid:i'),
  lchown32: call(198, 'path:s uid:i gid:i'),
  fchown32: call(207, 'fd:i uid:i gid:i'),
  fchownat: call(298, 'dirfd:i path:s uid:i gid:i flags?:i'),
  utimensat_time64: call(412, 'dirfd:i path:S times:B flags?:i'),
  statx: call(383, 'dirfd:i path:s flags:i mask:i buffer:O'),
  statfs64: call(268, 'path:s size:i buffer:O'),
  setxattr: call(226, 'path:s name:s value:b size:n flags?:i'),
  lsetxattr: call(227, 'path:s name:s value:b size:n flags?:i'),
  fsetxattr: call(228, 'fd:i name:s value:b size:n flags?:i'),
  getxattr: call(229, 'path:s name:s buffer:o size:n'),
  lgetxattr: call(230, 'path:s name:s buffer:o size:n'),
  fgetxattr: call(231, 'fd:i name:s buffer:o size:n'),
  listxattr: call(232, 'path:s buffer:o size:n'),
  llistxattr: call(233, 'path:s buffer:o size:n'),
  removexattr: call(235, 'path:s name:s'),
  lremovexattr: call(236, 'path:s name:s'),
  inotify_init1: call(332, 'flags:i', fdWith('flags', O_CLOEXEC)),
  inotify_add_watch: call(292, 'fd:i path:s mask:i'),
  inotify_rm_watch: call(293, 'fd:i watch:i'),

  // mounts
  mount: call(21, 'source:S target:s type:S flags:i data?:S'),
  umount2: call(52, 'target:s flags?:i'),
  pivot_root: call(217, 'newRoot:s putOld:s', childOnly),
  fsopen: call(430, 'type:s flags?:i', fdWith('flags', 1)),
  fsconfig: call(431, 'fd:i command:i key:S value:S aux?:i'),
  fsmount: call(432, 'fd:i flags:i attributes:i', fdWith('flags', 1)),
  fspick: call(433, 'dirfd:i path:s flags?:i', fdWith('flags', 1)),
  move_mount: call(429, 'fromDirfd:i from:s toDirfd:i to:s flags:i'),
  open_tree: call(428, 'dirfd:i path:s flags:i', fdWith('flags', O_CLOEXEC)),
  mount_setattr: call(442, 'dirfd:i path:s flags:i attributes:b size:n'),
  swapon: call(87, 'path:s flags?:i'),
  swapoff: call(115, 'path:s'),

  // namespaces and the host's names
  unshare: call(310, 'flags:i', dirty),
  setns: call(346, 'fd:i type?:i', dirty),
  sethostname: call(74, 'name:b length:n'),
  setdomainname: call(121, 'name:b length:n'),
  uname: call(122, 'buffer:O'),
  sysinfo: call(116, 'buffer:O'),
  reboot: call(88, 'magic1:i magic2:i command:i argument?:S'),
  clock_settime64: call(404, 'clock:i time:b'),
  clock_gettime64: call(403, 'clock:i buffer:O'),
  timerfd_create: call(322, 'clock:i flags?:i', fdWith('flags', O_CLOEXEC)),
  timerfd_settime64: call(411, 'fd:i flags:i value:b old?:O'),
  eventfd2: call(328, 'initial:i flags?:i', fdWith('flags', O_CLOEXEC)),

  // identity and limits
  setuid32: call(213, 'uid:i', childOnly),
  setgid32: call(214, 'gid:i', childOnly),
  setreuid32: call(203, 'ruid:i euid:i', childOnly),
  setregid32: call(204, 'rgid:i egid:i', childOnly),
  setresuid32: call(208, 'ruid:i euid:i suid:i', childOnly),
  setresgid32: call(210, 'rgid:i egid:i sgid:i', childOnly),
  setfsuid32: call(215, 'uid:i', childOnly),
  setfsgid32: call(216, 'gid:i', childOnly),
  setgroups32: call(206, 'count:i groups:b', childOnly),
  capset: call(185, 'header:b data:b', childOnly),
  capget: call(184, 'header:b data:O'),
  prctl: call(172, 'option:i arg2?:i arg3?:i arg4?:i arg5?:i', childOnly),
  prctlString: form(0x2000, 172, 'option:i value:s', childOnly),
  personality: call(136, 'persona:i', childOnly),
  prlimit64: call(340, 'pid:i resource:i limit:B old?:O'),
  setpriority: call(97, 'which:i who:i priority:i'),
  ioprio_set: call(289, 'which:i who:i priority:i'),
  sched_setscheduler: call(156, 'pid:i policy:i parameters:b'),
  setsid: call(66, '', childOnly),
  setpgid: call(57, 'pid:i pgid:i'),
  getpid: call(20, ''),
  getppid: call(64, ''),
  getrusage: call(77, 'who:i buffer:O'),
  keyctl: call(288, 'operation:i arg2?:i arg3?:i arg4?:i arg5?:i', childOnly),
  keyctlString: form(0x2001, 288, 'operation:i value:S', childOnly),

  // processes
  execve: call(11, 'path:s argv:v envp:v', childOnly),
  execveat: call(358, 'dirfd:i path:s argv:v envp:v flags?:i', childOnly),
  kill: call(37, 'pid:i signal:i'),
  tgkill: call(270, 'pid:i tid:i signal:i'),
  pidfd_open: call(434, 'pid:i flags?:i', fd),
  pidfd_send_signal: call(424, 'pidfd:i signal:i info?:S flags?:i'),
  pidfd_getfd: call(438, 'pidfd:i fd:i flags?:i', fd),

  // devices
  ioctl: call(54, 'fd:i request:i argument?:i'),
  ioctlIn: form(0x2002, 54, 'fd:i request:i data:b'),
  ioctlOut: form(0x2003, 54, 'fd:i request:i buffer:O'),
  ioctlInOut: form(0x2004, 54, 'fd:i request:i data:x'),

  // sockets
  socket: call(359, 'domain:i type:i protocol?:i', fdWith('type', O_CLOEXEC)),
  bind: call(361, 'fd:i address:b length:n'),
  connect: call(362, 'fd:i address:b length:n'),
  listen: call(363, 'fd:i backlog:i'),
  accept4: call(364, 'fd:i address:O length:l flags?:i', fdWith('flags', O_CLOEXEC)),
  getsockopt: call(365, 'fd:i level:i name:i buffer:O length:l'),
  setsockopt: call(366, 'fd:i level:i name:i value:b length:n'),
  getsockname: call(367, 'fd:i address:O length:l'),
  getpeername: call(368, 'fd:i address:O length:l'),
  sendto: call(369, 'fd:i data:b count:n flags:i address:B length:n'),
  recvfrom: call(371, 'fd:i buffer:o count:n flags:i address:O length:l'),
  shutdown: call(373, 'fd:i how:i'),
} as const satisfies Record<string, OpSpec>;

/** Ops that are more than one system call, or hand something to the agent; docs/guest-protocol.md says what each does. */
export const specialOps = {
  pipe: special(0x1000, 'flags:i', { cloexec: ['flags', O_CLOEXEC] }),
  socketpair: special(0x1001, 'domain:i type:i', { cloexec: ['type', O_CLOEXEC] }),
  readFile: special(0x1002, 'path:s max:o'),
  writeFile: special(0x1003, 'path:s data:b flags:i mode:i', { cloexec: ['flags', O_CLOEXEC] }),
  mkdirAll: special(0x1004, 'path:s mode:i'),
  removeAll: special(0x1005, 'path:s'),
  netlink: special(0x1006, 'fd:i messages:b replies:o'),
  sendFd: special(0x1007, 'socket:i fd:i'),
  receiveFd: special(0x1008, 'socket:i', fd),
  seccomp: special(0x1009, 'filter:b flags:i', childOnly),
  clone: special(0x100a, 'flags:i cgroup:i pidns:i program:P'),
  stream: special(0x100b, 'fd:i id:i mode:i credit:i'),
  listener: special(0x100c, 'fd:i id:i credit:i'),
  unlisten: special(0x100d, 'id:i'),
  watch: special(0x100e, 'fd:i id:i events:i'),
  rewatch: special(0x100f, 'id:i buffer:o'),
  unwatch: special(0x1010, 'id:i'),
  exit: special(0x1011, 'code:i', childOnly),
  streamFd: special(0x1012, 'id:i'),
  bpfProgLoad: special(0x1013, 'type:i instructions:b', fd),
  bpfProgAttach: special(0x1014, 'target:i program:i attachType:i flags?:i'),
} as const satisfies Record<string, OpSpec>;

export const ops = { ...syscalls, ...specialOps };

export type OpName = keyof typeof ops;

/** One parameter of an op. */
export interface Param {
  readonly name: string;
  readonly kind: string;
  readonly optional: boolean;
}

function parseParams(params: string): Param[] {
  return params
    .split(' ')
    .filter(Boolean)
    .map((word) => {
      const [name, kind] = word.split(':') as [string, string];
      return { name: name.replace('?', ''), kind, optional: name.endsWith('?') };
    });
}

const parsedParams = new Map(Object.entries(ops).map(([name, spec]) => [name, parseParams(spec.params)]));

/** The parameters of an op in order, those the caller does not write (`n`, `l`) included. */
export const paramsOf = (name: OpName): readonly Param[] => parsedParams.get(name)!;

export const specOf = (name: OpName): OpSpec => ops[name];

/** The characters the agent checks arguments against: one an argument of the call, 64-bit ones being two. */
export const signatureOf = (name: OpName): string =>
  paramsOf(name)
    .map(({ kind }) => (kind === 'q' ? 'ii' : kind))
    .join('');
