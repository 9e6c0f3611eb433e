import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, encodeUtf8 } from '../lib/bytes.ts';
import { errnoName, errnoNumber, errnoText } from './errno.ts';
import { decodeWaitStatus, exitCodeOf } from './linux.ts';
import { ProgramBuilder } from './program-builder.ts';
import { decodeResults, GuestError } from './results.ts';

const NOT_FAILED = 0xffffffff;
type Recorded = [index: number, result: number, start: number, duration: number, output?: Uint8Array];

function encodeResults(failed: number, ...records: Recorded[]): Uint8Array {
  const writer = new ByteWriter().u32(failed).u32(records.length);
  for (const [index, result, start, duration, output = new Uint8Array()] of records) {
    writer.u32(index).i32(result).u32(start).u32(duration).u32(output.length).bytes(output);
  }
  return writer.finish();
}

describe('results', () => {
  const p = new ProgramBuilder('start');
  p.step('look');
  const text = p.readFile('/x', 10);
  p.step('run');
  const child = p.child('init');
  child.step('enter');
  child.try.chdir('/a');
  const failing = child.chdir('/b');
  const pid = p.clone({ flags: 0, program: child });
  const never = p.getpid();
  const program = p.build();

  it('are found by the ref of their op, in children too', () => {
    const inner = encodeResults(NOT_FAILED, [0, 0, 1, 2], [1, 0, 3, 4]);
    const result = decodeResults(
      program,
      encodeResults(NOT_FAILED, [0, 2, 5, 6, encodeUtf8('hi')], [1, 77, 11, 12, inner]),
    );
    expect(result.failed).toBeUndefined();
    expect(result.of(text)).toMatchObject({ result: 2, start: 5, duration: 6, output: encodeUtf8('hi') });
    expect(result.value(pid)).toBe(77);
    expect(result.of(failing)).toMatchObject({ start: 3, duration: 4 });
    expect(() => result.of(never)).toThrow('getpid() in "start": the op did not run');
    expect(GuestError.from(result)).toBeUndefined();
  });

  it('become an error of the innermost op that failed', () => {
    const inner = encodeResults(1, [0, -13, 1, 2], [1, -2, 3, 4]);
    const result = decodeResults(program, encodeResults(1, [0, 0, 5, 6], [1, -2, 11, 12, inner]));
    const error = GuestError.from(result)!;
    expect(error).toMatchObject({
      message: 'chdir("/b"): No such file or directory',
      code: 'ENOENT',
      errno: 2,
      step: 'enter',
      index: 1,
      inChild: true,
      result,
    });
  });

  it('of a clone that failed itself are an error of the clone', () => {
    const result = decodeResults(program, encodeResults(1, [0, 0, 5, 6], [1, -12, 11, 12]));
    expect(GuestError.from(result)).toMatchObject({ code: 'ENOMEM', step: 'run', inChild: false });
  });

  it('that cannot be are refused, and never anything worse', () => {
    expect(() => decodeResults(program, encodeResults(NOT_FAILED, [9, 0, 0, 0]))).toThrow('op 9 of 3');
    expect(() => decodeResults(program, new Uint8Array(7))).toThrow(RangeError);
    expect(() => decodeResults(program, Uint8Array.of(...encodeResults(NOT_FAILED), 1))).toThrow('1 bytes too many');
    expect(() => decodeResults(program, encodeResults(0, [0, -74, 0, 0]))).toThrow(
      'run "start": the agent refused it: Bad message',
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeResults(program, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe('error numbers', () => {
  it("have Linux's names and glibc's texts", () => {
    expect([errnoName(2), errnoText(2), errnoNumber('ENOENT')]).toEqual(['ENOENT', 'No such file or directory', 2]);
    expect([errnoName(40), errnoText(75)]).toEqual(['ELOOP', 'Value too large for defined data type']);
    expect([errnoName(4000), errnoText(4000), errnoNumber('ENOTHING')]).toEqual([
      'E4000',
      'Unknown error 4000',
      undefined,
    ]);
  });
});

describe('wait statuses', () => {
  it('tell how a process ended', () => {
    expect(decodeWaitStatus(0x0300)).toEqual({ code: 3 });
    expect(decodeWaitStatus(9)).toEqual({ signal: 9, coreDumped: false });
    expect(decodeWaitStatus(0x8b)).toEqual({ signal: 11, coreDumped: true });
    expect([exitCodeOf(0x0300), exitCodeOf(9)]).toEqual([3, 137]);
  });
});
