// Device programs, judged by a real kernel: loaded, attached to a cgroup, and tried on device nodes.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DockerError } from '../../api/error.ts';
import { deviceProgram } from './device-program.ts';
import { type DeviceRule, deviceRules, parseDeviceRule } from './devices.ts';

const defaults = deviceRules({ privileged: false, devices: [], cgroupRules: [] });
type Request = { type: 'b' | 'c'; major: number; minor: number; access: string };

/** Runs a program as the kernel does, as far as ours use instructions. */
function run(program: Uint8Array, request: Request): boolean {
  const bits = [...request.access].reduce(
    (joined, letter) => joined | ({ m: 1, r: 2, w: 4 } as const)[letter as 'm'],
    0,
  );
  const context = [(bits << 16) | (request.type === 'b' ? 1 : 2), request.major, request.minor];
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const registers = new Array<number>(11).fill(0);
  for (let at = 0; ;) {
    const opcode = view.getUint8(at * 8);
    const destination = view.getUint8(at * 8 + 1) & 15;
    const source = view.getUint8(at * 8 + 1) >> 4;
    const offset = view.getInt16(at * 8 + 2, true);
    const immediate = view.getUint32(at * 8 + 4, true);
    at++;
    if (opcode === 0x95) return registers[0] === 1;
    else if (opcode === 0x61) registers[destination] = context[offset / 4]!;
    else if (opcode === 0xb7) registers[destination] = immediate;
    else if (opcode === 0xbf) registers[destination] = registers[source]!;
    else if (opcode === 0x57) registers[destination]! &= immediate;
    else if (opcode === 0x77) registers[destination]! >>>= immediate;
    else if (opcode === 0x16) at += registers[destination] === immediate ? offset : 0;
    else if (opcode === 0x56) at += registers[destination] !== immediate ? offset : 0;
    else throw new Error(`unknown opcode ${opcode}`);
  }
}

describe('decisions', () => {
  const may = (text: string, access: string, rules: readonly DeviceRule[] = defaults) => {
    const { type, major = 0, minor = 0 } = parseDeviceRule(`${text} rwm`);
    return run(deviceProgram(rules), { type: type as 'b' | 'c', major, minor, access });
  };

  test('by default', () => {
    expect(may('c 1:3', 'rw')).toBe(true);
    expect(may('c 136:7', 'rw')).toBe(true);
    expect(may('c 10:229', 'r')).toBe(false);
    expect(may('c 10:229', 'm')).toBe(true);
    expect(may('b 8:0', 'm')).toBe(true);
    expect(may('b 8:0', 'rm')).toBe(false);
    expect(may('b 1:3', 'r')).toBe(false);
  });

  test('as asked for', () => {
    const asked = (...cgroupRules: string[]) => deviceRules({ privileged: false, devices: [], cgroupRules });
    expect(may('c 10:229', 'rw', asked('c 10:* r'))).toBe(false);
    expect(may('c 10:229', 'r', asked('c 10:* r'))).toBe(true);
    expect(may('c 10:229', 'rw', asked('c 10:* r', 'c *:229 w'))).toBe(true);
    expect(may('b 8:0', 'rw', asked('a *:* rwm'))).toBe(true);
    expect(may('b 8:0', 'rw', deviceRules({ privileged: true, devices: [], cgroupRules: [] }))).toBe(true);
    const disk = { path: '/dev/x', type: 'b', major: 8, minor: 0, mode: 0o660, uid: 0, gid: 6, access: 'r' } as const;
    expect(may('b 8:0', 'r', deviceRules({ privileged: false, devices: [disk], cgroupRules: [] }))).toBe(true);
  });

  test('bad rules are refused', () => {
    for (const text of ['foo', '', 'c 1:1  rwm', 'z 1:1 rwm', 'c 1:1 rwmm']) {
      expect(() => parseDeviceRule(text)).toThrow(
        new DockerError('system', `invalid device cgroup rule format: '${text}'`),
      );
    }
  });

  const number = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
  const access = fc.subarray(['r', 'w', 'm'], { minLength: 1 }).map((letters) => letters.join(''));
  const rule = fc.record({
    allow: fc.boolean(),
    type: fc.constantFrom('a', 'b', 'c'),
    major: number,
    minor: number,
    access,
  });
  const request = fc.record({
    type: fc.constantFrom('b', 'c'),
    major: fc.integer({ min: 0, max: 2 }),
    minor: fc.integer({ min: 0, max: 2 }),
    access,
  });

  test('the last rule that speaks of an access decides on it', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), request, (rules, asked) => {
        const expected = [...asked.access].every((letter) => {
          const last = rules.findLast(
            ({ type, major, minor, access: spoken }) =>
              (type === 'a' || type === asked.type) &&
              (major ?? asked.major) === asked.major &&
              (minor ?? asked.minor) === asked.minor &&
              spoken.includes(letter),
          );
          return last?.allow ?? false;
        });
        expect(run(deviceProgram(rules), asked)).toBe(expected);
      }),
    );
  });
});

// Loads programs from stdin (a line of hex each) and, where cgroup v2 is there, attaches the first and tries devices.
const script = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    result = libc.syscall(321, command, buffer, len(attributes))
    if result < 0:
        sys.exit(f"bpf {command}: {os.strerror(ctypes.get_errno())}")
    return result
programs = []
for line in sys.stdin.read().split():
    code = ctypes.create_string_buffer(bytes.fromhex(line))
    license = ctypes.create_string_buffer(b"")
    programs.append(bpf(5, struct.pack("<IIQQIIQII", 15, len(line) // 16, ctypes.addressof(code), ctypes.addressof(license), 0, 0, 0, 0, 0)))
print("loaded", len(programs))
root = sys.argv[1]
group = f"{root}/device-program-test-{os.getpid()}"
os.mkdir(group)
directory = os.open(group, os.O_RDONLY)
bpf(8, struct.pack("<IIII", directory, programs[0], 6, 0))
child = os.fork()
if child == 0:
    open(f"{group}/cgroup.procs", "w").write(str(os.getpid()))
    for path in ["/dev/null", "/dev/urandom", "/dev/kmsg"]:
        try:
            os.close(os.open(path, os.O_RDONLY))
            print(path, "open", flush=True)
        except OSError as error:
            print(path, error.strerror, flush=True)
    os._exit(0)
os.waitpid(child, 0)
os.rmdir(group)
`;
const cgroup2 = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find(
  (path) => existsSync(`${path}/cgroup.procs`) && existsSync(`${path}/cgroup.controllers`),
);
const why =
  process.getuid?.() !== 0 || process.arch !== 'x64'
    ? 'needs root on x86-64 Linux'
    : cgroup2 === undefined
      ? 'needs cgroup v2: mount -t cgroup2 none /sys/fs/cgroup/unified'
      : undefined;
test.skipIf(why)(`in a real kernel${why ? ` (${why})` : ''}`, () => {
  const programs = [
    defaults,
    deviceRules({ privileged: true, devices: [], cgroupRules: [] }),
    [],
    [
      { allow: true, type: 'a', access: 'rwm' },
      { allow: false, type: 'c', major: 1, access: 'w' },
    ] as const,
  ].map((rules) => Buffer.from(deviceProgram(rules)).toString('hex'));
  const { stdout, stderr } = spawnSync('python3', ['-c', script, cgroup2!], {
    input: programs.join('\n'),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual([
    'loaded 4',
    '/dev/null open',
    '/dev/urandom open',
    '/dev/kmsg Operation not permitted',
  ]);
});
