import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bpf,
  clone,
  fcntl,
  fileType,
  makeDevice,
  mount,
  open,
  signal,
  socketType,
  umount,
} from '../../src/guest/linux.ts';
import { ProgramBuilder } from '../../src/guest/program-builder.ts';
import { decodeUtf8 } from '../../src/lib/bytes.ts';
import { deviceProgram } from '../../src/engine/security/device-program.ts';
import { deviceRules } from '../../src/engine/security/devices.ts';
import { ops, type OpSpec } from '../../src/guest/syscalls.ts';
import { opsHeader } from './generate-ops.ts';
import { type NativeAgent, startNativeAgent } from './native-agent.ts';

const asRoot = it.skipIf(process.getuid!() !== 0);

let agent: NativeAgent;
let directory: string;

beforeEach(() => {
  agent = startNativeAgent();
  directory = mkdtempSync(join(tmpdir(), 'drydock-agent-'));
});

// Whatever a test did: no sanitizer found anything, and nothing leaked.
afterEach(async () => {
  expect(await agent.stop(), agent.log()).toBe(0);
  rmSync(directory, { recursive: true, force: true });
});

const EPERM = 1;
const ENOENT = 2;
const EBADF = 9;
const ECHILD = 10;
const EBUSY = 16;
const EINVAL = 22;

const everything = { privileged: true, devices: [], cgroupRules: [] };

const hostName = (p: ProgramBuilder) => p.readFile('/proc/sys/kernel/hostname', 100);

