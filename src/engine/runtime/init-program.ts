// The program that turns a prepared root file system, cgroup and network namespace into a running container: what runc
// does between `clone` and `execve`, as one list of system calls.

import {
  at,
  clone,
  fileType,
  makeDevice,
  mount,
  mountAttr,
  moveMount,
  open,
  openTree,
  umount,
} from '../../guest/linux.ts';
import type { OpRef, ProgramBuilder } from '../../guest/program-builder.ts';
import { ByteWriter } from '../../lib/bytes.ts';
import { sourceOf, type ContainerMount } from '../container/mounts.ts';
import { defaultDevices, type DeviceNode } from '../security/devices.ts';
import { sysctlPath } from '../security/sysctls.ts';
import { becomeProcess, connectTerminal, prepareStdio, type ProcessSpec, type StdioRefs } from './process.ts';
import { tmpfsOptions } from './tmpfs-options.ts';

const {
  MS_NOSUID,
  MS_NODEV,
  MS_NOEXEC,
  MS_RDONLY,
  MS_BIND,
  MS_REC,
  MS_REMOUNT,
  MS_SLAVE,
  MS_PRIVATE,
  MS_RELATIME,
  MS_STRICTATIME,
} = mount;

/** A mount whose source has been looked at: binding a file needs a file to bind it on. */
export type ResolvedMount = ContainerMount & { readonly sourceIsDirectory: boolean };

export interface InitSpec {
  readonly process: ProcessSpec;
  /** The overlay mount. */
  readonly root: string;
  readonly cgroup: string;
  /** New namespaces, as CLONE_NEW… flags (the network namespace is entered, not made). */
  readonly namespaces: number;
  /** Files of namespaces to enter: `/proc/7/ns/ipc`, `/var/run/docker/netns/…`. */
  readonly enter: readonly string[];
  /** A pid namespace to start in, as a file; needs no CLONE_NEWPID. */
  readonly pidNamespace?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  /** The host's files behind /etc/hosts and its siblings: [source, target]. */
  readonly files: readonly (readonly [source: string, target: string])[];
  readonly mounts: readonly ResolvedMount[];
  /** `--init`: docker-init is PID 1 and runs the process. */
  readonly init: boolean;
  /** Device nodes beyond those that every container has. */
  readonly devices: readonly DeviceNode[];
  /** /dev/shm: a new one of so many bytes, the host's, or that of the process `pid`; undefined for none. */
  readonly shm: { readonly size: number } | 'host' | { readonly pid: number } | undefined;
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly maskedFiles: readonly string[];
  readonly maskedDirectories: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly stdin: boolean;
}

const initOnHost = '/usr/bin/docker-init';
const initInContainer = '/sbin/docker-init';

const deviceLinks = [
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
  ['/proc/kcore', 'core'],
  ['pts/ptmx', 'ptmx'],
] as const;

/** Adds the container's start to `p`; returns its pid and the host's ends of its streams. */
export function startInit(p: ProgramBuilder, spec: InitSpec): { pid: OpRef; stdio: StdioRefs } {
  const stdio = prepareStdio(
    p,
    { tty: spec.process.tty, stdin: spec.stdin, stdout: true, stderr: true },
    (child, console) => connectTerminal(child, console, spec.process, { console: true }),
  );
  p.step('start');
  const cgroup = p.open(spec.cgroup, open.O_RDONLY | open.O_DIRECTORY);
  const pidns = spec.pidNamespace === undefined ? undefined : p.open(spec.pidNamespace, open.O_RDONLY);

  const child = p.child('container init');
  child.setsid();
  child.step('namespaces');
  for (const file of spec.enter) child.setns(child.open(file, open.O_RDONLY), 0);
  mountRoot(child, spec);
  if (spec.hostname !== undefined) {
    child.step('host name');
    child.sethostname(spec.hostname);
    if (spec.domainname) child.setdomainname(spec.domainname);
  }
  stdio.connect(child);
  restrict(child, spec);
  const { argv } = spec.process;
  becomeProcess(child, { ...spec.process, argv: spec.init ? [initInContainer, '--', ...argv] : argv });

  const pid = p.clone({ flags: spec.namespaces, cgroup, pidns, program: child });
  return { pid, stdio: stdio.parent };
}

