/** The CLI in a test: strings in, strings out. */
import { readText } from '../../client/errors.ts';
import type { Dial } from '../../client/http.ts';
import { decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import type { CliIo, CliOutput } from '../io.ts';
import { runCli } from '../run-cli.ts';

export interface CliOptions {
  readonly stdin?: string;
  /** Everything is a terminal of this size. */
  readonly terminal?: { columns: number; rows: number };
  readonly env?: Record<string, string>;
  /** Contents by absolute path. What the CLI writes appears here. */
  readonly files?: Map<string, string>;
  readonly dial?: Dial;
}

export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  /** Whether stdin was read at all. */
  readonly readStdin: boolean;
}

export async function runInMemory(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { stdin = '', terminal, env = {}, files = new Map(), dial = refuse } = options;
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): CliOutput => ({
    isTty: terminal !== undefined,
    write: async (bytes) => {
      written[name] += decodeUtf8(bytes);
    },
  });
  let readStdin = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        readStdin = true;
        if (stdin !== '') controller.enqueue(encodeUtf8(stdin));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const missing = (path: string): Error => Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  const io: CliIo = {
    stdin: { isTty: terminal !== undefined, stream },
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: { HOME: '/root', ...env },
    cwd: '/work',
    files: {
      read: async (path) => {
        const content = files.get(path);
        if (content === undefined) throw missing(path);
        return encodeUtf8(content);
      },
      write: async (path, content) => void files.set(path, decodeUtf8(content)),
      makeDirectory: async () => {},
      exists: async (path) => files.has(path),
      remove: async (path) => void files.delete(path),
      writeStream: async (path, content) => void files.set(path, await readText(content)),
      typeOf: async (path) => (files.has(path) ? 'file' : path === '/work' ? 'directory' : undefined),
      readStream: async (path) => {
        const content = files.get(path);
        if (content === undefined) throw missing(path);
        return new Response(content).body!;
      },
      linkStat: async (path) => {
        if (files.has(path)) return { type: 'file' };
        if (path === '/work') return { type: 'directory' };
        throw missing(path);
      },
      // A file is its own archive here.
      pack: (path, archiveName) => new Response(`${archiveName}: ${files.get(path)}`).body!,
      unpack: async (directory, archive, rename) => {
        const [, name = '', content = ''] = /^(.*?): ([^]*)$/.exec(await readText(archive)) ?? [];
        files.set(`${directory}/${rename(name)}`, content);
      },
    },
    dial,
    terminalSize: () => terminal,
    onResize: () => () => {},
    setRawMode: async () => {},
    onSignal: () => () => {},
  };
  const code = await runCli(io, argv);
  return { ...written, code, readStdin };
}

const refuse: Dial = async () => {
  throw new Error('connection refused');
};
