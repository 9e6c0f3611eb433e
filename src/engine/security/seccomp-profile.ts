// Seccomp profiles as Docker reads them (`--security-opt seccomp=<json>`): the OCI runtime spec's with conditions on
// capabilities, architecture and kernel. Loading one checks it; resolving one leaves the rules that hold for a container.

import * as z from 'zod';
import { DockerError } from '../../api/error.ts';
import type { CapabilitySet } from './capabilities.ts';
import { runtimeCreateError } from './runtime-error.ts';

const operators = [
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_EQ',
  'SCMP_CMP_GE',
  'SCMP_CMP_GT',
  'SCMP_CMP_MASKED_EQ',
] as const;
export type Operator = (typeof operators)[number];

/** Every field a Go program would decode is nullish here: JSON null leaves Go's zero value. */
const text = z.string().nullish();
const unsigned = z.number().int().min(0).nullish();
const texts = z.array(z.string()).nullish();
const filterSchema = z.object({ caps: texts, arches: texts, minKernel: text }).nullish();
const argumentSchema = z.object({ index: unsigned, value: unsigned, valueTwo: unsigned, op: text });
const syscallSchema = z.object({
  name: text,
  names: texts,
  action: text,
  errnoRet: unsigned,
  args: z.array(argumentSchema).nullish(),
  comment: text,
  includes: filterSchema,
  excludes: filterSchema,
});
const profileSchema = z.object({
  defaultAction: text,
  defaultErrnoRet: unsigned,
  architectures: texts,
  archMap: z.array(z.object({ architecture: text, subArchitectures: texts })).nullish(),
  flags: texts,
  listenerPath: text,
  listenerMetadata: text,
  syscalls: z.array(syscallSchema).nullish(),
});

export type SeccompProfile = z.infer<typeof profileSchema>;
export type SyscallRule = z.infer<typeof syscallSchema>;

/** A rule that holds: for these calls, when all conditions are met, this is done (a SECCOMP_RET_* value). */
export type ResolvedRule = {
  readonly names: readonly string[];
  readonly conditions: readonly Condition[];
  readonly action: number;
};
export type Condition = {
  /** Argument 0 to 5. */
  readonly index: number;
  readonly operator: Operator;
  readonly value: number;
  readonly valueTwo: number;
};
export type ResolvedProfile = {
  readonly defaultAction: number;
  readonly rules: readonly ResolvedRule[];
  /** Whether calls newer than any the profile names fail with ENOSYS instead of the default (runc's doing). */
  readonly unknownIsNotImplemented: boolean;
};

/** Go's names for what is decoded where, which encoding/json puts into its complaints. */
const goFields: Record<string, readonly [path: string, type: string]> = {
  '': ['', 'seccomp.Seccomp'],
  defaultAction: ['Seccomp.LinuxSeccomp.defaultAction', 'specs.LinuxSeccompAction'],
  defaultErrnoRet: ['Seccomp.LinuxSeccomp.defaultErrnoRet', 'uint'],
  architectures: ['Seccomp.LinuxSeccomp.architectures', '[]specs.Arch'],
  flags: ['Seccomp.LinuxSeccomp.flags', '[]specs.LinuxSeccompFlag'],
  listenerPath: ['Seccomp.LinuxSeccomp.listenerPath', 'string'],
  listenerMetadata: ['Seccomp.LinuxSeccomp.listenerMetadata', 'string'],
  archMap: ['Seccomp.archMap', '[]seccomp.Architecture'],
  syscalls: ['Seccomp.syscalls', '[]*seccomp.Syscall'],
  'syscalls[]': ['Seccomp.syscalls', 'seccomp.Syscall'],
  'syscalls[].name': ['Syscall.syscalls.name', 'string'],
  'syscalls[].comment': ['Syscall.syscalls.comment', 'string'],
  'syscalls[].names': ['Syscall.syscalls.LinuxSyscall.names', '[]string'],
  'syscalls[].names[]': ['Syscall.syscalls.LinuxSyscall.names', 'string'],
  'syscalls[].action': ['Syscall.syscalls.LinuxSyscall.action', 'specs.LinuxSeccompAction'],
  'syscalls[].errnoRet': ['Syscall.syscalls.LinuxSyscall.errnoRet', 'uint'],
  'syscalls[].args': ['Syscall.syscalls.LinuxSyscall.args', '[]specs.LinuxSeccompArg'],
  'syscalls[].args[]': ['Syscall.syscalls.LinuxSyscall.args', 'specs.LinuxSeccompArg'],
  'syscalls[].args[].index': ['LinuxSeccompArg.syscalls.LinuxSyscall.args.index', 'uint'],
  'syscalls[].args[].value': ['LinuxSeccompArg.syscalls.LinuxSyscall.args.value', 'uint64'],
  'syscalls[].args[].valueTwo': ['LinuxSeccompArg.syscalls.LinuxSyscall.args.valueTwo', 'uint64'],
  'syscalls[].args[].op': ['LinuxSeccompArg.syscalls.LinuxSyscall.args.op', 'specs.LinuxSeccompOperator'],
  'syscalls[].includes': ['Syscall.syscalls.includes', 'seccomp.Filter'],
  'syscalls[].excludes': ['Syscall.syscalls.excludes', 'seccomp.Filter'],
};

