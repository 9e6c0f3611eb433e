// Seccomp filters, judged three ways: by cases known from Docker, by an interpreter of classic BPF against a naive
// reading of the profile, and by a real kernel running a 32-bit program under the filter.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DockerError } from '../../api/error.ts';
import { type Capability, allCapabilities, defaultCapabilities } from './capabilities.ts';
import { compileSeccomp } from './seccomp-compile.ts';
import { type SeccompProfile, loadSeccompProfile, resolveSeccompProfile } from './seccomp-profile.ts';
import { compileProfile, defaultFilter } from './seccomp.ts';
import { syscallsI386 } from './syscalls-i386.ts';

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const i386 = 0x40000003;
const x86_64 = 0xc000003e;

/** Runs a filter as the kernel does; throws when it leaves the program or uses an instruction it may not. */
function run(
  filter: Uint8Array,
  number: number,
  args: number[] = [],
  architecture = i386,
): { value: number; steps: number } {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, architecture, true);
  args.forEach((arg, index) => data.setBigUint64(16 + 8 * index, BigInt(arg), true));
  const code = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  let accumulator = 0;
  for (let at = 0, steps = 1; ; steps++) {
    const opcode = code.getUint16(at * 8, true);
    const jumpTrue = code.getUint8(at * 8 + 2);
    const jumpFalse = code.getUint8(at * 8 + 3);
    const k = code.getUint32(at * 8 + 4, true);
    at++;
    const jump = (taken: boolean) => void (at += taken ? jumpTrue : jumpFalse);
    if (opcode === 0x06) return { value: k, steps };
    else if (opcode === 0x20) accumulator = data.getUint32(k, true);
    else if (opcode === 0x54) accumulator = (accumulator & k) >>> 0;
    else if (opcode === 0x05) at += k;
    else if (opcode === 0x15) jump(accumulator === k);
    else if (opcode === 0x25) jump(accumulator > k);
    else if (opcode === 0x35) jump(accumulator >= k);
    else throw new Error(`instruction ${at - 1}: unknown opcode ${opcode}`);
  }
}

const decide = (filter: Uint8Array, name: string, ...args: number[]) =>
  run(filter, syscallsI386.get(name)!, args).value;
const withCapabilities = (...names: Capability[]) => new Set([...defaultCapabilities, ...names]);

describe('the default profile', () => {
  const filter = defaultFilter(defaultCapabilities);

  test.each([
    ['read', [], ALLOW],
    ['futex_requeue', [], ALLOW],
    ['ptrace', [], ALLOW],
    ['socketcall', [1], ALLOW],
    ['socket', [2, 1, 0], ALLOW],
    ['socket', [40, 1, 0], EPERM],
    ['personality', [0], ALLOW],
    ['personality', [0x20008], ALLOW],
    ['personality', [0xffffffff], ALLOW],
    ['personality', [0x40000], EPERM],
    ['clone', [0x11], ALLOW],
    ['clone', [0x10000000], EPERM],
    ['clone', [0x20000], EPERM],
    ['clone3', [], ENOSYS],
    ['chroot', [], ALLOW],
    ['mount', [], EPERM],
    ['unshare', [], EPERM],
    ['reboot', [], EPERM],
    ['keyctl', [], EPERM],
    ['stime', [], EPERM],
    ['io_uring_setup', [], EPERM],
    ['statmount', [], ENOSYS],
    ['mseal', [], ENOSYS],
  ] as const)('%s %j', (name, args, expected) => {
    expect(decide(filter, name, ...args)).toBe(expected);
  });

  test('calls that do not exist are not implemented', () => {
    expect(run(filter, 463).value).toBe(ENOSYS);
    expect(run(filter, 0xffffffff).value).toBe(ENOSYS);
  });

  test('another architecture is killed', () => {
    expect(run(filter, 0, [], x86_64).value).toBe(0);
  });

  test.each([
    ['CAP_SYS_ADMIN', 'mount', [], ALLOW],
    ['CAP_SYS_ADMIN', 'clone', [0x10000000], ALLOW],
    ['CAP_SYS_ADMIN', 'clone3', [], ALLOW],
    ['CAP_SYS_TIME', 'stime', [], ALLOW],
    ['CAP_SYS_BOOT', 'reboot', [], ALLOW],
    ['CAP_SYS_BOOT', 'mount', [], EPERM],
    ['CAP_BPF', 'bpf', [], ALLOW],
  ] as const)('%s decides on %s %j', (capability, name, args, expected) => {
    expect(decide(defaultFilter(withCapabilities(capability)), name, ...args)).toBe(expected);
    expect(decide(defaultFilter(new Set([])), name, ...args)).not.toBe(ALLOW);
  });

  test('a number is found in at most a dozen instructions', () => {
    const steps = [...syscallsI386.values()].map((number) => run(filter, number).steps);
    expect(Math.max(...steps)).toBeLessThanOrEqual(24);
    expect(steps.reduce((sum, count) => sum + count) / steps.length).toBeLessThanOrEqual(12);
  });
});

