/** Op programs as data, and their encoding: lists of system calls the agent carries out (docs/guest-protocol.md). */
import { ByteWriter } from '../lib/bytes.ts';
import { encodeName } from '../lib/name-bytes.ts';
import { MAX_FRAME_PAYLOAD } from './frames.ts';
import { type OpName, specOf } from './syscalls.ts';

export type Arg =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'string'; readonly text: string }
  /** `size` where only the start of the bytes was kept, of a program that has run. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly size?: number }
  | { readonly kind: 'out'; readonly size: number }
  | { readonly kind: 'null' }
  | { readonly kind: 'vector'; readonly strings: readonly string[] }
  | { readonly kind: 'program'; readonly program: Program };

export interface Op {
  readonly name: OpName;
  /** One for each parameter the caller writes, in order; a 64-bit one is two. */
  readonly args: readonly Arg[];
  /** The register that receives the result, -1 for none. */
  readonly dst: number;
  /** A failure of this op does not stop the program. */
  readonly continueOnError: boolean;
  /** Runs even after the program failed (clean-up); its own failure never stops anything. */
  readonly always: boolean;
  /** Which part of the work this op belongs to, for the trace. */
  readonly step: string;
}

export interface Program {
  readonly name: string;
  readonly ops: readonly Op[];
}

/** Registers a program has, shared with its children. */
export const REGISTER_COUNT = 64;

const CONTINUE = 1;
const ALWAYS = 2;
const RECORD_SIZE = 20;
const RESULTS_HEADER_SIZE = 8;

/** The bytes of a program. Throws a RangeError when it, or the most it may return, does not fit into a frame. */
export function encodeProgram(program: Program): Uint8Array {
  const writer = new ByteWriter(1024);
  writeProgram(writer, program);
  if (writer.length > MAX_FRAME_PAYLOAD) {
    throw new RangeError(`encode "${program.name}": ${writer.length} bytes are more than a frame holds`);
  }
  const most = mostReturned(program);
  if (most > MAX_FRAME_PAYLOAD) {
    throw new RangeError(`encode "${program.name}": its results may take ${most} bytes, more than a frame holds`);
  }
  return writer.finish();
}

/** The size of a program's results when every output buffer comes back full. */
function mostReturned(program: Program): number {
  let size = RESULTS_HEADER_SIZE;
  for (const op of program.ops) {
    size += RECORD_SIZE;
    for (const arg of op.args) {
      if (arg.kind === 'out') size += arg.size;
      if (arg.kind === 'program') size += mostReturned(arg.program);
    }
    if (op.name === 'ioctlInOut')
      size += op.args.reduce((sum, arg) => sum + (arg.kind === 'bytes' ? arg.bytes.length : 0), 0);
  }
  return size;
}

function writeProgram(writer: ByteWriter, program: Program): void {
  writer.u32(program.ops.length);
  for (const op of program.ops) {
    writer.u16(specOf(op.name).opcode);
    writer.u8((op.continueOnError ? CONTINUE : 0) | (op.always ? ALWAYS : 0));
    writer.u8(op.args.length);
    writer.u16(op.dst & 0xffff);
    for (const arg of op.args) writeArg(writer, arg);
  }
}

function writeArg(writer: ByteWriter, arg: Arg): void {
  switch (arg.kind) {
    case 'int':
      writer.u8(0).i32(arg.value | 0);
      return;
    case 'register':
      writer.u8(1).u8(arg.register);
      return;
    case 'string':
      writeBytes(writer.u8(2), cString(arg.text));
      return;
    case 'bytes':
      writeBytes(writer.u8(2), arg.bytes);
      return;
    case 'out':
      writer.u8(3).u32(arg.size);
      return;
    case 'null':
      writer.u8(4);
      return;
    case 'vector':
      writer.u8(5).u32(arg.strings.length);
      for (const text of arg.strings) writeBytes(writer, cString(text));
      return;
    case 'program': {
      const at = writer.u8(6).length;
      writer.u32(0);
      writeProgram(writer, arg.program);
      writer.setU32(at, writer.length - at - 4);
    }
  }
}

const writeBytes = (writer: ByteWriter, bytes: Uint8Array): ByteWriter => writer.u32(bytes.length).bytes(bytes);

/** A string as C has it. Throws a RangeError for one with a NUL inside, which C cannot express. */
function cString(text: string): Uint8Array {
  if (text.includes('\0')) throw new RangeError(`encode ${JSON.stringify(text)}: a string may not hold a NUL`);
  return encodeName(`${text}\0`);
}