const decodingFailed = (reason: string): DockerError =>
  new DockerError('system', `Decoding seccomp profile failed: ${reason}`);

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

function decodeJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const first = body.trimStart()[0];
    if (first === undefined || /end of JSON|Expected property name or '}' in JSON/.test(String(cause))) {
      if (first === undefined || body.trim() === first) throw decodingFailed('unexpected end of JSON input');
    }
    if (!/[[{"\d\-tfn]/.test(first ?? '')) {
      throw decodingFailed(`invalid character '${first}' looking for beginning of value`);
    }
    throw decodingFailed((cause as Error).message);
  }
}

/** Decodes a profile; errors are Docker's, at `docker start`. */
export function loadSeccompProfile(body: string): SeccompProfile {
  const decoded = decodeJson(body);
  const { success, data, error } = profileSchema.safeParse(decoded);
  if (success) return data;
  const { path } = error.issues[0]!;
  const value = path.reduce<unknown>((parent, key) => (parent as Record<PropertyKey, unknown>)[key], decoded);
  const place = path.map((key) => (typeof key === 'number' ? '[]' : `.${String(key)}`)).join('');
  const [field, type] = goFields[place.replace(/^\./, '')] ?? [place, 'string'];
  // Go shows a number only when its kind is right and its range or sign is not.
  const given = typeof value === 'number' && type.startsWith('uint') ? `number ${value}` : kindOf(value);
  const target = field === '' ? `Go value of type ${type}` : `Go struct field ${field} of type ${type}`;
  throw decodingFailed(`json: cannot unmarshal ${given} into ${target}`);
}

/** What the guest is, for conditions: Docker's name of the architecture and the kernel's version. */
const guestArchitecture = 'x86';
const guestKernel = [6, 12] as const;

const EPERM = 1;
const ENOSYS = 38;

/** SECCOMP_RET_* of linux/seccomp.h; the low 16 bits carry an errno or a tracer's number. */
const actions: Record<string, number> = {
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

const startFailed = (reason: string) => runtimeCreateError(`unable to start container process: ${reason}`);

function actionValue(name: string, errno: number | null | undefined): number {
  const action = actions[name];
  if (action === undefined) throw runtimeCreateError(`string ${name} is not a valid action for seccomp`);
  const carriesNumber = name === 'SCMP_ACT_ERRNO' || name === 'SCMP_ACT_TRACE';
  return carriesNumber ? (action | ((errno ?? EPERM) & 0xffff)) >>> 0 : action;
}

function kernelReaches(version: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})$/.exec(version);
  if (!parts) {
    throw decodingFailed(`invalid kernel version: ${JSON.stringify(version)}, expected "<kernel>.<major>"`);
  }
  const [kernel, major] = [Number(parts[1]), Number(parts[2])];
  if (kernel === 0 && major === 0) {
    throw decodingFailed(
      `invalid kernel version: ${JSON.stringify(version)}, expected "<kernel>.<major>": version cannot be 0.0`,
    );
  }
  return guestKernel[0] > kernel || (guestKernel[0] === kernel && guestKernel[1] >= major);
}