describe('profiles of the user', () => {
  const compile = (profile: SeccompProfile) => compileProfile(JSON.stringify(profile), defaultCapabilities)!;

  test('deny one call', () => {
    const filter = compile({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO' }],
    });
    expect(decide(filter, 'mkdir')).toBe(EPERM);
    expect(decide(filter, 'rmdir')).toBe(ALLOW);
    expect(run(filter, 1000).value).toBe(ALLOW);
  });

  test('the older form names one call, errnoRet chooses the error', () => {
    const filter = compile({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ name: 'chmod', action: 'SCMP_ACT_ERRNO', errnoRet: 13 }],
    });
    expect(decide(filter, 'chmod')).toBe(0x0005000d);
  });

  test('a denied socket call is denied through socketcall too', () => {
    const filter = compile({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['connect', 'msgget'], action: 'SCMP_ACT_ERRNO' }],
    });
    expect(decide(filter, 'connect')).toBe(EPERM);
    expect(decide(filter, 'socketcall', 3)).toBe(EPERM);
    expect(decide(filter, 'socketcall', 2)).toBe(ALLOW);
    expect(decide(filter, 'ipc', 13)).toBe(EPERM);
  });

  test('two conditions on one argument are alternatives', () => {
    const filter = compile({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        {
          names: ['personality'],
          action: 'SCMP_ACT_ALLOW',
          args: [
            { index: 0, value: 1, op: 'SCMP_CMP_EQ' },
            { index: 0, value: 5, op: 'SCMP_CMP_EQ' },
          ],
        },
      ],
    });
    expect([1, 5, 2].map((value) => decide(filter, 'personality', value))).toEqual([ALLOW, ALLOW, EPERM]);
  });

  test('an empty profile means no filter', () => {
    expect(compileProfile('{}', defaultCapabilities)).toBeUndefined();
  });

  // The texts are a Docker Engine 26.1's with runc 1.1.
  const runc =
    'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: ';
  const start = `${runc}unable to start container process: `;
  const one = (rule: string) => `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[${rule}]}`;
  test.each([
    ['{', 'Decoding seccomp profile failed: unexpected end of JSON input'],
    ['x', "Decoding seccomp profile failed: invalid character 'x' looking for beginning of value"],
    [
      '{"defaultAction":5}',
      'Decoding seccomp profile failed: json: cannot unmarshal number into Go struct field Seccomp.LinuxSeccomp.defaultAction of type specs.LinuxSeccompAction',
    ],
    [
      '{"syscalls":5}',
      'Decoding seccomp profile failed: json: cannot unmarshal number into Go struct field Seccomp.syscalls of type []*seccomp.Syscall',
    ],
    [
      one('{"names":"read"}'),
      'Decoding seccomp profile failed: json: cannot unmarshal string into Go struct field Syscall.syscalls.LinuxSyscall.names of type []string',
    ],
    [
      one('{"names":["mkdir"],"args":[{"value":-1}]}'),
      'Decoding seccomp profile failed: json: cannot unmarshal number -1 into Go struct field LinuxSeccompArg.syscalls.LinuxSyscall.args.value of type uint64',
    ],
    [
      '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":"x"}',
      'Decoding seccomp profile failed: json: cannot unmarshal string into Go struct field Seccomp.LinuxSeccomp.defaultErrnoRet of type uint',
    ],
    [
      one('{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","includes":{"minKernel":"4"}}'),
      'Decoding seccomp profile failed: invalid kernel version: "4", expected "<kernel>.<major>"',
    ],
    [
      one('{"name":"read","names":["write"]}'),
      "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'",
    ],
    ['{"defaultAction":"SCMP_ACT_FOO"}', `${runc}string SCMP_ACT_FOO is not a valid action for seccomp: unknown`],
    [one('{"names":["mkdir"]}'), `${runc}string  is not a valid action for seccomp: unknown`],
    [
      one('{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"op":"FOO"}]}'),
      `${runc}string FOO is not a valid operator for seccomp: unknown`,
    ],
    [
      one('{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":9,"op":"SCMP_CMP_EQ"}]}'),
      `${start}error creating seccomp syscall condition for syscall mkdir: syscalls only have up to 6 arguments (9 given): unknown`,
    ],
    [one('{"names":[""],"action":"SCMP_ACT_ERRNO"}'), `${start}empty string is not a valid syscall: unknown`],
    ['{"defaultAction":"SCMP_ACT_NOTIFY"}', `${start}SCMP_ACT_NOTIFY cannot be used as default action: unknown`],
    [one('{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}'), `${start}listenerPath is not set: unknown`],
    [
      '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["FOO"]}',
      `${runc}string FOO is not a valid arch for seccomp: unknown`,
    ],
    [
      '{"defaultAction":"SCMP_ACT_ALLOW","flags":["FOO"]}',
      `${runc}seccomp flags are not yet supported by runc: unknown`,
    ],
  ])('%s is refused', (json, message) => {
    expect(() => compileProfile(json, defaultCapabilities)).toThrow(new DockerError('system', message));
  });

  test('any other value is refused in words, never with a fault of ours', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (json) => {
        try {
          loadSeccompProfile(json);
        } catch (error) {
          expect((error as Error).name).toBe('DockerError');
        }
      }),
    );
  });
});

