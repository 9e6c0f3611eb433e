import type { Channel } from '../../../src/guest/channel.ts';
import type { ShellState } from '../../../src/host/shell.ts';
import { Shell } from '../../../src/host/shell.ts';
import { encodeUtf8 } from '../../../src/lib/bytes.ts';
import { plain, Transcript, transcribe } from './transcript.ts';

/** The learner's login shell in the guest, with a person typing. */
export class HostShell {
  readonly screen = new Transcript();
  readonly #shell: Shell;
  readonly #keyboard: WritableStreamDefaultWriter<Uint8Array>;
  #commands = 0;

  constructor(channel: Channel, state: ShellState) {
    this.#shell = new Shell(channel, state);
    this.#keyboard = this.#shell.terminal.writable.getWriter();
    transcribe(this.#shell.terminal.readable, this.screen).catch(() => {});
  }

  /** Waits for the first prompt, in a terminal wide enough that no typed line wraps. */
  async ready(): Promise<void> {
    await this.prompt();
    await this.#shell.resize({ columns: 400, rows: 50 });
  }

  /** Waits until the shell waits: what is typed before is echoed twice. */
  async prompt(): Promise<void> {
    await this.screen.waitFor(/root@drydock:\S*# /);
  }

  async type(text: string): Promise<void> {
    await this.#keyboard.write(encodeUtf8(text));
  }

  /** Types a command and Enter; resolves, when it has ended, with what it showed. */
  async run(command: string): Promise<{ output: string; exitCode: number }> {
    const mark = `mark${++this.#commands}`;
    await this.type(`${command}; echo "=$?=${mark}"\r`);
    // The line as it was typed, what the command showed, and the mark as echo prints it.
    const [, output, exitCode] = await this.screen.waitFor(
      new RegExp(`=${mark}"[^\\n]*\\n([^]*?)=(\\d+)=${mark}\\r?\\n`),
    );
    await this.prompt();
    return { output: plain(output!), exitCode: Number(exitCode) };
  }
}
