/* Written by generate-ops.ts from src/guest/syscalls.ts; edit that. */
#ifndef OPS_H
#define OPS_H

#include <stdint.h>

enum {
	OP_PIPE = 0x1000,
	OP_SOCKETPAIR = 0x1001,
	OP_READ_FILE = 0x1002,
	OP_WRITE_FILE = 0x1003,
	OP_MKDIR_ALL = 0x1004,
	OP_REMOVE_ALL = 0x1005,
	OP_NETLINK = 0x1006,
	OP_SEND_FD = 0x1007,
	OP_RECEIVE_FD = 0x1008,
	OP_SECCOMP = 0x1009,
	OP_CLONE = 0x100a,
	OP_STREAM = 0x100b,
	OP_LISTENER = 0x100c,
	OP_UNLISTEN = 0x100d,
	OP_WATCH = 0x100e,
	OP_REWATCH = 0x100f,
	OP_UNWATCH = 0x1010,
	OP_EXIT = 0x1011,
	OP_STREAM_FD = 0x1012,
	OP_BPF_PROG_LOAD = 0x1013,
	OP_BPF_PROG_ATTACH = 0x1014,
	OP_PRCTL_STRING = 0x2000,
	OP_KEYCTL_STRING = 0x2001,
	OP_IOCTL_IN = 0x2002,
	OP_IOCTL_OUT = 0x2003,
	OP_IOCTL_IN_OUT = 0x2004,
	OP_FCNTL_DUPFD = 0x2005,
};

enum { OP_FD = 1, OP_CHILD_ONLY = 2, OP_DIRTY = 4 };

/* One op: its number on the wire, the system call it is (or -1), and one character an argument. */
struct op_spec {
	uint16_t opcode;
	int16_t syscall;
	uint8_t flags;
	char signature[9];
};

