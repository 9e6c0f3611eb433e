import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../lib/bytes.ts';
import { clone, fileType, makeDevice, mount, open, signal, socketType, umount } from './linux.ts';
import { encodeProgram } from './program.ts';
import { ProgramBuilder } from './program-builder.ts';
import { describeOp } from './program-describe.ts';
import { signatureOf } from './syscalls.ts';

const describeFirst = (build: (p: ProgramBuilder) => void): string => {
  const p = new ProgramBuilder('x');
  build(p);
  return describeOp(p.build().ops[0]!);
};

describe('a program', () => {
  it('is encoded as the protocol says', () => {
    const p = new ProgramBuilder('x');
    const fd = p.open('/a', open.O_RDONLY);
    p.always.close(fd);
    p.try.read(fd, 16);
    p.mount(null, '/', null, 0);
    const bytes = encodeProgram(p.build());
    expect([...bytes]).toEqual([
      ...[4, 0, 0, 0],
      ...[5, 0, 0, 3, 0, 0, 2, 3, 0, 0, 0, 0x2f, 0x61, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0],
      ...[6, 0, 2, 1, 255, 255, 1, 0],
      ...[3, 0, 1, 2, 255, 255, 1, 0, 3, 16, 0, 0, 0],
      ...[21, 0, 0, 5, 255, 255, 4, 2, 2, 0, 0, 0, 0x2f, 0, 4, 0, 0, 0, 0, 0, 4],
    ]);
  });

  it('nests, with registers that a child shares', () => {
    const p = new ProgramBuilder('outer');
    const [reading, writing] = p.pipe(open.O_NONBLOCK);
    const child = p.child('inner');
    const own = child.getpid();
    child.kill(own, 9);
    child.dup3(writing, 1);
    const pid = p.clone({ flags: 0, program: child });
    p.kill(pid, 9);
    expect([reading, writing, own, pid].map((ref) => ref.register)).toEqual([0, 1, 2, 3]);
    expect(p.build().ops.map((op) => op.dst)).toEqual([0, 3, -1]);
    const bytes = encodeProgram(p.build());
    const inner = encodeProgram(child.build());
    expect(Buffer.from(bytes).includes(Buffer.from([6, inner.length, 0, 0, 0, ...inner]))).toBe(true);
  });

  it('assigns registers only to results that are used, and has 64', () => {
    const p = new ProgramBuilder('x');
    const refs = Array.from({ length: 65 }, () => p.getpid());
    for (const ref of refs.slice(0, 64)) p.close(ref);
    expect(() => p.close(refs[64]!)).toThrow('more than 64 results are used');
  });

  it('makes descriptors close on exec, and dup3 as it is told', () => {
    const p = new ProgramBuilder('x');
    p.open('/', open.O_RDONLY);
    p.socket(1, socketType.SOCK_STREAM);
    p.dup3(3, 1);
    const ints = p.build().ops.map((op) => op.args.flatMap((arg) => (arg.kind === 'int' ? [arg.value] : [])));
    expect(ints).toEqual([
      [open.O_CLOEXEC, 0],
      [1, socketType.SOCK_STREAM | socketType.SOCK_CLOEXEC, 0],
      [3, 1, 0],
    ]);
  });

  it('is refused when C could not say it', () => {
    const p = new ProgramBuilder('x');
    expect(() => p.close(1.5)).toThrow('close: fd is 1.5, not a 32-bit integer');
    expect(() => p.close(2 ** 32)).toThrow(RangeError);
    expect(() => p.close(undefined as never)).toThrow('close: fd is missing');
    expect(() => (p.close as (...args: number[]) => void)(1, 2)).toThrow('close: 2 arguments, it takes 1');
    p.unlink('a\0b');
    expect(() => encodeProgram(p.build())).toThrow('a string may not hold a NUL');
  });

  it('is refused when it, or what it returns, fits into no frame', () => {
    const long = new ProgramBuilder('long');
    long.write(1, new Uint8Array(1024 * 1024));
    expect(() => encodeProgram(long.build())).toThrow('encode "long"');
    const much = new ProgramBuilder('much');
    much.read(0, 600_000);
    const child = much.child('child');
    child.read(0, 600_000);
    much.clone({ flags: 0, program: child });
    expect(() => encodeProgram(much.build())).toThrow('its results may take');
  });

  it('knows each call by the signature the agent checks', () => {
    expect(signatureOf('mount')).toBe('SsSiS');
    expect(signatureOf('recvfrom')).toBe('ioniOl');
    expect(signatureOf('pread64')).toBe('ionii');
    expect(signatureOf('clone')).toBe('iiiP');
  });
});

