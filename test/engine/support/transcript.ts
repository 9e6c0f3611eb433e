/** How long a text may be waited for before the test is told what came instead, in milliseconds. */
const patience = 20_000;

/** Text that arrives over time: what a terminal shows, what a command prints. */
export class Transcript {
  readonly #decoder = new TextDecoder();
  readonly #waiting = new Set<() => void>();
  #text = '';
  #read = 0;
  #ended = false;

  get text(): string {
    return this.#text;
  }

  add(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /**
   * Waits for `wanted` in what has come since the last call, and resolves with the match. Rejects with what came instead
   * when the text ends or nothing more comes.
   */
  async waitFor(wanted: string | RegExp): Promise<RegExpExecArray> {
    const pattern = typeof wanted === 'string' ? new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : wanted;
    for (;;) {
      const match = pattern.exec(this.#text.slice(this.#read));
      if (match) {
        this.#read += match.index + match[0].length;
        return match;
      }
      if (this.#ended) throw this.#missing(wanted, 'the output ended');
      if (!(await this.#change())) throw this.#missing(wanted, `nothing for ${patience / 1000} s`);
    }
  }

  /** False when nothing came for too long. */
  #change(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(wake);
        resolve(false);
      }, patience);
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(true);
      };
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #missing(wanted: string | RegExp, reason: string): Error {
    return new Error(
      `waiting for ${String(wanted)}: ${reason} after ${JSON.stringify(this.#text.slice(this.#read).slice(-2000))}`,
    );
  }
}

/** Reads a stream into a transcript until it ends. */
export async function transcribe(stream: ReadableStream<Uint8Array>, transcript = new Transcript()): Promise<string> {
  try {
    for await (const chunk of stream) transcript.add(chunk);
  } finally {
    transcript.end();
  }
  return transcript.text;
}

/** Without colours, cursor movements and modes. */

export const plain = (text: string): string =>
  text.replace(/\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]/g, '').replaceAll('\r', '');