function applies({ includes, excludes }: SyscallRule, capabilities: CapabilitySet): boolean {
  const has = (name: string) => (capabilities as ReadonlySet<string>).has(name);
  if (excludes?.arches?.includes(guestArchitecture)) return false;
  if (excludes?.caps?.some(has)) return false;
  if (excludes?.minKernel && kernelReaches(excludes.minKernel)) return false;
  if (includes?.arches?.length && !includes.arches.includes(guestArchitecture)) return false;
  if (includes?.caps && !includes.caps.every(has)) return false;
  return !includes?.minKernel || kernelReaches(includes.minKernel);
}

/** The low 32 bits, all that an argument has on i386; -1 as a uint64 is beyond a JavaScript number's precision. */
const low32 = (value: number): number => (value >= 2 ** 64 ? 0xffffffff : Number(BigInt(value) & 0xffff_ffffn));

function condition(syscall: string, { index, value, valueTwo, op }: z.infer<typeof argumentSchema>): Condition {
  const operator = operators.find((known) => known === op);
  if (!operator) throw runtimeCreateError(`string ${op ?? ''} is not a valid operator for seccomp`);
  if ((index ?? 0) > 5) {
    throw startFailed(
      `error creating seccomp syscall condition for syscall ${syscall}: syscalls only have up to 6 arguments (${index} given)`,
    );
  }
  return { index: index ?? 0, operator, value: low32(value ?? 0), valueTwo: low32(valueTwo ?? 0) };
}

/**
 * The rules that hold for a container with these capabilities in its bounding set; undefined when the profile is empty,
 * which means no filter at all. Errors are dockerd's and runc's.
 */
export function resolveSeccompProfile(
  profile: SeccompProfile,
  capabilities: CapabilitySet,
): ResolvedProfile | undefined {
  const syscalls = profile.syscalls ?? [];
  if (!profile.defaultAction && syscalls.length === 0) return undefined;
  if (profile.architectures?.length && profile.archMap?.length) {
    const both = `both 'architectures' and 'archMap' are specified in the seccomp profile`;
    throw new DockerError('system', `${both}, use either 'architectures' or 'archMap'`);
  }
  if (profile.defaultAction === 'SCMP_ACT_NOTIFY') {
    throw startFailed('SCMP_ACT_NOTIFY cannot be used as default action');
  }
  if (profile.flags?.length) throw runtimeCreateError('seccomp flags are not yet supported by runc');
  const unknownArchitecture = profile.architectures?.find((name) => !/^SCMP_ARCH_[A-Z0-9_]+$/.test(name));
  if (unknownArchitecture !== undefined) {
    throw runtimeCreateError(`string ${unknownArchitecture} is not a valid arch for seccomp`);
  }

  const defaultName = profile.defaultAction ?? '';
  const defaultAction = actionValue(defaultName, profile.defaultErrnoRet);
  const rules = syscalls.flatMap((rule): ResolvedRule[] => {
    if (rule.name && rule.names?.length) {
      const both = `both 'name' and 'names' are specified in the seccomp profile`;
      throw new DockerError('system', `${both}, use either 'name' or 'names'`);
    }
    if (!applies(rule, capabilities)) return [];
    const names = rule.name ? [rule.name] : (rule.names ?? []);
    if (names.includes('')) throw startFailed('empty string is not a valid syscall');
    if (rule.action === 'SCMP_ACT_NOTIFY') throw startFailed('listenerPath is not set');
    const action = actionValue(rule.action ?? '', rule.errnoRet);
    const conditions = (rule.args ?? []).map((argument) => condition(names[0] ?? '', argument));
    // Two conditions on one argument are alternatives: runc makes each a rule of its own.
    const repeated = new Set(conditions.map(({ index }) => index)).size < conditions.length;
    return repeated ? conditions.map((one) => ({ names, conditions: [one], action })) : [{ names, conditions, action }];
  });
  const permissive = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'].includes(defaultName);
  return { defaultAction, rules, unknownIsNotImplemented: !permissive && profile.defaultErrnoRet !== ENOSYS };
}