function mountRoot(child: ProgramBuilder, spec: InitSpec): void {
  const { root } = spec;
  // Taken while the mounts of the host are still its: what is made a slave below could not share any more.
  child.step('mounts');
  const trees = spec.mounts.map((extra) => (extra.type === 'tmpfs' ? undefined : mountTree(child, extra)));
  child.step('root file system');
  // Mounts made from here on stay in this namespace; those of the host still arrive.
  child.mount(null, '/', null, MS_REC | MS_SLAVE);
  child.mount(root, root, null, MS_BIND | MS_REC);
  child.mount(null, root, null, MS_PRIVATE);
  child.umask(0);

  child.step('/proc, /dev, /sys');
  const pseudo = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  child.mount('proc', `${root}/proc`, 'proc', pseudo);
  child.mount('tmpfs', `${root}/dev`, 'tmpfs', MS_NOSUID | MS_STRICTATIME, 'mode=755,size=65536k');
  child.mkdir(`${root}/dev/pts`, 0o755);
  child.mount(
    'devpts',
    `${root}/dev/pts`,
    'devpts',
    MS_NOSUID | MS_NOEXEC,
    'newinstance,ptmxmode=0666,mode=0620,gid=5',
  );
  const sysReadOnly = spec.privileged ? 0 : MS_RDONLY;
  child.mount('sysfs', `${root}/sys`, 'sysfs', pseudo | sysReadOnly);
  child.mount('cgroup', `${root}/sys/fs/cgroup`, 'cgroup2', pseudo | sysReadOnly | MS_RELATIME);
  child.mkdir(`${root}/dev/mqueue`, 0o755);
  child.mount('mqueue', `${root}/dev/mqueue`, 'mqueue', pseudo);
  mountSharedMemory(child, `${root}/dev/shm`, spec.shm);

  child.step('devices');
  for (const { path, major, minor, mode } of defaultDevices) {
    child.mknod(root + path, fileType.S_IFCHR | mode, makeDevice(major, minor));
  }
  for (const [target, name] of deviceLinks) child.symlink(target, `${root}/dev/${name}`);

  child.step('mounts');
  for (const [source, target] of spec.files) {
    child.mount(source, root + target, null, MS_BIND);
    if (spec.readOnlyRoot) child.mount(null, root + target, null, MS_BIND | MS_REMOUNT | MS_RDONLY);
  }
  const initBinary = spec.init ? detachedTree(child, initOnHost) : undefined;

  child.step('pivot_root');
  child.chdir(root);
  child.pivot_root('.', '.');
  // The old root is now stacked on the new one; without it nothing of the host is left to see.
  child.umount2('.', umount.MNT_DETACH);
  child.chdir('/');
  for (const device of spec.devices) addDevice(child, device);
  // Targets are resolved inside the container's root: an image's /var/run -> /run must not lead to the host's.
  if (spec.mounts.length > 0) child.step('binds and tmpfs');
  spec.mounts.forEach((extra, index) => addMount(child, extra, trees[index]));
  if (initBinary) addInit(child, initBinary);
  // Here and not from the host, where a link in the image could lead out of it.
  if (spec.process.cwd !== '/') child.try.mkdirAll(spec.process.cwd, 0o755);
}

function mountSharedMemory(child: ProgramBuilder, target: string, shm: InitSpec['shm']): void {
  if (shm === undefined) return;
  child.mkdir(target, 0o755);
  if (shm === 'host') {
    child.mount('/dev/shm', target, null, MS_BIND);
  } else if ('size' in shm) {
    child.mount('shm', target, 'tmpfs', MS_NOSUID | MS_NOEXEC | MS_NODEV, `mode=1777,size=${shm.size >> 10}k`);
  } else {
    // A mount can be copied only where it is seen: this process steps over to it for a moment.
    const own = child.open('/proc/self/ns/mnt', open.O_RDONLY);
    child.setns(child.open(`/proc/${shm.pid}/ns/mnt`, open.O_RDONLY), clone.CLONE_NEWNS);
    const tree = detachedTree(child, '/dev/shm');
    child.setns(own, clone.CLONE_NEWNS);
    child.move_mount(tree, '', at.AT_FDCWD, target, moveMount.MOVE_MOUNT_F_EMPTY_PATH);
  }
}

/** A device node in the container's root; one that is there stays as it is. */
function addDevice(child: ProgramBuilder, { path, type, major, minor, mode, uid, gid }: DeviceNode): void {
  child.step('devices');
  child.mkdirAll(path.slice(0, path.lastIndexOf('/')) || '/', 0o755);
  child.try.mknod(path, (type === 'b' ? fileType.S_IFBLK : fileType.S_IFCHR) | mode, makeDevice(major, minor));
  child.lchown32(path, uid, gid);
}

