/** Ops as strace would print them: `mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)`. */
import { decodeUtf8 } from '../lib/bytes.ts';
import * as linux from './linux.ts';
import type { Arg, Op } from './program.ts';
import { type OpName, paramsOf } from './syscalls.ts';

type Names = Readonly<Record<string, number>>;
type Show = (value: number, op: Op) => string;

const BYTES_SHOWN = 32;

/** The flags set in a value, joined by `|`; what has no name follows in hexadecimal. */
function flags(names: Names, none = '0'): Show {
  return (value) => {
    let rest = value >>> 0;
    const shown: string[] = [];
    for (const [name, bits] of Object.entries(names)) {
      if (bits === 0 || (rest & bits) >>> 0 !== bits >>> 0) continue;
      shown.push(name);
      rest = (rest & ~bits) >>> 0;
    }
    if (rest !== 0) shown.push(`0x${rest.toString(16)}`);
    return shown.join('|') || none;
  };
}

/** The name of a value, or the value. */
function oneOf(names: Names): Show {
  const byValue = new Map(Object.entries(names).map(([name, value]) => [value | 0, name]));
  return (value) => byValue.get(value | 0) ?? String(value);
}

const octal: Show = (value) => (value === 0 ? '0' : `0${(value >>> 0).toString(8)}`);
const dirfd: Show = oneOf({ AT_FDCWD: linux.at.AT_FDCWD });

const { O_RDONLY: _readOnly, O_WRONLY, O_RDWR, ...openBits } = linux.open;
const openRest = flags(openBits) as (value: number) => string;
const openFlags: Show = (value) => {
  const access = (value & 3) === O_RDWR ? 'O_RDWR' : (value & 3) === O_WRONLY ? 'O_WRONLY' : 'O_RDONLY';
  const rest = value & ~3;
  return rest ? `${access}|${openRest(rest)}` : access;
};

const { SOCK_NONBLOCK, SOCK_CLOEXEC, ...socketTypes } = linux.socketType;
const socketType: Show = (value, op) => {
  const bits = value & (SOCK_NONBLOCK | SOCK_CLOEXEC);
  const type = oneOf(socketTypes)(value & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), op);
  return bits ? `${type}|${flags({ SOCK_NONBLOCK, SOCK_CLOEXEC })(bits, op)}` : type;
};

/** S_IFCHR|0666 */
const nodeMode: Show = (value, op) => {
  const type = value & 0o170000;
  const permissions = octal(value & 0o7777, op);
  return type ? `${oneOf(linux.fileType)(type, op)}|${permissions}` : permissions;
};

const device: Show = (value) =>
  `makedev(${(value >>> 8) & 0xfff}, ${((value & 0xff) | ((value >>> 12) & 0xfff00)) >>> 0})`;

const cloneFlags = flags(linux.clone);
const signalName = oneOf(linux.signal);
const mode: Record<string, Show> = { mode: octal };
const at = flags(linux.at);

