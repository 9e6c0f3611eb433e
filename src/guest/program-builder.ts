/**
 * Writes op programs so that they read like the system calls they are:
 *
 *   const p = new ProgramBuilder('create network');
 *   p.step('namespace');
 *   const own = p.open('/proc/self/ns/net', open.O_RDONLY);
 *   p.unshare(clone.CLONE_NEWNET);
 *   p.always.setns(own, clone.CLONE_NEWNET);
 *   const result = await channel.run(p.build());
 *
 * Every method returns an OpRef: given as an integer to a later op it stands for the result (a register is assigned
 * then), and given to `ProgramResult.of` it finds what the op returned.
 */
import { encodeUtf8 } from '../lib/bytes.ts';
import type { Arg, Op, Program } from './program.ts';
import { REGISTER_COUNT } from './program.ts';
import { type OpName, type OpSpec, ops, type Param, paramsOf, specOf } from './syscalls.ts';

/** An integer argument: a number (signed or unsigned 32 bits) or the result of an earlier op. */
export type Int = number | OpRef;

interface ArgOfKind {
  i: Int;
  q: number | bigint;
  s: string;
  S: string | null;
  b: Uint8Array | string;
  B: Uint8Array | string | null;
  x: Uint8Array;
  o: number;
  O: number | null;
  v: readonly string[];
  P: ProgramBuilder;
}

// The argument tuple of an op, read off its parameter string: "path:s flags:i mode?:i" is [string, Int, Int?].
type ArgsOf<P extends string> = P extends `${infer First} ${infer Rest}`
  ? [...ArgOf<First>, ...ArgsOf<Rest>]
  : P extends ''
    ? []
    : ArgOf<P>;
type ArgOf<Word extends string> = Word extends `${string}?:${infer K}`
  ? K extends keyof ArgOfKind
    ? [ArgOfKind[K]?]
    : []
  : Word extends `${string}:${infer K}`
    ? K extends keyof ArgOfKind
      ? [ArgOfKind[K]]
      : []
    : [];

/** Ops whose method is written by hand below. */
type HandWritten = 'clone' | 'pipe' | 'socketpair';

/** One method an op, with its parameters in the table's order. */
export type OpMethods = {
  [Name in Exclude<OpName, HandWritten>]: (...args: ArgsOf<(typeof ops)[Name]['params']>) => OpRef;
} & {
  /** `clone3`: starts `program` in new namespaces, in a cgroup when one is given; the result is the child's pid. */
  clone(child: CloneArgs): OpRef;
  /** `pipe2`: the read end and the write end. */
  pipe(flags?: number): [OpRef, OpRef];
  socketpair(domain: number, type: number): [OpRef, OpRef];
};

export interface CloneArgs {
  /** CLONE_NEW… flags. */
  readonly flags: number;
  /** A directory descriptor of the cgroup the child starts in. */
  readonly cgroup?: Int;
  /** A descriptor of the pid namespace the child is put into. */
  readonly pidns?: Int;
  /** Made by `child()` of the same builder. */
  readonly program: ProgramBuilder;
}

/** The result of an op, before it exists. */
export class OpRef {
  readonly op: Op & { dst: number };
  readonly #registers: Registers;
  readonly #offset: number;

  constructor(op: Op & { dst: number }, registers: Registers, offset = 0) {
    this.op = op;
    this.#registers = registers;
    this.#offset = offset;
  }

  /** The register that holds the result, assigned when somebody asks. */
  get register(): number {
    if (this.op.dst < 0) this.op.dst = this.#registers.take(1);
    return this.op.dst + this.#offset;
  }
}

/** Hands out registers; a program and its children share them, since a child inherits a copy of all. */
class Registers {
  #next = 0;

  take(count: number): number {
    const first = this.#next;
    if (first + count > REGISTER_COUNT)
      throw new RangeError(`build program: more than ${REGISTER_COUNT} results are used`);
    this.#next += count;
    return first;
  }
}

interface Behaviour {
  readonly continueOnError: boolean;
  readonly always: boolean;
}

const strict: Behaviour = { continueOnError: false, always: false };

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the methods are made from the table below
export interface ProgramBuilder extends OpMethods {}

// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging
export class ProgramBuilder {
  readonly name: string;
  /** The same methods for ops whose failure does not stop the program. */
  readonly try: OpMethods;
  /** The same methods for clean-up: they run even after the program failed, and their failure stops nothing. */
  readonly always: OpMethods;
  readonly #ops: Op[] = [];
  readonly #registers: Registers;
  #step: string;

  /** @param name what the program does, for the trace and errors. */
  constructor(name: string, parent?: ProgramBuilder) {
    this.name = name;
    this.#step = name;
    this.#registers = parent ? parent.#registers : new Registers();
    this.try = new OpsBehaving(this, { continueOnError: true, always: false }) as unknown as OpMethods;
    this.always = new OpsBehaving(this, { continueOnError: false, always: true }) as unknown as OpMethods;
  }

