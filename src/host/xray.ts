// `xray`: what the last docker command did: its requests to the engine, and what the engine then asked of the kernel,
// system call by system call. It reads the trace; it is no part of Docker.

import type { CliIo } from '../cli/io.ts';
import type { ProgramRecord } from '../guest/channel.ts';
import { errnoName, errnoText } from '../guest/errno.ts';
import { describeOp } from '../guest/program-describe.ts';
import type { OpResult, ProgramResult } from '../guest/results.ts';
import { encodeUtf8 } from '../lib/bytes.ts';
import type { TraceLog, TracedCommand } from './trace-log.ts';

const usage = `Usage:  xray [last | list | N]

Shows what docker commands asked of the engine, and what that did in this machine's kernel.

  xray last   the requests and system calls of the last docker command
  xray list   the last docker commands, numbered
  xray N      the requests and system calls of command N of that list
`;

export async function runXray(io: CliIo, argv: readonly string[], trace: TraceLog): Promise<number> {
  const print = (text: string): Promise<void> => io.stdout.write(encodeUtf8(text));
  const [what = 'last', ...rest] = argv;
  const commands = trace.commands;
  if (rest.length > 0 || what === '--help' || what === '-h' || what === 'help') {
    await print(usage);
    return rest.length > 0 ? 1 : 0;
  }
  if (what === 'list') {
    for (const [index, command] of commands.entries()) await print(commandLine(index + 1, command));
    return 0;
  }
  const number = what === 'last' ? commands.length : Number(what);
  const command = commands[number - 1];
  if (!Number.isInteger(number) || number < 0) {
    await io.stderr.write(encodeUtf8(`xray: unknown argument: ${what}\n\n${usage}`));
    return 1;
  }
  if (!command) {
    const found =
      commands.length === 0 ? 'no docker command has run yet' : `there are ${commands.length} commands (see xray list)`;
    await io.stderr.write(encodeUtf8(`xray: ${found}\n`));
    return 1;
  }
  await print(`$ ${command.argv.join(' ')}\n`);
  const requests = trace.requestsOf(command);
  if (requests.length > 0) await print('\nrequests to the Engine API\n');
  for (const { method, target, status } of requests) await print(`  ${method} ${target} = ${status}\n`);
  const programs = trace.programsOf(command);
  if (programs.length === 0) await print('\nNo system calls: the engine answered from what it knows.\n');
  for (const record of programs) await print(programText(record, command.startedAt));
  return 0;
}

function commandLine(number: number, { argv, startedAt, endedAt, exitCode }: TracedCommand): string {
  const duration = endedAt === undefined ? 'running' : `${Math.round(endedAt - startedAt)} ms, exit ${exitCode}`;
  return `${String(number).padStart(3)}  ${argv.join(' ')}  (${duration})\n`;
}

function programText({ program, result, error, sent, received }: ProgramRecord, origin: number): string {
  const lines = [`\n${program.name}  +${Math.round(sent - origin)} ms, ${(received - sent).toFixed(1)} ms`];
  if (result) lines.push(...resultLines(result, '  '));
  else lines.push(`  ${error?.message ?? ''}`);
  return `${lines.join('\n')}\n`;
}

function resultLines(result: ProgramResult, indent: string): string[] {
  const lines: string[] = [];
  let step = '';
  for (const op of result.ops) {
    if (op.op.step !== step) {
      step = op.op.step;
      lines.push(`${indent}[${step}]`);
    }
    lines.push(`${indent}  ${describeOp(op.op)} = ${outcome(op)}  <${op.duration} us>`);
    if (op.child) lines.push(...resultLines(op.child, `${indent}  | `));
  }
  return lines;
}

const outcome = ({ result }: OpResult): string =>
  result < 0 ? `-1 ${errnoName(-result)} (${errnoText(-result)})` : String(result);