/** How the integers of an op are shown, by parameter name. */
const symbols: Partial<Record<OpName, Record<string, Show>>> = {
  open: { flags: openFlags, mode: octal },
  openat: { dirfd, flags: openFlags, mode: octal },
  openat2: { dirfd },
  writeFile: { flags: openFlags, mode: octal },
  mkdir: mode,
  mkdirAll: mode,
  chmod: mode,
  fchmod: mode,
  umask: { mask: octal },
  mkdirat: { dirfd, mode: octal },
  fchmodat: { dirfd, mode: octal },
  mknod: { mode: nodeMode, device },
  mknodat: { dirfd, mode: nodeMode, device },
  unlinkat: { dirfd, flags: at },
  fchownat: { dirfd, flags: at },
  readlinkat: { dirfd },
  symlinkat: { dirfd },
  linkat: { fromDirfd: dirfd, toDirfd: dirfd, flags: at },
  renameat2: { fromDirfd: dirfd, toDirfd: dirfd },
  utimensat_time64: { dirfd, flags: at },
  statx: { dirfd, flags: at, mask: flags(linux.statxMask) },
  mount: { flags: flags(linux.mount) },
  umount2: { flags: flags(linux.umount) },
  fsopen: { flags: flags({ FSOPEN_CLOEXEC: 1 }) },
  fsconfig: { command: oneOf(linux.fsconfig) },
  fsmount: { flags: flags({ FSMOUNT_CLOEXEC: 1 }), attributes: flags(linux.mountAttr) },
  fspick: { dirfd },
  move_mount: { fromDirfd: dirfd, toDirfd: dirfd, flags: flags(linux.moveMount) },
  open_tree: { dirfd, flags: flags(linux.openTree) },
  mount_setattr: { dirfd, flags: at },
  unshare: { flags: cloneFlags },
  setns: { type: cloneFlags },
  clone: { flags: cloneFlags },
  prctl: { option: oneOf(linux.prctl) },
  prctlString: { option: oneOf(linux.prctl) },
  prlimit64: { resource: oneOf(linux.rlimit) },
  keyctl: { operation: oneOf(linux.keyctl) },
  keyctlString: { operation: oneOf(linux.keyctl) },
  kill: { signal: signalName },
  tgkill: { signal: signalName },
  pidfd_send_signal: { signal: signalName },
  ioctl: { request: oneOf(linux.ioctl) },
  ioctlIn: { request: oneOf(linux.ioctl) },
  ioctlOut: { request: oneOf(linux.ioctl) },
  ioctlInOut: { request: oneOf(linux.ioctl) },
  fcntl64: { command: oneOf(linux.fcntl) },
  fcntlDupfd: { command: oneOf(linux.fcntl) },
  socket: { domain: oneOf(linux.addressFamily), type: socketType },
  socketpair: { domain: oneOf(linux.addressFamily), type: socketType },
  shutdown: { how: oneOf(linux.shutdown) },
  pipe: { flags: flags(openBits) },
  watch: { events: flags(linux.poll) },
  seccomp: { flags: flags(linux.seccomp) },
  bpfProgLoad: { type: oneOf({ BPF_PROG_TYPE_CGROUP_DEVICE: linux.bpf.BPF_PROG_TYPE_CGROUP_DEVICE }) },
  bpfProgAttach: {
    attachType: oneOf({ BPF_CGROUP_DEVICE: linux.bpf.BPF_CGROUP_DEVICE }),
    flags: flags({ BPF_F_ALLOW_OVERRIDE: linux.bpf.BPF_F_ALLOW_OVERRIDE }),
  },
  inotify_init1: { flags: flags(openBits) },
  inotify_add_watch: { mask: flags(linux.inotify) },
};

/** The names calls go by where ours adds the form: `ioctlIn` is `ioctl`, `prctlString` is `prctl`. */
const plainName = (name: OpName): string =>
  name.startsWith('ioctl') ? 'ioctl' : name === 'fcntlDupfd' ? 'fcntl64' : name.replace(/^(prctl|keyctl)String$/, '$1');

/** One op as a line of strace, without its result. Registers are shown as `r3`, output buffers as `[n bytes]`. */
export function describeOp(op: Op): string {
  const shown: string[] = [];
  let at = 0;
  for (const { name, kind } of paramsOf(op.name)) {
    const arg = op.args[at];
    if (kind === 'n') shown.push(String(sizeOf(op.args[at - 1])));
    else if (kind === 'l') shown.push(`[${sizeOf(op.args[at - 1])}]`);
    else if (kind === 'q') {
      shown.push(wide(arg, op.args[at + 1]));
      at += 2;
    } else {
      shown.push(describeArg(arg, op, symbols[op.name]?.[name]));
      at++;
    }
  }
  return `${plainName(op.name)}(${shown.join(', ')})`;
}

function sizeOf(arg: Arg | undefined): number {
  if (arg?.kind === 'bytes') return arg.size ?? arg.bytes.length;
  return arg?.kind === 'out' ? arg.size : 0;
}

function wide(low: Arg | undefined, high: Arg | undefined): string {
  const part = (arg: Arg | undefined): number => (arg?.kind === 'int' ? arg.value : 0);
  return String(BigInt.asIntN(64, (BigInt(part(high)) << 32n) | BigInt(part(low) >>> 0)));
}

function describeArg(arg: Arg | undefined, op: Op, show: Show | undefined): string {
  switch (arg?.kind) {
    case 'int':
      return show ? show(arg.value, op) : String(arg.value);
    case 'register':
      return `r${arg.register}`;
    case 'string':
      return quote(arg.text);
    case 'bytes':
      return describeBytes(arg.bytes);
    case 'out':
      return `[${arg.size} bytes]`;
    case 'vector':
      return `[${arg.strings.map(quote).join(', ')}]`;
    case 'program':
      return `{${arg.program.name}: ${arg.program.ops.length} ops}`;
    default:
      return 'NULL';
  }
}

const quote = (text: string): string => JSON.stringify(text);

/** Text as text, other bytes in hexadecimal, both shortened. */
function describeBytes(bytes: Uint8Array): string {
  const head = bytes.subarray(0, BYTES_SHOWN);
  const rest = bytes.length > BYTES_SHOWN ? '...' : '';
  const printable = head.every((byte) => byte === 9 || byte === 10 || (byte >= 32 && byte < 127));
  if (printable) return `${quote(decodeUtf8(head))}${rest}`;
  return `"${Array.from(head, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"${rest}`;
}
