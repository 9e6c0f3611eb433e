// Device rules as an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE, which is how cgroup v2 decides who may open or
// make a device node. The kernel runs it on open and mknod only.

import { ByteWriter } from '../../lib/bytes.ts';
import type { DeviceRule } from './devices.ts';

type Instruction = readonly [code: number, destination: number, source: number, offset: number, immediate: number];

const BPF_LDX_MEM_W = 0x61;
const BPF_MOV64_K = 0xb7;
const BPF_MOV64_X = 0xbf;
const BPF_AND64_K = 0x57;
const BPF_RSH64_K = 0x77;
const BPF_JEQ32_K = 0x16;
const BPF_JNE32_K = 0x56;
const BPF_EXIT = 0x95;

/** struct bpf_cgroup_dev_ctx: u32 access_type (access << 16 | type) · u32 major · u32 minor. */
const [offsetOfAccessType, offsetOfMajor, offsetOfMinor] = [0, 4, 8];
const types = { b: 1, c: 2 } as const;
const accesses: Record<string, number> = { m: 1, r: 2, w: 4 };
const allAccess = 7;

/** Registers: the result, the context, then what is read from it; `wanted` loses what has been allowed. */
const [result, context, type, wanted, major, minor] = [0, 1, 2, 3, 4, 5];

const exit = (allowed: boolean): Instruction[] => [
  [BPF_MOV64_K, result, 0, 0, allowed ? 1 : 0],
  [BPF_EXIT, 0, 0, 0, 0],
];

const accessBits = (access: string): number => [...access].reduce((bits, letter) => bits | accesses[letter]!, 0);

/** What happens once a rule's device matched; `final` when nothing can come after it. */
function verdict(rule: DeviceRule): { code: Instruction[]; final: boolean } {
  const access = accessBits(rule.access);
  if (access === allAccess) return { code: exit(rule.allow), final: true };
  if (rule.allow) {
    const code: Instruction[] = [
      [BPF_AND64_K, wanted, 0, 0, ~access & allAccess],
      [BPF_JNE32_K, wanted, 0, 2, 0],
      ...exit(true),
    ];
    return { code, final: false };
  }
  const code: Instruction[] = [
    [BPF_MOV64_X, result, wanted, 0, 0],
    [BPF_AND64_K, result, 0, 0, access],
    [BPF_JEQ32_K, result, 0, 2, 0],
    ...exit(false),
  ];
  return { code, final: false };
}

/**
 * The program as an array of struct bpf_insn. Every kind of access is decided by the last rule that speaks of it for the
 * device, and denied when none does.
 */
export function deviceProgram(rules: readonly DeviceRule[]): Uint8Array {
  const code: Instruction[] = [
    [BPF_LDX_MEM_W, type, context, offsetOfAccessType, 0],
    [BPF_MOV64_X, wanted, type, 0, 0],
    [BPF_AND64_K, type, 0, 0, 0xffff],
    [BPF_RSH64_K, wanted, 0, 0, 16],
    [BPF_LDX_MEM_W, major, context, offsetOfMajor, 0],
    [BPF_LDX_MEM_W, minor, context, offsetOfMinor, 0],
  ];
  let decided = false;
  for (const rule of rules.toReversed()) {
    const { code: body, final } = verdict(rule);
    const tests: [register: number, value: number][] = [];
    if (rule.type !== 'a') tests.push([type, types[rule.type]]);
    if (rule.major !== undefined) tests.push([major, rule.major]);
    if (rule.minor !== undefined) tests.push([minor, rule.minor]);
    tests.forEach(([register, value], index) => {
      code.push([BPF_JNE32_K, register, 0, tests.length - 1 - index + body.length, value]);
    });
    code.push(...body);
    // The verifier refuses instructions that cannot be reached.
    decided = final && tests.length === 0;
    if (decided) break;
  }
  if (!decided) code.push(...exit(false));
  const writer = new ByteWriter(code.length * 8);
  for (const [opcode, destination, source, offset, immediate] of code) {
    writer
      .u8(opcode)
      .u8(destination | (source << 4))
      .u16(offset)
      .u32(immediate >>> 0);
  }
  return writer.finish();
}