describe('the trace shows', () => {
  it.each<[string, (p: ProgramBuilder) => void]>([
    [
      'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)',
      (p) => p.mount('proc', '/proc', 'proc', mount.MS_NOSUID | mount.MS_NOEXEC | mount.MS_NODEV),
    ],
    [
      'mount(NULL, "/", NULL, MS_REC|MS_PRIVATE, NULL)',
      (p) => p.mount(null, '/', null, mount.MS_PRIVATE | mount.MS_REC),
    ],
    ['umount2("old", MNT_DETACH)', (p) => p.umount2('old', umount.MNT_DETACH)],
    ['open("/x", O_RDWR|O_CREAT|O_CLOEXEC, 0644)', (p) => p.open('/x', open.O_RDWR | open.O_CREAT, 0o644)],
    ['openat(AT_FDCWD, "x", O_RDONLY|O_CLOEXEC, 0)', (p) => p.openat(-100, 'x', 0)],
    ['unshare(CLONE_NEWUTS|CLONE_NEWNET)', (p) => p.unshare(clone.CLONE_NEWNET | clone.CLONE_NEWUTS)],
    ['kill(12, SIGTERM)', (p) => p.kill(12, signal.SIGTERM)],
    [
      'mknod("/dev/null", S_IFCHR|0666, makedev(1, 3))',
      (p) => p.mknod('/dev/null', fileType.S_IFCHR | 0o666, makeDevice(1, 3)),
    ],
    ['prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)', (p) => p.prctl(38, 1)],
    ['prctl(PR_SET_NAME, "sh")', (p) => p.prctlString(15, 'sh')],
    ['sethostname("box", 3)', (p) => p.sethostname('box')],
    ['write(1, "a\\n", 2)', (p) => p.write(1, 'a\n')],
    ['write(1, "\\xff\\x00", 2)', (p) => p.write(1, Uint8Array.of(255, 0))],
    [`write(1, "${'x'.repeat(32)}"..., 100)`, (p) => p.write(1, encodeUtf8('x'.repeat(100)))],
    [
      'execve("/bin/sh", ["sh", "-c", "a \\"b\\""], ["A=b"])',
      (p) => p.execve('/bin/sh', ['sh', '-c', 'a "b"'], ['A=b']),
    ],
    ['socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, 0)', (p) => p.socket(16, socketType.SOCK_RAW)],
    ['getsockopt(3, 1, 4, [16 bytes], [16])', (p) => p.getsockopt(3, 1, 4, 16)],
    ['pread64(3, [10 bytes], 10, 4294967297)', (p) => p.pread64(3, 10, 4294967297n)],
    ['ioctl(0, TIOCSCTTY, 0)', (p) => p.ioctl(0, 0x540e, 0)],
    [
      'mount_setattr(AT_FDCWD, "/x", AT_RECURSIVE, "\\x01\\x00", 2)',
      (p) => p.mount_setattr(-100, '/x', 0x8000, Uint8Array.of(1, 0)),
    ],
  ])('%s', (expected, build) => {
    expect(describeFirst(build)).toBe(expected);
  });

  it('results of other ops as registers, and programs by their name', () => {
    const p = new ProgramBuilder('x');
    const child = p.child('init');
    child.getpid();
    const pid = p.clone({ flags: clone.CLONE_NEWPID, program: child });
    p.kill(pid, 0);
    expect(p.build().ops.map(describeOp)).toEqual(['clone(CLONE_NEWPID, -1, -1, {init: 1 ops})', 'kill(r0, 0)']);
  });
});
