// Turns a resolved profile into the classic BPF program the kernel runs on system calls (what libseccomp and runc do).
//
// Every instruction costs in an emulated CPU, so the number is looked up by binary search over ranges that share a
// decision. Only LD of nr and arch, jumps, AND and RET come before a decision: those the kernel can evaluate by itself
// when the filter is loaded, and it then lets calls that are always allowed pass without running the filter at all
// (seccomp_cache_prepare, kernel/seccomp.c).

import { ByteWriter } from '../../lib/bytes.ts';
import type { Condition, ResolvedProfile, ResolvedRule } from './seccomp-profile.ts';
import { syscallsI386 } from './syscalls-i386.ts';

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number];

const BPF_LD_W_ABS = 0x20;
const BPF_JA = 0x05;
const BPF_JEQ_K = 0x15;
const BPF_JGT_K = 0x25;
const BPF_JGE_K = 0x35;
const BPF_AND_K = 0x54;
const BPF_RET_K = 0x06;
const maximumInstructions = 4096;

/** Offsets in struct seccomp_data; of the 64-bit arguments i386 fills the low half, which comes first. */
const offsetOfNumber = 0;
const offsetOfArchitecture = 4;
const offsetOfArgument = (index: number) => 16 + 8 * index;

const AUDIT_ARCH_I386 = 0x40000003;
const SECCOMP_RET_KILL_THREAD = 0;
const SECCOMP_RET_ERRNO_ENOSYS = 0x00050000 | 38;

/** Calls that i386 also offers through one number whose first argument tells which (linux/net.h, linux/ipc.h). */
const multiplexed: Record<string, Record<string, number>> = {
  socketcall: {
    socket: 1,
    bind: 2,
    connect: 3,
    listen: 4,
    accept: 5,
    getsockname: 6,
    getpeername: 7,
    socketpair: 8,
    send: 9,
    recv: 10,
    sendto: 11,
    recvfrom: 12,
    shutdown: 13,
    setsockopt: 14,
    getsockopt: 15,
    sendmsg: 16,
    recvmsg: 17,
    accept4: 18,
    recvmmsg: 19,
    sendmmsg: 20,
  },
  ipc: {
    semop: 1,
    semget: 2,
    semctl: 3,
    semtimedop: 4,
    msgsnd: 11,
    msgrcv: 12,
    msgget: 13,
    msgctl: 14,
    shmat: 21,
    shmdt: 22,
    shmget: 23,
    shmctl: 24,
  },
};

/** What happens to one system call: the first alternative whose conditions are all met decides. */
export type Decision = { readonly alternatives: readonly Alternative[]; readonly otherwise: number };
type Alternative = Pick<ResolvedRule, 'conditions' | 'action'>;

/** The numbers a rule speaks of, with the conditions for each. Names i386 does not have are skipped, as by runc. */
function* targets({ names, conditions }: ResolvedRule): Generator<[number: number, conditions: readonly Condition[]]> {
  for (const name of names) {
    const number = syscallsI386.get(name);
    if (number !== undefined) yield [number, conditions];
    // The multiplexer's own arguments lie in memory, so a rule that looks at arguments cannot be carried over.
    if (conditions.length > 0) continue;
    for (const [multiplexer, calls] of Object.entries(multiplexed)) {
      const value = calls[name];
      if (value === undefined) continue;
      yield [syscallsI386.get(multiplexer)!, [{ index: 0, operator: 'SCMP_CMP_EQ', value, valueTwo: 0 }]];
    }
  }
}

/** The decision for every number up to the last known one, and the one for all numbers above. */
export function seccompDecisions(profile: ResolvedProfile): { decisions: Decision[]; above: Decision } {
  const { defaultAction, rules } = profile;
  const last = Math.max(...syscallsI386.values());
  const alternatives = Array.from({ length: last + 1 }, (): Alternative[] => []);
  let lastNamed = -1;
  for (const rule of rules) {
    for (const [number, conditions] of targets(rule)) {
      lastNamed = Math.max(lastNamed, number);
      // A rule that says what would happen anyway is none (libseccomp refuses it, runc leaves it out).
      if (rule.action !== defaultAction) alternatives[number]!.push({ conditions, action: rule.action });
    }
  }
  const unknown = profile.unknownIsNotImplemented && lastNamed >= 0 ? SECCOMP_RET_ERRNO_ENOSYS : defaultAction;
  const decisions = alternatives.map((found, number): Decision => {
    if (number > lastNamed) return { alternatives: [], otherwise: unknown };
    // A rule without conditions outweighs those with, wherever it stands (libseccomp, db.c).
    const always = found.find(({ conditions }) => conditions.length === 0);
    return always ? { alternatives: [], otherwise: always.action } : { alternatives: found, otherwise: defaultAction };
  });
  return { decisions, above: { alternatives: [], otherwise: unknown } };
}

