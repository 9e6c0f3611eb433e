import type { Dial } from '../client/http.ts';
import type { CliRegistries } from './registries.ts';

/** Where a stream of text goes. `write` resolves when the bytes are taken, which is how a slow reader slows the CLI. */
export interface CliOutput {
  readonly isTty: boolean;
  write(bytes: Uint8Array): Promise<void>;
}

/** Input that is pulled only by commands that read it; the CLI leaves what it did not read for whoever comes next. */
export interface CliInput {
  readonly isTty: boolean;
  /** Must read its source only when asked (a high-water mark of 0). The CLI releases it, and never cancels it. */
  readonly stream: ReadableStream<Uint8Array>;
}

/** Columns and rows of the terminal. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The files of the machine the CLI seems to run on. A missing file rejects with an Error whose `code` is `ENOENT`. */
export interface CliFiles {
  read(path: string): Promise<Uint8Array>;
  /** Creates or replaces. */
  write(path: string, content: Uint8Array): Promise<void>;
  /** Creates a directory and those above it that are missing; nobody but the caller may enter it. */
  makeDirectory(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  remove(path: string): Promise<void>;
  /** Creates or replaces, once all of the content is there; only its owner may read the file. */
  writeStream(path: string, content: ReadableStream<Uint8Array>): Promise<void>;
  /** A file as it is read. Rejects when it cannot be opened. */
  readStream(path: string): Promise<ReadableStream<Uint8Array>>;
  /** What a path is in the end; undefined when there is nothing. */
  typeOf(path: string): Promise<'file' | 'directory' | 'device' | undefined>;
  /** What a path itself is, should it be a link. */
  linkStat(path: string): Promise<LinkStat>;
  /**
   * A tar of a file, or of a directory with all it holds, in which it is called `archiveName` (`.` for what a directory
   * holds). The path is absolute and has no links but in its end.
   */
  pack(path: string, archiveName: string): ReadableStream<Uint8Array>;
  /**
   * Unpacks a tar into a directory, an absolute path. The files become the caller's; `rename` may give them other names
   * than they have in the archive. No directory takes the place of another file, or the other way round.
   * When it fails, the rest of the archive is left to the caller.
   */
  unpack(directory: string, archive: ReadableStream<Uint8Array>, rename: (name: string) => string): Promise<void>;
}

export interface LinkStat {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Of a symbolic link. */
  readonly target?: string;
}

/** All that the CLI knows of the world: the guest's terminal in the page, the process in Node, strings in a test. */
export interface CliIo {
  readonly stdin: CliInput;
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly files: CliFiles;
  /** Opens a connection to the engine. */
  readonly dial: Dial;
  /** Undefined where there is no way to them. */
  readonly registries?: CliRegistries;
  /** How messages name the engine, and the only `-H` accepted; `unix:///var/run/docker.sock` by default. */
  readonly host?: string;
  /** Undefined without a terminal. */
  terminalSize(): TerminalSize | undefined;
  /** Calls back on each change of size; returns what stops that. */
  onResize(listener: () => void): () => void;
  /** Raw mode passes every key on unseen (no echo, no Ctrl-C); turning it off restores what was. */
  setRawMode(on: boolean): Promise<void>;
  /**
   * Calls back with each signal the command gets (`INT`, `TERM`, `HUP`, `QUIT`, `USR1`, …; not `WINCH`). While the CLI
   * runs it listens at all times, and decides what a signal ends.
   */
  onSignal(listener: (name: string) => void): () => void;
}