/** A copy of the mounts at `source`, attached nowhere: it outlives pivot_root as a descriptor. */
const detachedTree = (child: ProgramBuilder, source: string, recursive: number = at.AT_RECURSIVE): OpRef =>
  child.open_tree(at.AT_FDCWD, source, openTree.OPEN_TREE_CLONE | recursive);

function mountTree(child: ProgramBuilder, extra: ResolvedMount): OpRef {
  const recursive = extra.bind?.nonRecursive ? 0 : at.AT_RECURSIVE;
  const tree = detachedTree(child, sourceOf(extra), recursive);
  if (extra.readOnly) {
    const below = extra.bind?.readOnlyNonRecursive ? 0 : recursive;
    child.mount_setattr(tree, '', at.AT_EMPTY_PATH | below, mountAttributes({ set: mountAttr.MOUNT_ATTR_RDONLY }));
  }
  const { propagation, isRecursive } = propagationOf(extra);
  child.mount_setattr(
    tree,
    '',
    at.AT_EMPTY_PATH | (isRecursive ? at.AT_RECURSIVE : 0),
    mountAttributes({ propagation }),
  );
  return tree;
}

const propagationFlags = { shared: mount.MS_SHARED, slave: MS_SLAVE, private: MS_PRIVATE };

/** A mode such as `rslave`; without one nothing of a mount is shared. */
function propagationOf({ propagation: mode }: ContainerMount): { propagation: number; isRecursive: boolean } {
  const [, recursive, kind] = /^(r?)(shared|slave|private)$/.exec(mode) ?? ['', 'r', 'private'];
  return { propagation: propagationFlags[kind as keyof typeof propagationFlags], isRecursive: recursive === 'r' };
}

/** `struct mount_attr`: attributes to set, to clear, propagation, a user namespace. */
const mountAttributes = ({ set = 0, propagation = 0 }): Uint8Array =>
  new ByteWriter(32).u64(set).u64(0).u64(propagation).u64(0).finish();

function addMount(child: ProgramBuilder, extra: ResolvedMount, tree: OpRef | undefined): void {
  const { target } = extra;
  if (tree === undefined) {
    child.mkdirAll(target, 0o755);
    const { flags, data } = tmpfsOptions(extra.options);
    child.mount('tmpfs', target, 'tmpfs', flags | (extra.readOnly ? MS_RDONLY : 0), data);
    return;
  }
  if (extra.sourceIsDirectory) {
    child.mkdirAll(target, 0o755);
  } else {
    child.mkdirAll(target.slice(0, target.lastIndexOf('/')) || '/', 0o755);
    child.try.writeFile(target, '', open.O_WRONLY | open.O_CREAT | open.O_EXCL, 0o644);
  }
  child.move_mount(tree, '', at.AT_FDCWD, target, moveMount.MOVE_MOUNT_F_EMPTY_PATH);
}

/** The host's docker-init where Docker has it in containers. */
function addInit(child: ProgramBuilder, binary: OpRef): void {
  child.step('docker-init');
  child.mkdirAll('/sbin', 0o755);
  child.try.writeFile(initInContainer, '', open.O_WRONLY | open.O_CREAT | open.O_EXCL, 0o755);
  child.move_mount(binary, '', at.AT_FDCWD, initInContainer, moveMount.MOVE_MOUNT_F_EMPTY_PATH);
  child.mount(null, initInContainer, null, MS_BIND | MS_REMOUNT | MS_RDONLY);
}

/** What is hidden or made read-only once nothing of it is needed to set the container up. */
function restrict(child: ProgramBuilder, spec: InitSpec): void {
  child.step('sysctls');
  for (const [name, value] of Object.entries(spec.sysctls)) {
    child.writeFile(sysctlPath(name), value, open.O_WRONLY, 0);
  }
  child.step('restrictions');
  for (const path of spec.readonlyPaths) {
    child.try.mount(path, path, null, MS_BIND | MS_REC);
    child.try.mount(null, path, null, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
  }
  for (const path of spec.maskedFiles) child.try.mount('/dev/null', path, null, MS_BIND);
  for (const path of spec.maskedDirectories) child.try.mount('tmpfs', path, 'tmpfs', MS_RDONLY);
  if (spec.readOnlyRoot) child.mount(null, '/', null, MS_BIND | MS_REMOUNT | MS_RDONLY);
}

/** The namespaces a container gets unless it shares another's. */
export const privateNamespaces =
  clone.CLONE_NEWNS | clone.CLONE_NEWPID | clone.CLONE_NEWIPC | clone.CLONE_NEWUTS | clone.CLONE_NEWCGROUP;
