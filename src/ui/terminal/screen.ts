// The terminal emulator, set up: xterm and its addons. Loaded lazily, because the page must be there before it.

import { ClipboardAddon, type IClipboardProvider } from '@xterm/addon-clipboard';
import { FitAddon } from '@xterm/addon-fit';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { TerminalSize } from '../../rpc/worker-api.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { darkTheme, lightTheme } from './theme.ts';

/** Programs may put text on the clipboard (OSC 52), but not read what a person copied elsewhere. */
const writeOnlyClipboard: IClipboardProvider = {
  readText: async () => '',
  writeText: (_selection, text) => navigator.clipboard.writeText(text),
};

const maximumBacklog = 128 * 1024;

export class TerminalScreen {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #narrow = matchMedia('(max-width: 40rem)');
  readonly #resizes: ResizeObserver;
  readonly #ended = new AbortController();
  /** Bytes handed to the emulator that it has not taken in; it does so in slices, some milliseconds apart. */
  #backlog = 0;
  #controlHeld = false;
  #onControlUsed: () => void = () => {};
  #onInput: (bytes: Uint8Array) => void = () => {};
  #onResize: (size: TerminalSize) => void = () => {};

  /** Fills `container`, and follows its size. */
  constructor(container: HTMLElement, label: string, isDark: boolean) {
    this.#terminal = new Terminal({
      allowProposedApi: true, // the Unicode version
      // A blinking cursor repaints the terminal for ever: most of an idle page's CPU time.
      cursorBlink: false,
      fontFamily: getComputedStyle(container).fontFamily,
      fontSize: this.#fontSize(),
      lineHeight: 1.15,
      scrollback: 10_000,
      theme: isDark ? darkTheme : lightTheme,
      // Light on light and the like, which programs do not know of, is put right to the contrast WCAG asks for.
      minimumContrastRatio: 4.5,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.loadAddon(new Unicode11Addon());
    this.#terminal.unicode.activeVersion = '11';
    this.#terminal.loadAddon(new ClipboardAddon(undefined, writeOnlyClipboard));
    this.#terminal.loadAddon(new WebLinksAddon());
    this.#terminal.attachCustomKeyEventHandler((event) => this.#handleKey(event));
    this.#terminal.onData((text) => this.#onInput(encodeUtf8(this.#withControl(text))));
    this.#terminal.onBinary((text) => this.#onInput(Uint8Array.from(text, (character) => character.charCodeAt(0))));
    this.#terminal.onResize(() => this.#onResize(this.size));
    this.#terminal.open(container);
    this.#terminal.textarea?.setAttribute('aria-label', label);
    this.#fit.fit();

    const { signal } = this.#ended;
    this.#narrow.addEventListener(
      'change',
      () => {
        this.#terminal.options.fontSize = this.#fontSize();
        this.#fit.fit();
      },
      { signal },
    );
    this.#resizes = new ResizeObserver(() => this.#fit.fit());
    this.#resizes.observe(container);
  }

  get size(): TerminalSize {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** What a person types or pastes, and what the emulator answers to queries. */
  onInput(handler: (bytes: Uint8Array) => void): void {
    this.#onInput = handler;
  }

  onResize(handler: (size: TerminalSize) => void): void {
    this.#onResize = handler;
  }

  setColours(isDark: boolean): void {
    this.#terminal.options.theme = isDark ? darkTheme : lightTheme;
  }

  /** Whether output is also put where a screen reader finds it, which costs time with every line. */
  setScreenReader(on: boolean): void {
    this.#terminal.options.screenReaderMode = on;
  }

  /** Sends what a keyboard would. */
  input(text: string): void {
    this.#terminal.input(text);
  }

  /** Told of every key a person presses. Returns a way to stop that. */
  onKey(handler: () => void): () => void {
    const listener = this.#terminal.onKey(handler);
    return () => listener.dispose();
  }

  onTitle(handler: (title: string) => void): void {
    this.#terminal.onTitleChange(handler);
  }

  /** Resolves when the emulator can take more: at once, until it has fallen behind, so that a flood waits for it. */
  async write(output: Uint8Array | string): Promise<void> {
    this.#backlog += output.length;
    const shown = new Promise<void>((resolve) => {
      this.#terminal.write(output, () => {
        this.#backlog -= output.length;
        resolve();
      });
    });
    if (this.#backlog > maximumBacklog) await shown;
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Forgets everything shown, and every mode a program left behind. */
  reset(): void {
    this.#terminal.reset();
  }

  /** Sends what a key would, as the terminal's current modes have it (arrows differ in an editor). */
  press(key: TerminalKey): void {
    const application = this.#terminal.modes.applicationCursorKeysMode ? '\x1bO' : '\x1b[';
    const sequences: Record<TerminalKey, string> = {
      escape: '\x1b',
      tab: '\t',
      up: `${application}A`,
      down: `${application}B`,
      right: `${application}C`,
      left: `${application}D`,
    };
    this.#terminal.input(sequences[key]);
    this.focus();
  }

  /** Makes the next character typed a control character, for keyboards without a Ctrl key. */
  holdControl(held: boolean, onUsed: () => void): void {
    this.#controlHeld = held;
    this.#onControlUsed = onUsed;
    this.focus();
  }

  async pasteClipboard(): Promise<void> {
    this.#terminal.paste(await navigator.clipboard.readText());
    this.focus();
  }

  /** Everything on the screen and above it, one line a row, wrapped rows joined, trailing blanks removed. */
  text(): string {
    const buffer = this.#terminal.buffer.active;
    let text = '';
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row)!;
      if (row > 0 && !line.isWrapped) text += '\n';
      const continued = buffer.getLine(row + 1)?.isWrapped ?? false;
      text += line.translateToString(!continued);
    }
    return text.trimEnd();
  }

  dispose(): void {
    this.#ended.abort();
    this.#resizes.disconnect();
    this.#terminal.dispose();
  }

  #fontSize(): number {
    return this.#narrow.matches ? 12 : 14;
  }

  /** Returns whether xterm should handle the key itself. */
  #handleKey(event: KeyboardEvent): boolean {
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
    if (event.code === 'KeyC') {
      event.preventDefault(); // browsers open their inspector with it
      if (event.type === 'keydown' && this.#terminal.hasSelection()) {
        void navigator.clipboard.writeText(this.#terminal.getSelection());
      }
      return false;
    }
    // Left to the browser, which pastes as text: xterm then gets a paste event, and nobody is asked for permission.
    return event.code !== 'KeyV';
  }

  #withControl(text: string): string {
    if (!this.#controlHeld || text.length !== 1) return text;
    this.#controlHeld = false;
    this.#onControlUsed();
    const code = text.toUpperCase().charCodeAt(0);
    return code >= 0x40 && code < 0x60 ? String.fromCharCode(code & 0x1f) : text;
  }
}

export type TerminalKey = 'escape' | 'tab' | 'up' | 'down' | 'left' | 'right';
