// What ran in the guest, and on whose behalf: every op program, the docker commands they belong to, and what was asked
// of the Engine API.

import type { Channel, ProgramRecord } from '../guest/channel.ts';
import type { Op } from '../guest/program.ts';
import { ProgramResult } from '../guest/results.ts';
import type { AnsweredRequest } from '../server/server.ts';

/** Ops remembered, about a hundred `docker run`s in twenty megabytes; the programs of the oldest go first. */
const opsRemembered = 8000;

const commandsRemembered = 200;
const requestsRemembered = 1000;

/** Of longer arguments and results only so many bytes are kept, which is more than anybody shows. */
const bytesRemembered = 256;

/** One command line and the programs that ran between its start and its end. */
export interface TracedCommand {
  readonly argv: readonly string[];
  readonly startedAt: number;
  /** Undefined while it runs. */
  endedAt: number | undefined;
  exitCode: number | undefined;
}

/** What was asked of the Engine API, and when it was answered, on the clock of `performance.now()`. */
export interface TracedRequest extends AnsweredRequest {
  readonly answeredAt: number;
}

export class TraceLog {
  #programs: ProgramRecord[] = [];
  #requests: TracedRequest[] = [];
  #ops = 0;
  #commands: TracedCommand[] = [];

  constructor(channel: Channel) {
    channel.onProgram = (record) => {
      // The machine's own question for a sign of life.
      if (record.program.ops.length === 0) return;
      this.#programs.push(shortened(record));
      this.#ops += record.program.ops.length;
      // Not at each program: what is left is copied.
      if (this.#ops > opsRemembered * 1.25) this.#forget();
    };
  }

  #forget(): void {
    let count = 0;
    while (this.#ops > opsRemembered) this.#ops -= this.#programs[count++]!.program.ops.length;
    this.#programs = this.#programs.slice(count);
  }

  /** Oldest first. */
  get programs(): readonly ProgramRecord[] {
    return this.#programs;
  }

  get commands(): readonly TracedCommand[] {
    return this.#commands;
  }

  get requests(): readonly TracedRequest[] {
    return this.#requests;
  }

  addRequest(answered: AnsweredRequest): void {
    this.#requests.push({ ...answered, answeredAt: performance.now() });
    if (this.#requests.length > requestsRemembered * 1.25) this.#requests = this.#requests.slice(-requestsRemembered);
  }

  /** Marks the beginning of a command; call the result at its end. */
  begin(argv: readonly string[]): (exitCode: number) => void {
    const command: TracedCommand = { argv, startedAt: performance.now(), endedAt: undefined, exitCode: undefined };
    this.#commands.push(command);
    if (this.#commands.length > commandsRemembered) this.#commands = this.#commands.slice(-commandsRemembered);
    return (exitCode) => {
      command.endedAt = performance.now();
      command.exitCode = exitCode;
    };
  }

  /** Docker's requests answered while `command` ran. Those of another command that ran at the same time are among them. */
  requestsOf({ startedAt, endedAt = Infinity }: TracedCommand): TracedRequest[] {
    return this.#requests.filter(
      ({ userAgent, answeredAt }) =>
        userAgent.startsWith('Docker-Client') && answeredAt >= startedAt && answeredAt <= endedAt,
    );
  }

  /** Programs sent while `command` ran. Those of another command that ran at the same time are among them. */
  programsOf({ startedAt, endedAt }: TracedCommand): ProgramRecord[] {
    return this.#programs.filter(({ sent }) => sent >= startedAt && (endedAt === undefined || sent <= endedAt));
  }
}

/** A program without the files it read or wrote: thousands of those would fill the memory. */
function shortened(record: ProgramRecord): ProgramRecord {
  const { program, result } = record;
  const isLong = (bytes: Uint8Array): boolean => bytes.length > bytesRemembered;
  const hasLong =
    program.ops.some(({ args }) => args.some((arg) => arg.kind === 'bytes' && isLong(arg.bytes))) ||
    result?.ops.some(({ output }) => isLong(output));
  if (!hasLong) return record;
  const ops = program.ops.map((op): Op => ({
    ...op,
    args: op.args.map((arg) =>
      arg.kind === 'bytes' ? { ...arg, bytes: arg.bytes.slice(0, bytesRemembered), size: arg.bytes.length } : arg,
    ),
  }));
  const short = { ...program, ops };
  // Copies also of what is short: all results of a program are views of one buffer.
  const results = result?.ops.map((done) => ({
    ...done,
    op: ops[done.index]!,
    output: done.output.slice(0, bytesRemembered),
  }));
  return { ...record, program: short, result: results && new ProgramResult(short, results, result!.failed) };
}