describe('the table of ops', () => {
  it('is the same on both sides', () => {
    expect(
      readFileSync(new URL('ops.h', import.meta.url), 'utf8'),
      'run npx tsx kernel-image/agent/generate-ops.ts',
    ).toBe(opsHeader());
  });

  it("has the kernel's own numbers and no opcode twice", () => {
    const header = readFileSync('/usr/i686-linux-gnu/include/asm/unistd_32.h', 'utf8');
    const numbers = new Map(
      [...header.matchAll(/__NR_(\w+) (\d+)/g)].map(([, name, number]) => [name!, Number(number)]),
    );
    for (const [name, spec] of Object.entries(ops) as [string, OpSpec][]) {
      if (spec.opcode < 0x1000) expect(numbers.get(name), name).toBe(spec.syscall);
    }
    const codes = Object.values(ops).map((spec) => spec.opcode);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('a program', () => {
  it('passes results on in registers and returns what calls wrote', async () => {
    const p = new ProgramBuilder('files');
    const file = p.open(join(directory, 'file'), open.O_RDWR | open.O_CREAT, 0o640);
    p.write(file, 'hello');
    const text = p.pread64(file, 100, 1);
    const size = p.lseek(file, 0, 2);
    p.ftruncate64(file, 3);
    const result = await agent.channel.run(p.build());
    expect(decodeUtf8(result.output(text))).toBe('ello');
    expect(result.value(size)).toBe(5);
    expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('hel');
  });

  it('stops at the op that failed, but for clean-up, and tolerates what it was told to', async () => {
    const p = new ProgramBuilder('stops');
    p.step('tolerated');
    const tolerated = p.try.rmdir(join(directory, 'absent'));
    p.step('fatal');
    p.mkdir(join(directory, 'no/such'), 0o755);
    const skipped = p.mkdir(join(directory, 'skipped'), 0o755);
    const cleanUp = p.always.mkdir(join(directory, 'clean-up'), 0o755);
    const failedCleanUp = p.always.rmdir(join(directory, 'absent'));
    const last = p.always.mkdir(join(directory, 'last'), 0o755);
    await expect(agent.channel.run(p.build())).rejects.toMatchObject({
      message: `mkdir("${directory}/no/such", 0755): No such file or directory`,
      code: 'ENOENT',
      errno: ENOENT,
      step: 'fatal',
      index: 1,
      inChild: false,
    });
    const result = await agent.attempt(p.build());
    expect(result.value(tolerated)).toBe(-ENOENT);
    expect(result.find(skipped)).toBeUndefined();
    expect(result.value(cleanUp)).toBe(-17);
    expect(result.value(failedCleanUp)).toBe(-ENOENT);
    expect(result.value(last)).toBe(-17);
    expect(existsSync(join(directory, 'skipped'))).toBe(false);
  });

  it('leaves no descriptor open, however it ends', async () => {
    await agent.channel.hello;
    const before = agent.openFds();
    const p = new ProgramBuilder('descriptors');
    p.pipe();
    p.socketpair(1, socketType.SOCK_STREAM);
    const file = p.open('/dev/null', open.O_RDONLY);
    p.fcntlDupfd(file, fcntl.F_DUPFD_CLOEXEC, 700);
    p.dup3(file, 900, open.O_CLOEXEC);
    p.memfd_create('memory');
    await agent.channel.run(p.build());
    expect(agent.openFds()).toEqual(before);
    p.rmdir('/absent');
    await agent.attempt(p.build());
    expect(agent.openFds()).toEqual(before);
  });

  it('may not close or replace what is not its own', async () => {
    await agent.channel.hello;
    const own = agent
      .openFds()
      .map(Number)
      .filter((fd) => fd >= 512);
    const p = new ProgramBuilder('foreign');
    const file = p.open('/dev/null', open.O_RDONLY);
    for (const fd of own) {
      p.try.close(fd);
      p.try.dup3(file, fd);
    }
    p.close(file);
    p.try.close(file);
    const result = await agent.channel.run(p.build());
    expect(result.ops.slice(1).map((op) => op.result)).toEqual([...own.flatMap(() => [-EBADF, -EBUSY]), 0, -EBADF]);
  });

  it('may not change the agent for good', async () => {
    const p = new ProgramBuilder('identity');
    p.try.setuid32(1000);
    p.try.setsid();
    p.try.execve('/bin/true', ['true'], []);
    p.try.exit(1);
    p.try.unshare(clone.CLONE_NEWUSER);
    const own = p.open('/proc/self/ns/uts', open.O_RDONLY);
    p.try.setns(own, 0);
    const result = await agent.channel.run(p.build());
    expect(result.ops.filter((op) => op.index !== 5).map((op) => op.result)).toEqual([
      -EPERM,
      -EPERM,
      -EPERM,
      -EPERM,
      -EPERM,
      -EINVAL,
    ]);
  });

  asRoot('leaves the namespaces, directory and umask of the agent as they were', async () => {
    const look = () => {
      const p = new ProgramBuilder('look');
      const refs = [
        hostName(p),
        p.readlink('/proc/self/ns/mnt', 100),
        p.getcwd(100),
        p.readlink('/proc/self/ns/net', 100),
      ];
      const mask = p.umask(0o777);
      return agent.channel
        .run(p.build())
        .then((result) => [...refs.map((ref) => decodeUtf8(result.output(ref))), result.value(mask)]);
    };
    const before = await look();
    const p = new ProgramBuilder('wander');
    p.unshare(clone.CLONE_NEWUTS | clone.CLONE_NEWNS | clone.CLONE_NEWNET);
    p.sethostname('elsewhere');
    p.chdir(directory);
    const inside = hostName(p);
    p.rmdir('/absent');
    const result = await agent.attempt(p.build());
    expect(decodeUtf8(result.output(inside))).toBe('elsewhere\n');
    expect(await look()).toEqual(before);
    expect(before.at(-1)).toBe(0);
  });

  it('interrupts a call that would block the agent', { timeout: 30_000 }, async () => {
    execFileSync('mkfifo', [join(directory, 'fifo')]);
    const p = new ProgramBuilder('blocks');
    p.open(join(directory, 'fifo'), open.O_RDONLY);
    await expect(agent.channel.run(p.build())).rejects.toMatchObject({ code: 'EINTR' });
  });
});

describe('file ops', () => {
  it('make directories with their parents, write and read', async () => {
    const path = join(directory, 'a/b/c');
    const p = new ProgramBuilder('files');
    p.mkdirAll(path, 0o750);
    p.mkdirAll(path, 0o750);
    p.writeFile(`${path}/file`, 'twelve bytes', open.O_WRONLY | open.O_CREAT | open.O_TRUNC, 0o600);
    const whole = p.readFile(`${path}/file`, 100);
    const start = p.readFile(`${path}/file`, 6);
    const notDirectory = p.try.mkdirAll(`${path}/file`, 0o755);
    const result = await agent.channel.run(p.build());
    expect(decodeUtf8(result.output(whole))).toBe('twelve bytes');
    expect(decodeUtf8(result.output(start))).toBe('twelve');
    expect(result.value(notDirectory)).toBe(-20);
  });

  it('remove a tree of any depth and width without following links', async () => {
    const keep = join(directory, 'keep');
    mkdirSync(keep);
    writeFileSync(join(keep, 'file'), '');
    const tree = join(directory, 'tree');
    mkdirSync(tree + '/x'.repeat(1200), { recursive: true });
    symlinkSync(keep, join(tree, 'link'));
    for (let i = 0; i < 300; i++) {
      mkdirSync(join(tree, `wide${i}`));
      writeFileSync(join(tree, `wide${i}/file`), '');
    }
    const p = new ProgramBuilder('remove');
    p.removeAll(tree);
    p.removeAll(tree);
    await agent.channel.run(p.build());
    expect(existsSync(tree)).toBe(false);
    expect(existsSync(join(keep, 'file'))).toBe(true);
  });

  asRoot('do not cross mounts when they remove', async () => {
    const tree = join(directory, 'tree');
    mkdirSync(join(tree, 'mounted'), { recursive: true });
    const p = new ProgramBuilder('mounts');
    p.unshare(clone.CLONE_NEWNS);
    p.mount(null, '/', null, mount.MS_PRIVATE | mount.MS_REC);
    p.mount('tmpfs', join(tree, 'mounted'), 'tmpfs', 0);
    p.writeFile(join(tree, 'mounted/file'), 'kept', open.O_WRONLY | open.O_CREAT, 0o600);
    p.mknod(join(tree, 'mounted/null'), fileType.S_IFCHR | 0o666, makeDevice(1, 3));
    const busy = p.try.removeAll(tree);
    const root = p.try.removeAll(join(tree, 'mounted'));
    const kept = p.readFile(join(tree, 'mounted/file'), 100);
    p.umount2(join(tree, 'mounted'), umount.MNT_DETACH);
    const result = await agent.channel.run(p.build());
    expect([result.value(busy), result.value(root), decodeUtf8(result.output(kept))]).toEqual([-EBUSY, -EBUSY, 'kept']);
  });
});

describe('clone', () => {
  const run = (argv: string[], options: { flags?: number; prepare?: (child: ProgramBuilder) => void } = {}) => {
    const p = new ProgramBuilder('clone');
    const child = p.child('child');
    options.prepare?.(child);
    child.execve(argv[0]!, argv, ['PATH=/usr/bin:/bin']);
    const pid = p.clone({ flags: options.flags ?? 0, program: child });
    return agent.channel.run(p.build()).then((result) => result.value(pid));
  };

  it('starts processes and reports the end of each, in whatever order', async () => {
    const pids = await Promise.all(
      Array.from({ length: 40 }, (_, i) => run(['/bin/sh', 'sh', '-c', `exit ${i}`].toSpliced(1, 1))),
    );
    const statuses = await Promise.all(pids.map((pid) => agent.channel.exited(pid)));
    expect(statuses).toEqual(pids.map((_, i) => i << 8));
    const sleeper = await run(['/bin/sleep', '1000']);
    const p = new ProgramBuilder('kill');
    p.kill(sleeper, signal.SIGTERM);
    await agent.channel.run(p.build());
    expect(await agent.channel.exited(sleeper)).toBe(signal.SIGTERM);
  });

  it("returns the child's results, execve's included", async () => {
    const p = new ProgramBuilder('results');
    const child = p.child('child');
    const text = child.readFile('/proc/self/comm', 100);
    const missing = child.try.execve('/absent', ['absent'], []);
    const exec = child.execve('/bin/true', ['true'], []);
    const pid = p.clone({ flags: 0, program: child });
    const result = await agent.channel.run(p.build());
    expect(result.of(text).output.length).toBeGreaterThan(0);
    expect(result.value(missing)).toBe(-ENOENT);
    expect(result.value(exec)).toBe(0);
    expect(result.of(exec).start).toBeGreaterThanOrEqual(result.of(missing).start);
    expect(await agent.channel.exited(result.value(pid))).toBe(0);
  });

  it('does work in a child that is never a process of its own', async () => {
    const p = new ProgramBuilder('work');
    const child = p.child('child');
    child.chdir(directory);
    child.umask(0o77);
    child.mkdir('made', 0o777);
    const code = child.exit(7);
    const skipped = child.mkdir('skipped', 0o777);
    const pid = p.clone({ flags: 0, program: child });
    const result = await agent.channel.run(p.build());
    expect(result.value(code)).toBe(7);
    expect(result.find(skipped)).toBeUndefined();
    expect(existsSync(join(directory, 'made'))).toBe(true);
    await expect(agent.channel.exited(result.value(pid))).rejects.toThrow('no program started it');
  });

  it("fails with its child's error, and the child is gone", async () => {
    const p = new ProgramBuilder('fails');
    const child = p.child('child');
    child.step('enter');
    child.chdir(join(directory, 'absent'));
    child.always.mkdir(join(directory, 'clean-up'), 0o755);
    p.clone({ flags: 0, program: child });
    await expect(agent.channel.run(p.build())).rejects.toMatchObject({
      message: `chdir("${directory}/absent"): No such file or directory`,
      step: 'enter',
      inChild: true,
    });
    expect(existsSync(join(directory, 'clean-up'))).toBe(true);
    expect(readFileSync(`/proc/${agent.process.pid}/task/${agent.process.pid}/children`, 'utf8')).toBe('');
  });

  it('notices a child that is killed before it gets anywhere', async () => {
    const p = new ProgramBuilder('killed');
    const child = p.child('child');
    const self = child.getpid();
    child.kill(self, signal.SIGKILL);
    child.execve('/bin/true', ['true'], []);
    const pid = p.try.clone({ flags: 0, program: child });
    const result = await agent.channel.run(p.build());
    expect(result.value(pid)).toBe(-ECHILD);
    expect(result.value(self)).toBeGreaterThan(0);
  });

  it('hands children nothing but what their program passed on', async () => {
    await agent.channel.hello;
    // Whoever started the tests may have left some open; the agent's own are high.
    const inherited = agent.openFds().filter((fd) => Number(fd) < 512);
    const p = new ProgramBuilder('inheritance');
    const file = p.open('/dev/null', open.O_RDONLY);
    p.pipe();
    const child = p.child('child');
    child.open('/dev/null', open.O_RDONLY);
    child.dup3(file, 100);
    child.execve('/bin/sleep', ['sleep', '1000'], []);
    const started = p.clone({ flags: 0, program: child });
    const pid = (await agent.channel.run(p.build())).value(started);
    expect(readdirSync(`/proc/${pid}/fd`).sort()).toEqual([...inherited, '100'].sort());
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    for (const mask of ['SigBlk', 'SigIgn', 'SigCgt']) expect(status).toMatch(new RegExp(`^${mask}:\\s+0+$`, 'm'));
    const end = new ProgramBuilder('end');
    end.kill(pid, signal.SIGKILL);
    await agent.channel.run(end.build());
    await agent.channel.exited(pid);
  });

  asRoot('enters new namespaces, and those of another process', async () => {
    const all =
      clone.CLONE_NEWNS |
      clone.CLONE_NEWPID |
      clone.CLONE_NEWNET |
      clone.CLONE_NEWIPC |
      clone.CLONE_NEWUTS |
      clone.CLONE_NEWCGROUP;
    const init = await run(['/bin/sleep', '1000'], { flags: all, prepare: (child) => child.sethostname('inside') });
    for (const name of ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup']) {
      expect(execFileSync('readlink', [`/proc/${init}/ns/${name}`])).not.toEqual(
        execFileSync('readlink', [`/proc/self/ns/${name}`]),
      );
    }
    const p = new ProgramBuilder('join');
    const pidns = p.open(`/proc/${init}/ns/pid`, open.O_RDONLY);
    const uts = p.open(`/proc/${init}/ns/uts`, open.O_RDONLY);
    const child = p.child('child');
    child.setns(uts, clone.CLONE_NEWUTS);
    const name = hostName(child);
    const own = child.getpid();
    child.execve('/bin/sleep', ['sleep', '1000'], []);
    const pid = p.clone({ flags: 0, pidns, program: child });
    const result = await agent.channel.run(p.build());
    expect(decodeUtf8(result.output(name))).toBe('inside\n');
    expect(result.value(own)).toBe(2);
    // The next child is in the agent's own pid namespace again.
    const other = await run(['/bin/true']);
    expect(other).not.toBe(3);
    const end = new ProgramBuilder('end');
    end.kill(init, signal.SIGKILL);
    await agent.channel.run(end.build());
    expect(await agent.channel.exited(init)).toBe(signal.SIGKILL);
    expect(await agent.channel.exited(result.value(pid))).toBe(signal.SIGKILL);
  });

  asRoot('loads a program for the kernel to run, and attaches it', async () => {
    const p = new ProgramBuilder('bpf');
    const broken = p.try.bpfProgLoad(bpf.BPF_PROG_TYPE_CGROUP_DEVICE, Uint8Array.of(1, 2, 3));
    // Ends without having said whether it allows.
    const unsafe = p.try.bpfProgLoad(bpf.BPF_PROG_TYPE_CGROUP_DEVICE, Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0));
    const loaded = p.bpfProgLoad(bpf.BPF_PROG_TYPE_CGROUP_DEVICE, deviceProgram(deviceRules(everything)));
    const noCgroup = p.try.bpfProgAttach(p.open('/dev/null', open.O_RDONLY), loaded, bpf.BPF_CGROUP_DEVICE);
    const result = await agent.channel.run(p.build());
    expect(result.value(broken)).toBe(-EINVAL);
    expect(result.value(unsafe)).toBeLessThan(0);
    expect(result.value(loaded)).toBeGreaterThan(2);
    expect(result.value(noCgroup)).toBe(-EBADF);
  });

  const cgroups = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];
  it.skipIf(process.getuid!() !== 0 || !cgroups)('starts a child in its cgroup', async () => {
    const group = join(cgroups!, `drydock-${process.pid}`);
    const p = new ProgramBuilder('cgroup');
    p.mkdir(group, 0o755);
    const fd = p.open(group, open.O_RDONLY | open.O_DIRECTORY);
    const child = p.child('child');
    const own = child.readFile('/proc/self/cgroup', 4096);
    p.clone({ flags: 0, cgroup: fd, program: child });
    p.always.rmdir(group);
    const result = await agent.channel.run(p.build());
    expect(decodeUtf8(result.output(own))).toContain(`0::/drydock-${process.pid}\n`);
  });

  it('fails without a trace when the kernel refuses', async () => {
    await agent.channel.hello;
    const before = agent.openFds();
    const p = new ProgramBuilder('refused');
    const child = p.child('child');
    const unknownFlag = p.try.clone({ flags: 0x100, program: child });
    const badCgroup = p.try.clone({ flags: 0, cgroup: 999, program: child });
    const badNamespace = p.try.clone({ flags: 0, pidns: 999, program: child });
    const result = await agent.channel.run(p.build());
    expect([unknownFlag, badCgroup, badNamespace].map((ref) => result.value(ref))).toEqual([-EINVAL, -EBADF, -EBADF]);
    expect(agent.openFds()).toEqual(before);
  });

  it('nests', async () => {
    const p = new ProgramBuilder('outer');
    const child = p.child('middle');
    const grandchild = child.child('inner');
    const text = grandchild.readlink('/proc/self/exe', 100);
    grandchild.chdir('/absent');
    child.try.clone({ flags: 0, program: grandchild });
    const second = child.child('second');
    const exec = second.execve('/bin/true', ['true'], []);
    child.clone({ flags: 0, program: second });
    p.clone({ flags: 0, program: child });
    const result = await agent.channel.run(p.build());
    expect(result.output(text).length).toBeGreaterThan(0);
    expect(result.value(exec)).toBe(0);
  });
});
