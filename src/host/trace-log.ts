// What ran in the guest, and on whose behalf: every op program, and the docker commands they belong to.

import type { Channel, ProgramRecord } from '../guest/channel.ts';

/** Programs remembered; the oldest go first. */
const remembered = 4000;

const commandsRemembered = 200;

/** One command line and the programs that ran between its start and its end. */
export interface TracedCommand {
  readonly argv: readonly string[];
  readonly startedAt: number;
  /** Undefined while it runs. */
  endedAt: number | undefined;
  exitCode: number | undefined;
}

export class TraceLog {
  #programs: ProgramRecord[] = [];
  #commands: TracedCommand[] = [];

  constructor(channel: Channel) {
    channel.onProgram = (record) => {
      // The machine's own question for a sign of life.
      if (record.program.ops.length === 0) return;
      this.#programs.push(record);
      if (this.#programs.length > remembered * 1.25) this.#programs = this.#programs.slice(-remembered);
    };
  }

  /** Oldest first. */
  get programs(): readonly ProgramRecord[] {
    return this.#programs;
  }

  get commands(): readonly TracedCommand[] {
    return this.#commands;
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

  /** Programs sent while `command` ran. Those of another command that ran at the same time are among them. */
  programsOf({ startedAt, endedAt }: TracedCommand): ProgramRecord[] {
    return this.#programs.filter(({ sent }) => sent >= startedAt && (endedAt === undefined || sent <= endedAt));
  }
}