/** Falls through when the condition holds; else skips `skipped` instructions more than its own. */
function conditionCode({ index, operator, value, valueTwo }: Condition, skipped: number): Instruction[] {
  const load: Instruction = [BPF_LD_W_ABS, 0, 0, offsetOfArgument(index)];
  switch (operator) {
    case 'SCMP_CMP_EQ':
      return [load, [BPF_JEQ_K, 0, skipped, value]];
    case 'SCMP_CMP_NE':
      return [load, [BPF_JEQ_K, skipped, 0, value]];
    case 'SCMP_CMP_GT':
      return [load, [BPF_JGT_K, 0, skipped, value]];
    case 'SCMP_CMP_GE':
      return [load, [BPF_JGE_K, 0, skipped, value]];
    case 'SCMP_CMP_LE':
      return [load, [BPF_JGT_K, skipped, 0, value]];
    case 'SCMP_CMP_LT':
      return [load, [BPF_JGE_K, skipped, 0, value]];
    case 'SCMP_CMP_MASKED_EQ':
      return [load, [BPF_AND_K, 0, 0, value], [BPF_JEQ_K, 0, skipped, valueTwo]];
  }
}

const returnCode = (action: number): Instruction => [BPF_RET_K, 0, 0, action];

function decisionCode({ alternatives, otherwise }: Decision): Instruction[] {
  const code: Instruction[] = [];
  for (const { conditions, action } of alternatives) {
    let alternative = [returnCode(action)];
    for (const one of conditions.toReversed())
      alternative = [...conditionCode(one, alternative.length), ...alternative];
    code.push(...alternative);
  }
  return [...code, returnCode(otherwise)];
}

type Range = { readonly start: number; readonly decision: Decision };

function searchCode(ranges: readonly Range[]): Instruction[] {
  if (ranges.length === 1) return decisionCode(ranges[0]!.decision);
  const middle = ranges.length >> 1;
  const { start } = ranges[middle]!;
  const below = searchCode(ranges.slice(0, middle));
  const above = searchCode(ranges.slice(middle));
  // A conditional jump spans at most 255 instructions; beyond that an unconditional one carries on.
  const jump: Instruction[] =
    below.length <= 255
      ? [[BPF_JGE_K, below.length, 0, start]]
      : [
          [BPF_JGE_K, 0, 1, start],
          [BPF_JA, 0, 0, below.length],
        ];
  return [...jump, ...below, ...above];
}

/** The filter as an array of struct sock_filter. Throws a RangeError when it is longer than the kernel takes. */
export function compileSeccomp(profile: ResolvedProfile): Uint8Array {
  const { decisions, above } = seccompDecisions(profile);
  const ranges: Range[] = [];
  let previous = '';
  [...decisions, above].forEach((decision, start) => {
    const key = JSON.stringify(decision);
    if (key !== previous) ranges.push({ start, decision });
    previous = key;
  });
  const code: Instruction[] = [
    [BPF_LD_W_ABS, 0, 0, offsetOfArchitecture],
    [BPF_JEQ_K, 1, 0, AUDIT_ARCH_I386],
    returnCode(SECCOMP_RET_KILL_THREAD),
    [BPF_LD_W_ABS, 0, 0, offsetOfNumber],
    ...searchCode(ranges),
  ];
  if (code.length > maximumInstructions) {
    throw new RangeError(
      `compiling a seccomp profile: ${code.length} instructions, the kernel takes ${maximumInstructions}`,
    );
  }
  const writer = new ByteWriter(code.length * 8);
  for (const [opcode, jumpTrue, jumpFalse, k] of code) writer.u16(opcode).u8(jumpTrue).u8(jumpFalse).u32(k);
  return writer.finish();
}