describe('compiled and naive evaluation agree', () => {
  const names = [...syscallsI386.keys()];
  const value = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 0xffffffff }));
  const operator = fc.constantFrom(
    'SCMP_CMP_NE',
    'SCMP_CMP_LT',
    'SCMP_CMP_LE',
    'SCMP_CMP_EQ',
    'SCMP_CMP_GE',
    'SCMP_CMP_GT',
    'SCMP_CMP_MASKED_EQ',
  );
  const rule = fc.record({
    names: fc.array(fc.constantFrom(...names), { maxLength: 40 }),
    action: fc.constantFrom('SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_LOG', 'SCMP_ACT_KILL_PROCESS'),
    args: fc.uniqueArray(fc.record({ index: fc.integer({ min: 0, max: 5 }), value, valueTwo: value, op: operator }), {
      maxLength: 4,
      selector: ({ index }) => index,
    }),
    includes: fc.option(fc.record({ caps: fc.subarray(['CAP_CHOWN', 'CAP_SYS_ADMIN']) })),
  });
  const profile = fc.record({
    defaultAction: fc.constantFrom('SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_TRAP'),
    syscalls: fc.array(rule, { maxLength: 30 }),
  });
  const values: Record<string, number> = {
    SCMP_ACT_ALLOW: ALLOW,
    SCMP_ACT_ERRNO: EPERM,
    SCMP_ACT_LOG: 0x7ffc0000,
    SCMP_ACT_KILL_PROCESS: 0x80000000,
    SCMP_ACT_TRAP: 0x00030000,
  };

  type Rule = {
    names: string[];
    action: string;
    args: { index: number; value: number; valueTwo: number; op: string }[];
  };
  const meets = ({ index, value: wanted, valueTwo, op }: Rule['args'][number], args: number[]) => {
    const given = args[index]!;
    if (op === 'SCMP_CMP_MASKED_EQ') return (given & wanted) >>> 0 === valueTwo;
    if (op === 'SCMP_CMP_EQ') return given === wanted;
    if (op === 'SCMP_CMP_NE') return given !== wanted;
    if (op === 'SCMP_CMP_LT') return given < wanted;
    if (op === 'SCMP_CMP_LE') return given <= wanted;
    return op === 'SCMP_CMP_GT' ? given > wanted : given >= wanted;
  };

  const viaSocketcall = [
    '',
    'socket',
    'bind',
    'connect',
    'listen',
    'accept',
    'getsockname',
    'getpeername',
    'socketpair',
  ]
    .concat(['send', 'recv', 'sendto', 'recvfrom', 'shutdown', 'setsockopt', 'getsockopt', 'sendmsg', 'recvmsg'])
    .concat(['accept4', 'recvmmsg', 'sendmmsg']);
  const viaIpc: Record<number, string> = {
    2: 'semget',
    3: 'semctl',
    13: 'msgget',
    14: 'msgctl',
    11: 'msgsnd',
    12: 'msgrcv',
  };
  Object.assign(viaIpc, { 21: 'shmat', 22: 'shmdt', 23: 'shmget', 24: 'shmctl' });

  /** What the profile says, rule by rule; `included` are the rules whose conditions on capabilities hold. */
  function naive(included: Rule[], defaultAction: string, name: string, args: number[]): number {
    const inner = name === 'socketcall' ? viaSocketcall[args[0]!] : name === 'ipc' ? viaIpc[args[0]!] : undefined;
    const number = (known: string) => syscallsI386.get(known)!;
    const reached = included.flatMap((known) =>
      known.names.flatMap((spoken) => [
        number(spoken),
        ...(known.args.length === 0 && viaSocketcall.includes(spoken) ? [number('socketcall')] : []),
        ...(known.args.length === 0 && Object.values(viaIpc).includes(spoken) ? [number('ipc')] : []),
      ]),
    );
    if (number(name) > Math.max(-1, ...reached)) {
      return defaultAction !== 'SCMP_ACT_ALLOW' && reached.length > 0 ? ENOSYS : values[defaultAction]!;
    }
    const deciding = included.filter(({ action }) => action !== defaultAction);
    const always = deciding.find((known) => known.names.includes(name) && known.args.length === 0);
    if (always) return values[always.action]!;
    const first = deciding.find(
      (known) =>
        (known.names.includes(name) && known.args.every((arg) => meets(arg, args))) ||
        (inner !== undefined && known.args.length === 0 && known.names.includes(inner)),
    );
    return values[first?.action ?? defaultAction]!;
  }

  test('for any profile, call and arguments', () => {
    const call = fc.tuple(fc.nat({ max: 999 }), fc.array(value, { minLength: 6, maxLength: 6 }));
    fc.assert(
      fc.property(profile, fc.array(call, { minLength: 20, maxLength: 60 }), (random, calls) => {
        const filter = compileSeccomp(resolveSeccompProfile(random, defaultCapabilities)!);
        const included = random.syscalls.filter(({ includes }) => !includes?.caps.includes('CAP_SYS_ADMIN'));
        const spoken = included.flatMap((known) => known.names);
        for (const [choice, args] of calls) {
          // Half of the calls are ones the profile speaks of.
          const pool = choice % 2 && spoken.length > 0 ? spoken : names;
          const name = pool[choice % pool.length]!;
          expect([name, args, run(filter, syscallsI386.get(name)!, args).value]).toEqual([
            name,
            args,
            naive(included, random.defaultAction, name, args),
          ]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a program longer than a jump reaches', () => {
    const syscalls = names.map((name, index) => ({
      names: [name],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 1 + (index % 100),
      args: [{ index: 0, value: index, op: 'SCMP_CMP_EQ' }],
    }));
    const filter = compileSeccomp(
      resolveSeccompProfile({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }, defaultCapabilities)!,
    );
    names.forEach((name, index) => {
      expect(decide(filter, name, index)).toBe(0x00050001 + (index % 100));
      expect(decide(filter, name, index + 1)).toBe(ALLOW);
    });
  });
});

const compiler = 'i686-linux-gnu-gcc';
const why = spawnSync('which', [compiler]).status === 0 ? undefined : 'apt-get install -y gcc-i686-linux-gnu';
describe.skipIf(why)(`in a real kernel${why ? ` (${why})` : ''}`, () => {
  // Installs the filter from stdin and prints the errno of each call given as `number,argument`.
  const program = `
    #include <errno.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <unistd.h>
    #include <linux/filter.h>
    #include <sys/prctl.h>
    int main(int argc, char **argv) {
      static struct sock_filter code[4096];
      struct sock_fprog filter = { read(0, code, sizeof code) / sizeof *code, code };
      if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &filter)) return perror("seccomp"), 1;
      for (int i = 1; i < argc; i++) {
        char *rest;
        long number = strtol(argv[i], &rest, 0), argument = strtoul(rest + 1, 0, 0);
        errno = 0;
        syscall(number, argument, 0, 0, 0, 0, 0);
        printf("%d ", errno);
      }
    }`;

  test('it decides as expected', () => {
    const directory = mkdtempSync(join(tmpdir(), 'seccomp-'));
    try {
      writeFileSync(join(directory, 'try.c'), program);
      const compiled = spawnSync(compiler, ['-static', '-o', 'try', 'try.c'], { cwd: directory, encoding: 'utf8' });
      expect(compiled.stderr).toBe('');
      const calls = [
        ['getpid', 0, 0],
        ['personality', 0xffffffff, 0],
        ['personality', 0x40000, 1],
        ['socket', 40, 1],
        ['mount', 0, 1],
        ['reboot', 0, 1],
        ['clone3', 0, 38],
        ['mseal', 0, 38],
        ['clone', 0x10000000, 1],
        ['unshare', 0, 1],
        // Allowed, and then refused by the kernel for its argument.
        ['close', 1000, 9],
        ['mkdir', 0, 14],
      ] as const;
      const argv = calls.map(([name, argument]) => `${syscallsI386.get(name)},${argument}`);
      const { stdout, stderr } = spawnSync(join(directory, 'try'), argv, {
        input: defaultFilter(defaultCapabilities),
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(stdout.trim().split(' ').map(Number)).toEqual(calls.map(([, , errno]) => errno));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

test('with every capability nothing of the default profile is left out', () => {
  expect(decide(defaultFilter(new Set(allCapabilities)), 'delete_module')).toBe(ALLOW);
});
