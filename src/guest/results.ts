/** What op programs return: decoding, and the error a failed program is (docs/guest-protocol.md, Results). */
import { ByteReader } from '../lib/bytes.ts';
import { errnoName, errnoText } from './errno.ts';
import type { Op, Program } from './program.ts';
import { describeOp } from './program-describe.ts';
import type { OpRef } from './program-builder.ts';

const NOT_FAILED = 0xffffffff;
const EBADMSG = 74;

/** One op that ran. */
export interface OpResult {
  readonly op: Op;
  readonly index: number;
  /** What the call returned; -errno when it failed. */
  readonly result: number;
  /** Microseconds since the start of the program it belongs to. */
  readonly start: number;
  /** Microseconds. */
  readonly duration: number;
  /** What the call wrote into its output buffers. */
  readonly output: Uint8Array;
  /** For a clone: how the child's program went. */
  readonly child?: ProgramResult;
}

/** How a program went: a record for each op that ran, in order. */
export class ProgramResult {
  readonly program: Program;
  readonly ops: readonly OpResult[];
  /** The index of the op that failed, undefined when the program succeeded. */
  readonly failed: number | undefined;

  constructor(program: Program, ops: readonly OpResult[], failed: number | undefined) {
    this.program = program;
    this.ops = ops;
    this.failed = failed;
  }

  /** The record of the op that `ref` stands for, in a child too; throws an Error when it did not run. */
  of(ref: OpRef): OpResult {
    const found = this.find(ref);
    if (!found) throw new Error(`result of ${describeOp(ref.op)} in "${this.program.name}": the op did not run`);
    return found;
  }

  /** What the call returned: `of(ref).result`. */
  value(ref: OpRef): number {
    return this.of(ref).result;
  }

  /** What the call wrote: `of(ref).output`. */
  output(ref: OpRef): Uint8Array {
    return this.of(ref).output;
  }

  /** The record of an op, or undefined when it did not run. */
  find(ref: OpRef): OpResult | undefined {
    for (const op of this.ops) {
      const found = op.op === ref.op ? op : op.child?.find(ref);
      if (found) return found;
    }
    return undefined;
  }
}

/** A program that failed: `mount("overlay", …): No such device`. It tells of the op it failed at, in a child or not. */
export class GuestError extends Error {
  /** `ENODEV`. */
  readonly code: string;
  /** The number of `code`. */
  readonly errno: number;
  readonly op: Op;
  /** The op as the trace shows it. */
  readonly description: string;
  /** The step the op belongs to. */
  readonly step: string;
  /** The op's place in its program. */
  readonly index: number;
  /** The op was one of a cloned child's. */
  readonly inChild: boolean;
  readonly result: ProgramResult;

  constructor(result: ProgramResult, failedProgram: ProgramResult, failure: OpResult) {
    const errno = -failure.result;
    const description = describeOp(failure.op);
    super(`${description}: ${errnoText(errno)}`);
    this.name = 'GuestError';
    this.code = errnoName(errno);
    this.errno = errno;
    this.op = failure.op;
    this.description = description;
    this.step = failure.op.step;
    this.index = failure.index;
    this.inChild = failedProgram !== result;
    this.result = result;
  }

  /** The error that a failed program is; undefined for one that succeeded. */
  static from(result: ProgramResult): GuestError | undefined {
    let program = result;
    let failure = failureIn(program);
    if (!failure) return undefined;
    for (let inner; failure.child && (inner = failureIn(failure.child)); failure = inner) program = failure.child;
    return new GuestError(result, program, failure);
  }
}

const failureIn = (result: ProgramResult): OpResult | undefined =>
  result.failed === undefined ? undefined : result.ops.find((op) => op.index === result.failed);

/**
 * Reads the results of `program`. Throws a RangeError for bytes that are not such results, and an Error when the agent
 * refused the whole program (malformed, or too large for its memory).
 */
export function decodeResults(program: Program, bytes: Uint8Array): ProgramResult {
  const reader = new ByteReader(bytes);
  const failed = reader.u32();
  const count = reader.u32();
  const ops: OpResult[] = [];
  for (let i = 0; i < count; i++) {
    const index = reader.u32();
    const result = reader.i32();
    const start = reader.u32();
    const duration = reader.u32();
    const output = reader.bytes(reader.u32());
    const op = program.ops[index];
    if (!op) {
      if (index === 0 && result < 0) throw new Error(refusal(program, -result));
      throw new RangeError(`read results of "${program.name}": op ${index} of ${program.ops.length}`);
    }
    const nested = op.name === 'clone' ? op.args.at(-1) : undefined;
    const child = nested?.kind === 'program' && output.length > 0 ? decodeResults(nested.program, output) : undefined;
    ops.push({ op, index, result, start, duration, output, child });
  }
  if (reader.remaining > 0)
    throw new RangeError(`read results of "${program.name}": ${reader.remaining} bytes too many`);
  if (failed === 0 && count === 1 && ops[0]!.result === -EBADMSG && ops[0]!.op.name !== 'netlink') {
    throw new Error(refusal(program, EBADMSG));
  }
  return new ProgramResult(program, ops, failed === NOT_FAILED ? undefined : failed);
}

const refusal = (program: Program, errno: number): string =>
  `run "${program.name}": the agent refused it: ${errnoText(errno)}`;