  /** Names the part of the work that the ops from here on belong to. */
  step(label: string): this {
    this.#step = label;
    return this;
  }

  /** A program for a child of this one: it may use results of ops that run before the clone. */
  child(name: string): ProgramBuilder {
    return new ProgramBuilder(name, this);
  }

  build(): Program {
    return { name: this.name, ops: this.#ops };
  }

  /** Adds an op with its arguments as the wire has them; the op methods come here. */
  add(name: OpName, args: Arg[], behaviour: Behaviour, results = 1): OpRef {
    const dst = results > 1 ? this.#registers.take(results) : -1;
    const op = { name, args, dst, ...behaviour, step: this.#step };
    this.#ops.push(op);
    return new OpRef(op, this.#registers);
  }

  /** A pair of refs for an op that returns two descriptors. */
  addPair(name: OpName, args: Arg[], behaviour: Behaviour): [OpRef, OpRef] {
    const first = this.add(name, args, behaviour, 2);
    return [first, new OpRef(first.op, this.#registers, 1)];
  }
}

/** The op methods with another behaviour on failure. */
class OpsBehaving {
  readonly builder: ProgramBuilder;
  readonly behaviour: Behaviour;

  constructor(builder: ProgramBuilder, behaviour: Behaviour) {
    this.builder = builder;
    this.behaviour = behaviour;
  }
}

function addOp(builder: ProgramBuilder, name: OpName, behaviour: Behaviour, values: readonly unknown[]) {
  if (name === 'clone') {
    const { flags, cgroup = -1, pidns = -1, program } = values[0] as CloneArgs;
    return builder.add(name, argsFor(name, [flags, cgroup, pidns, program]), behaviour);
  }
  if (name === 'pipe') return builder.addPair(name, argsFor(name, [values[0] ?? 0]), behaviour);
  if (name === 'socketpair') return builder.addPair(name, argsFor(name, values), behaviour);
  return builder.add(name, argsFor(name, values), behaviour);
}

for (const name of Object.keys(ops) as OpName[]) {
  Object.defineProperty(ProgramBuilder.prototype, name, {
    value(this: ProgramBuilder, ...values: unknown[]) {
      return addOp(this, name, strict, values);
    },
  });
  Object.defineProperty(OpsBehaving.prototype, name, {
    value(this: OpsBehaving, ...values: unknown[]) {
      return addOp(this.builder, name, this.behaviour, values);
    },
  });
}

function argsFor(name: OpName, values: readonly unknown[]): Arg[] {
  const written = paramsOf(name).filter(({ kind }) => kind !== 'n' && kind !== 'l');
  if (values.length > written.length)
    throw new TypeError(`${name}: ${values.length} arguments, it takes ${written.length}`);
  return written.flatMap((param, i) => {
    if (values[i] === undefined && !param.optional) throw new TypeError(`${name}: ${param.name} is missing`);
    return toArgs(name, specOf(name), param, values[i]);
  });
}

function toArgs(name: OpName, { cloexec }: OpSpec, param: Param, value: unknown): Arg[] {
  switch (param.kind) {
    case 'i': {
      if (value instanceof OpRef) return [{ kind: 'register', register: value.register }];
      const bits = cloexec?.[0] === param.name ? cloexec[1] : 0;
      return [{ kind: 'int', value: checkInt(name, param, value ?? 0) | bits }];
    }
    case 'q': {
      const whole = BigInt.asUintN(64, BigInt(value as number | bigint));
      return [
        { kind: 'int', value: Number(whole & 0xffffffffn) | 0 },
        { kind: 'int', value: Number(whole >> 32n) | 0 },
      ];
    }
    case 's':
    case 'S':
      if (param.kind === 'S' && (value ?? null) === null) return [{ kind: 'null' }];
      return [{ kind: 'string', text: String(value) }];
    case 'b':
    case 'B':
    case 'x':
      if (param.kind === 'B' && (value ?? null) === null) return [{ kind: 'null' }];
      return [{ kind: 'bytes', bytes: typeof value === 'string' ? encodeUtf8(value) : (value as Uint8Array) }];
    case 'o':
    case 'O':
      if (param.kind === 'O' && (value ?? null) === null) return [{ kind: 'null' }];
      return [{ kind: 'out', size: checkInt(name, param, value) }];
    case 'v':
      return [{ kind: 'vector', strings: value as readonly string[] }];
    default:
      return [{ kind: 'program', program: (value as ProgramBuilder).build() }];
  }
}

/** Accepts what fits into 32 bits, signed or unsigned, so that flags like 0x80000000 can be written plainly. */
function checkInt(name: OpName, param: Param, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) {
    throw new RangeError(`${name}: ${param.name} is ${String(value)}, not a 32-bit integer`);
  }
  return value | 0;
}
