import type { CliIo, CliOutput, TerminalSize } from '../../../src/cli/io.ts';
import type { CliRegistries } from '../../../src/cli/registries.ts';
import { runCli } from '../../../src/cli/run-cli.ts';
import type { Dial } from '../../../src/client/http.ts';
import type { Channel } from '../../../src/guest/channel.ts';
import { GuestFiles } from '../../../src/host/guest-files.ts';
import { encodeUtf8 } from '../../../src/lib/bytes.ts';
import { Transcript } from './transcript.ts';

export interface CommandOptions {
  /** All of standard input; without it, input stays open and is given with `type`. */
  readonly stdin?: string;
  /** Whether standard input and output are a terminal. */
  readonly tty?: boolean;
  readonly size?: TerminalSize;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Our own docker CLI, run in this process with a keyboard and screen made of strings. */
export class DockerCommand {
  readonly stdout = new Transcript();
  readonly stderr = new Transcript();
  /** Settles when the command has ended. */
  readonly result: Promise<CommandResult>;
  readonly #signals = new Set<(name: string) => void>();
  readonly #resizes = new Set<() => void>();
  #size: TerminalSize;
  #keyboard!: ReadableStreamDefaultController<Uint8Array>;
  /** While set, writes to standard output wait for it: a reader that does not read. */
  stalled: Promise<void> | undefined;
  rawMode = false;

  constructor(
    outside: { readonly dial: Dial; readonly registries: CliRegistries },
    channel: Channel,
    args: readonly string[],
    options: CommandOptions = {},
  ) {
    const { stdin, tty = false, size = { columns: 80, rows: 24 } } = options;
    this.#size = size;
    const stream = new ReadableStream<Uint8Array>(
      { start: (controller) => void (this.#keyboard = controller) },
      { highWaterMark: 0 },
    );
    if (stdin !== undefined) {
      if (stdin !== '') this.type(stdin);
      this.endInput();
    }
    const output = (transcript: Transcript): CliOutput => ({
      isTty: tty,
      write: async (bytes) => {
        if (transcript === this.stdout) await this.stalled;
        transcript.add(bytes);
      },
    });
    const io: CliIo = {
      stdin: { isTty: tty, stream },
      stdout: output(this.stdout),
      stderr: output(this.stderr),
      env: { HOME: '/root', ...options.env },
      cwd: '/root',
      files: new GuestFiles(channel, '/root'),
      dial: outside.dial,
      registries: outside.registries,
      terminalSize: () => (tty ? this.#size : undefined),
      onResize: (listener) => {
        this.#resizes.add(listener);
        return () => this.#resizes.delete(listener);
      },
      setRawMode: async (on) => void (this.rawMode = on),
      onSignal: (listener) => {
        this.#signals.add(listener);
        return () => this.#signals.delete(listener);
      },
    };
    this.result = this.#run(io, args);
  }

  async #run(io: CliIo, args: readonly string[]): Promise<CommandResult> {
    const exitCode = await runCli(io, args);
    this.stdout.end();
    this.stderr.end();
    return { stdout: this.stdout.text, stderr: this.stderr.text, exitCode };
  }

  type(text: string): void {
    this.#keyboard.enqueue(encodeUtf8(text));
  }

  endInput(): void {
    this.#keyboard.close();
  }

  signal(name: string): void {
    for (const listener of [...this.#signals]) listener(name);
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    for (const listener of [...this.#resizes]) listener();
  }
}
