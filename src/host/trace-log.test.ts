import { expect, test } from 'vitest';
import type { Channel, ProgramRecord } from '../guest/channel.ts';
import { describeOp } from '../guest/program-describe.ts';
import { ProgramBuilder } from '../guest/program-builder.ts';
import { ProgramResult } from '../guest/results.ts';
import { TraceLog } from './trace-log.ts';

test('what a program read and wrote is not kept whole, but shown with its size', () => {
  const p = new ProgramBuilder('copy');
  const write = p.write(3, new Uint8Array(100_000).fill(0x61));
  p.pread64(3, 100_000, 0);
  const program = p.build();
  const done = { start: 0, duration: 1, result: 100_000 };
  const result = new ProgramResult(
    program,
    [
      { ...done, op: write.op, index: 0, output: new Uint8Array() },
      { ...done, op: program.ops[1]!, index: 1, output: new Uint8Array(100_000) },
    ],
    undefined,
  );
  const channel = {} as { onProgram?: (record: ProgramRecord) => void };
  const trace = new TraceLog(channel as Channel);
  const shown = program.ops.map(describeOp);
  channel.onProgram!({ program, result, sent: 1, received: 2 });
  const [kept] = trace.programs;
  expect(kept!.program.ops.map(describeOp)).toEqual(shown);
  expect(kept!.result!.ops.map(({ op }) => describeOp(op))).toEqual(shown);
  const bytes = [
    ...kept!.program.ops.flatMap(({ args }) => args.flatMap((arg) => (arg.kind === 'bytes' ? [arg.bytes] : []))),
    ...kept!.result!.ops.map(({ output }) => output),
  ];
  expect(bytes.reduce((sum, { buffer }) => sum + buffer.byteLength, 0)).toBeLessThan(1000);
});

test('the oldest programs are forgotten, however many short ones there are', () => {
  const channel = {} as { onProgram?: (record: ProgramRecord) => void };
  const trace = new TraceLog(channel as Channel);
  for (let number = 0; number < 5000; number++) {
    const p = new ProgramBuilder(String(number));
    for (let op = 0; op < 10; op++) p.try.close(number);
    channel.onProgram!({ program: p.build(), sent: number, received: number });
  }
  const titles = trace.programs.map(({ program }) => program.name);
  expect(titles.at(-1)).toBe('4999');
  expect(titles.length).toBeLessThanOrEqual(1000);
  expect(titles.length).toBeGreaterThanOrEqual(800);
  expect(titles).toEqual(titles.map((_, index) => String(5000 - titles.length + index)));
});