/* By opcode, for a binary search. */
static const struct op_spec op_specs[] = {
	{ 0x0003, 3, 0, "ion" }, /* read(fd, buffer, count) */
	{ 0x0004, 4, 0, "ibn" }, /* write(fd, data, count) */
	{ 0x0005, 5, OP_FD, "sii" }, /* open(path, flags, mode) */
	{ 0x0006, 6, 0, "i" }, /* close(fd) */
	{ 0x0009, 9, 0, "ss" }, /* link(from, to) */
	{ 0x000a, 10, 0, "s" }, /* unlink(path) */
	{ 0x000b, 11, OP_CHILD_ONLY, "svv" }, /* execve(path, argv, envp) */
	{ 0x000c, 12, OP_DIRTY, "s" }, /* chdir(path) */
	{ 0x000e, 14, 0, "sii" }, /* mknod(path, mode, device) */
	{ 0x000f, 15, 0, "si" }, /* chmod(path, mode) */
	{ 0x0013, 19, 0, "iii" }, /* lseek(fd, offset, whence) */
	{ 0x0014, 20, 0, "" }, /* getpid() */
	{ 0x0015, 21, 0, "SsSiS" }, /* mount(source, target, type, flags, data) */
	{ 0x0021, 33, 0, "si" }, /* access(path, mode) */
	{ 0x0024, 36, 0, "" }, /* sync() */
	{ 0x0025, 37, 0, "ii" }, /* kill(pid, signal) */
	{ 0x0026, 38, 0, "ss" }, /* rename(from, to) */
	{ 0x0027, 39, 0, "si" }, /* mkdir(path, mode) */
	{ 0x0028, 40, 0, "s" }, /* rmdir(path) */
	{ 0x0034, 52, 0, "si" }, /* umount2(target, flags) */
	{ 0x0036, 54, 0, "iii" }, /* ioctl(fd, request, argument) */
	{ 0x0039, 57, 0, "ii" }, /* setpgid(pid, pgid) */
	{ 0x003c, 60, OP_DIRTY, "i" }, /* umask(mask) */
	{ 0x003d, 61, 0, "s" }, /* chroot(path) */
	{ 0x0040, 64, 0, "" }, /* getppid() */
	{ 0x0042, 66, OP_CHILD_ONLY, "" }, /* setsid() */
	{ 0x004a, 74, 0, "bn" }, /* sethostname(name, length) */
	{ 0x004d, 77, 0, "iO" }, /* getrusage(who, buffer) */
	{ 0x0053, 83, 0, "ss" }, /* symlink(target, path) */
	{ 0x0055, 85, 0, "son" }, /* readlink(path, buffer, size) */
	{ 0x0057, 87, 0, "si" }, /* swapon(path, flags) */
	{ 0x0058, 88, 0, "iiiS" }, /* reboot(magic1, magic2, command, argument) */
	{ 0x005c, 92, 0, "si" }, /* truncate(path, length) */
	{ 0x005d, 93, 0, "ii" }, /* ftruncate(fd, length) */
	{ 0x005e, 94, 0, "ii" }, /* fchmod(fd, mode) */
	{ 0x0061, 97, 0, "iii" }, /* setpriority(which, who, priority) */
	{ 0x0073, 115, 0, "s" }, /* swapoff(path) */
	{ 0x0074, 116, 0, "O" }, /* sysinfo(buffer) */
	{ 0x0076, 118, 0, "i" }, /* fsync(fd) */
	{ 0x0079, 121, 0, "bn" }, /* setdomainname(name, length) */
	{ 0x007a, 122, 0, "O" }, /* uname(buffer) */
	{ 0x0085, 133, OP_DIRTY, "i" }, /* fchdir(fd) */
	{ 0x0088, 136, OP_CHILD_ONLY, "i" }, /* personality(persona) */
	{ 0x008f, 143, 0, "ii" }, /* flock(fd, operation) */
	{ 0x009c, 156, 0, "iib" }, /* sched_setscheduler(pid, policy, parameters) */
	{ 0x00ac, 172, OP_CHILD_ONLY, "iiiii" }, /* prctl(option, arg2, arg3, arg4, arg5) */
	{ 0x00b4, 180, 0, "ionii" }, /* pread64(fd, buffer, count, offset) */
	{ 0x00b5, 181, 0, "ibnii" }, /* pwrite64(fd, data, count, offset) */
	{ 0x00b7, 183, 0, "on" }, /* getcwd(buffer, size) */
	{ 0x00b8, 184, 0, "bO" }, /* capget(header, data) */
	{ 0x00b9, 185, OP_CHILD_ONLY, "bb" }, /* capset(header, data) */
	{ 0x00bb, 187, 0, "iiBi" }, /* sendfile(outFd, inFd, offset, count) */
	{ 0x00c1, 193, 0, "sii" }, /* truncate64(path, length) */
	{ 0x00c2, 194, 0, "iii" }, /* ftruncate64(fd, length) */
	{ 0x00c6, 198, 0, "sii" }, /* lchown32(path, uid, gid) */
	{ 0x00cb, 203, OP_CHILD_ONLY, "ii" }, /* setreuid32(ruid, euid) */
	{ 0x00cc, 204, OP_CHILD_ONLY, "ii" }, /* setregid32(rgid, egid) */
	{ 0x00ce, 206, OP_CHILD_ONLY, "ib" }, /* setgroups32(count, groups) */
	{ 0x00cf, 207, 0, "iii" }, /* fchown32(fd, uid, gid) */
	{ 0x00d0, 208, OP_CHILD_ONLY, "iii" }, /* setresuid32(ruid, euid, suid) */
	{ 0x00d2, 210, OP_CHILD_ONLY, "iii" }, /* setresgid32(rgid, egid, sgid) */
	{ 0x00d4, 212, 0, "sii" }, /* chown32(path, uid, gid) */
	{ 0x00d5, 213, OP_CHILD_ONLY, "i" }, /* setuid32(uid) */
	{ 0x00d6, 214, OP_CHILD_ONLY, "i" }, /* setgid32(gid) */
	{ 0x00d7, 215, OP_CHILD_ONLY, "i" }, /* setfsuid32(uid) */
	{ 0x00d8, 216, OP_CHILD_ONLY, "i" }, /* setfsgid32(gid) */
	{ 0x00d9, 217, OP_CHILD_ONLY, "ss" }, /* pivot_root(newRoot, putOld) */
	{ 0x00dc, 220, 0, "ion" }, /* getdents64(fd, buffer, count) */
	{ 0x00dd, 221, 0, "iii" }, /* fcntl64(fd, command, argument) */
	{ 0x00e2, 226, 0, "ssbni" }, /* setxattr(path, name, value, size, flags) */
	{ 0x00e3, 227, 0, "ssbni" }, /* lsetxattr(path, name, value, size, flags) */
	{ 0x00e4, 228, 0, "isbni" }, /* fsetxattr(fd, name, value, size, flags) */
	{ 0x00e5, 229, 0, "sson" }, /* getxattr(path, name, buffer, size) */
	{ 0x00e6, 230, 0, "sson" }, /* lgetxattr(path, name, buffer, size) */
	{ 0x00e7, 231, 0, "ison" }, /* fgetxattr(fd, name, buffer, size) */
	{ 0x00e8, 232, 0, "son" }, /* listxattr(path, buffer, size) */
	{ 0x00e9, 233, 0, "son" }, /* llistxattr(path, buffer, size) */
	{ 0x00eb, 235, 0, "ss" }, /* removexattr(path, name) */
	{ 0x00ec, 236, 0, "ss" }, /* lremovexattr(path, name) */
	{ 0x010c, 268, 0, "siO" }, /* statfs64(path, size, buffer) */
	{ 0x010e, 270, 0, "iii" }, /* tgkill(pid, tid, signal) */
	{ 0x0120, 288, OP_CHILD_ONLY, "iiiii" }, /* keyctl(operation, arg2, arg3, arg4, arg5) */
	{ 0x0121, 289, 0, "iii" }, /* ioprio_set(which, who, priority) */
	{ 0x0124, 292, 0, "isi" }, /* inotify_add_watch(fd, path, mask) */
	{ 0x0125, 293, 0, "ii" }, /* inotify_rm_watch(fd, watch) */
	{ 0x0127, 295, OP_FD, "isii" }, /* openat(dirfd, path, flags, mode) */
	{ 0x0128, 296, 0, "isi" }, /* mkdirat(dirfd, path, mode) */
	{ 0x0129, 297, 0, "isii" }, /* mknodat(dirfd, path, mode, device) */
	{ 0x012a, 298, 0, "isiii" }, /* fchownat(dirfd, path, uid, gid, flags) */
	{ 0x012d, 301, 0, "isi" }, /* unlinkat(dirfd, path, flags) */
	{ 0x012f, 303, 0, "isisi" }, /* linkat(fromDirfd, from, toDirfd, to, flags) */
	{ 0x0130, 304, 0, "sis" }, /* symlinkat(target, dirfd, path) */
	{ 0x0131, 305, 0, "ison" }, /* readlinkat(dirfd, path, buffer, size) */
	{ 0x0132, 306, 0, "isi" }, /* fchmodat(dirfd, path, mode) */
	{ 0x0136, 310, OP_DIRTY, "i" }, /* unshare(flags) */
	{ 0x0142, 322, OP_FD, "ii" }, /* timerfd_create(clock, flags) */
	{ 0x0144, 324, 0, "iiiiii" }, /* fallocate(fd, mode, offset, length) */
	{ 0x0148, 328, OP_FD, "ii" }, /* eventfd2(initial, flags) */
	{ 0x014a, 330, OP_FD, "iii" }, /* dup3(oldfd, newfd, flags) */
	{ 0x014c, 332, OP_FD, "i" }, /* inotify_init1(flags) */
	{ 0x0154, 340, 0, "iiBO" }, /* prlimit64(pid, resource, limit, old) */
	{ 0x0158, 344, 0, "i" }, /* syncfs(fd) */
	{ 0x015a, 346, OP_DIRTY, "ii" }, /* setns(fd, type) */
	{ 0x0161, 353, 0, "isisi" }, /* renameat2(fromDirfd, from, toDirfd, to, flags) */
	{ 0x0164, 356, OP_FD, "si" }, /* memfd_create(name, flags) */
	{ 0x0166, 358, OP_CHILD_ONLY, "isvvi" }, /* execveat(dirfd, path, argv, envp, flags) */
	{ 0x0167, 359, OP_FD, "iii" }, /* socket(domain, type, protocol) */
	{ 0x0169, 361, 0, "ibn" }, /* bind(fd, address, length) */
	{ 0x016a, 362, 0, "ibn" }, /* connect(fd, address, length) */
	{ 0x016b, 363, 0, "ii" }, /* listen(fd, backlog) */
	{ 0x016c, 364, OP_FD, "iOli" }, /* accept4(fd, address, length, flags) */
	{ 0x016d, 365, 0, "iiiOl" }, /* getsockopt(fd, level, name, buffer, length) */
	{ 0x016e, 366, 0, "iiibn" }, /* setsockopt(fd, level, name, value, length) */
	{ 0x016f, 367, 0, "iOl" }, /* getsockname(fd, address, length) */
	{ 0x0170, 368, 0, "iOl" }, /* getpeername(fd, address, length) */
	{ 0x0171, 369, 0, "ibniBn" }, /* sendto(fd, data, count, flags, address, length) */
	{ 0x0173, 371, 0, "ioniOl" }, /* recvfrom(fd, buffer, count, flags, address, length) */
	{ 0x0175, 373, 0, "ii" }, /* shutdown(fd, how) */
	{ 0x017f, 383, 0, "isiiO" }, /* statx(dirfd, path, flags, mask, buffer) */
	{ 0x0193, 403, 0, "iO" }, /* clock_gettime64(clock, buffer) */
	{ 0x0194, 404, 0, "ib" }, /* clock_settime64(clock, time) */
	{ 0x019b, 411, 0, "iibO" }, /* timerfd_settime64(fd, flags, value, old) */
	{ 0x019c, 412, 0, "iSBi" }, /* utimensat_time64(dirfd, path, times, flags) */
	{ 0x01a8, 424, 0, "iiSi" }, /* pidfd_send_signal(pidfd, signal, info, flags) */
	{ 0x01ac, 428, OP_FD, "isi" }, /* open_tree(dirfd, path, flags) */
	{ 0x01ad, 429, 0, "isisi" }, /* move_mount(fromDirfd, from, toDirfd, to, flags) */
	{ 0x01ae, 430, OP_FD, "si" }, /* fsopen(type, flags) */
	{ 0x01af, 431, 0, "iiSSi" }, /* fsconfig(fd, command, key, value, aux) */
	{ 0x01b0, 432, OP_FD, "iii" }, /* fsmount(fd, flags, attributes) */
	{ 0x01b1, 433, OP_FD, "isi" }, /* fspick(dirfd, path, flags) */
	{ 0x01b2, 434, OP_FD, "ii" }, /* pidfd_open(pid, flags) */
	{ 0x01b5, 437, OP_FD, "isbn" }, /* openat2(dirfd, path, how, size) */
	{ 0x01b6, 438, OP_FD, "iii" }, /* pidfd_getfd(pidfd, fd, flags) */
	{ 0x01b7, 439, 0, "isii" }, /* faccessat2(dirfd, path, mode, flags) */
	{ 0x01ba, 442, 0, "isibn" }, /* mount_setattr(dirfd, path, flags, attributes, size) */
	{ 0x1000, -1, 0, "i" }, /* pipe(flags) */
	{ 0x1001, -1, 0, "ii" }, /* socketpair(domain, type) */
	{ 0x1002, -1, 0, "so" }, /* readFile(path, max) */
	{ 0x1003, -1, 0, "sbii" }, /* writeFile(path, data, flags, mode) */
	{ 0x1004, -1, 0, "si" }, /* mkdirAll(path, mode) */
	{ 0x1005, -1, 0, "s" }, /* removeAll(path) */
	{ 0x1006, -1, 0, "ibo" }, /* netlink(fd, messages, replies) */
	{ 0x1007, -1, 0, "ii" }, /* sendFd(socket, fd) */
	{ 0x1008, -1, OP_FD, "i" }, /* receiveFd(socket) */
	{ 0x1009, -1, OP_CHILD_ONLY, "bi" }, /* seccomp(filter, flags) */
	{ 0x100a, -1, 0, "iiiP" }, /* clone(flags, cgroup, pidns, program) */
	{ 0x100b, -1, 0, "iiii" }, /* stream(fd, id, mode, credit) */
	{ 0x100c, -1, 0, "iii" }, /* listener(fd, id, credit) */
	{ 0x100d, -1, 0, "i" }, /* unlisten(id) */
	{ 0x100e, -1, 0, "iii" }, /* watch(fd, id, events) */
	{ 0x100f, -1, 0, "io" }, /* rewatch(id, buffer) */
	{ 0x1010, -1, 0, "i" }, /* unwatch(id) */
	{ 0x1011, -1, OP_CHILD_ONLY, "i" }, /* exit(code) */
	{ 0x1012, -1, 0, "i" }, /* streamFd(id) */
	{ 0x1013, -1, OP_FD, "ib" }, /* bpfProgLoad(type, instructions) */
	{ 0x1014, -1, 0, "iiii" }, /* bpfProgAttach(target, program, attachType, flags) */
	{ 0x2000, 172, OP_CHILD_ONLY, "is" }, /* prctlString(option, value) */
	{ 0x2001, 288, OP_CHILD_ONLY, "iS" }, /* keyctlString(operation, value) */
	{ 0x2002, 54, 0, "iib" }, /* ioctlIn(fd, request, data) */
	{ 0x2003, 54, 0, "iiO" }, /* ioctlOut(fd, request, buffer) */
	{ 0x2004, 54, 0, "iix" }, /* ioctlInOut(fd, request, data) */
	{ 0x2005, 221, OP_FD, "iii" }, /* fcntlDupfd(fd, command, minimum) */
};

#endif
