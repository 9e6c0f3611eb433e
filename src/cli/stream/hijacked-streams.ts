/** The terminal (or pipes) of the CLI joined to a container's streams over a hijacked connection. */
import type { Duplex } from '../../lib/duplex.ts';
import { decodeStdFrames } from '../../lib/stdcopy.ts';
import type { DockerCli } from '../docker-cli.ts';
import { messageOf } from '../exit-error.ts';
import type { CliOutput } from '../io.ts';
import { defaultEscapeKeys, EscapeFilter, parseEscapeKeys } from './escape-keys.ts';

export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout?: CliOutput;
  readonly stderr?: CliOutput;
  /** One raw stream rather than frames; stdin goes raw, and the escape keys detach. */
  readonly tty: boolean;
  readonly detachKeys: string;
}

/** How streaming ended: the container's side closed, or the user detached. */
export type StreamEnd = 'closed' | 'detached';

export interface Streaming {
  /** Settles when all output is written and the terminal is as it was. */
  readonly done: Promise<StreamEnd>;
  /** Gives up on the connection. */
  stop(): void;
}

export async function streamHijacked(cli: DockerCli, connection: Duplex, options: StreamOptions): Promise<Streaming> {
  const { stdin, tty, stdout, stderr } = options;
  const filter = stdin && tty ? new EscapeFilter(await escapeKeys(cli, options.detachKeys)) : undefined;
  let isRaw = stdin && tty && cli.io.stdin.isTty;
  if (isRaw) await cli.io.setRawMode(true);
  const restore = async (): Promise<void> => {
    if (!isRaw) return;
    isRaw = false;
    await cli.io.setRawMode(false);
  };

  const { promise: detached, resolve: detach } = resolvers<StreamEnd>();
  const hasOutput = stdout !== undefined || stderr !== undefined;
  const output = hasOutput
    ? copyOutput(connection.readable, { tty, stdout, stderr }).then((): StreamEnd => 'closed')
    : undefined;
  const input = copyInput(cli, connection, stdin, filter, () => detach('detached'));
  const { promise: stopped, resolve: stop } = resolvers<StreamEnd>();

  const done = (async () => {
    try {
      return await Promise.race([output ?? input.ended.then((): StreamEnd => 'closed'), detached, stopped]);
    } finally {
      input.release();
      await restore();
      if (!connection.readable.locked) await connection.readable.cancel().catch(() => {});
    }
  })();
  // A failed start stops the stream before anyone waits for it.
  done.catch(() => {});
  return { done, stop: () => stop('closed') };
}

async function escapeKeys(cli: DockerCli, keys: string): Promise<Uint8Array> {
  if (keys === '') return defaultEscapeKeys;
  try {
    return parseEscapeKeys(keys);
  } catch (error) {
    await cli.log('warning', `invalid detach escape keys, using default: ${messageOf(error)}`);
    return defaultEscapeKeys;
  }
}

/** Copies what a container writes to where it belongs: frames by their stream, a terminal's bytes as they come. */
export async function copyOutput(
  source: ReadableStream<Uint8Array>,
  { tty, stdout, stderr }: { tty: boolean; stdout?: CliOutput; stderr?: CliOutput },
): Promise<void> {
  if (!tty) {
    for await (const { stream, data } of decodeStdFrames(source))
      await (stream === 'stderr' ? stderr : stdout)?.write(data);
    return;
  }
  const reader = source.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    await stdout?.write(value);
  }
  reader.releaseLock();
}

/** Copies stdin to the connection, and half-closes it at the end. Without stdin that is at once. */
function copyInput(
  cli: DockerCli,
  connection: Duplex,
  attached: boolean,
  filter: EscapeFilter | undefined,
  detach: () => void,
): { ended: Promise<void>; release: () => void } {
  const writer = connection.writable.getWriter();
  const reader = attached ? cli.io.stdin.stream.getReader() : undefined;
  let released = false;
  const copy = async (): Promise<void> => {
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) break;
      const { passed, escaped } = filter === undefined ? { passed: value, escaped: false } : filter.filter(value);
      if (passed.length > 0) await writer.write(passed);
      if (escaped) return detach();
    }
    await writer.close();
  };
  // A broken connection shows on the output side; a released reader is our own doing.
  const ended = copy().catch(() => {});
  return {
    ended,
    release: () => {
      if (released) return;
      released = true;
      // Not cancelled: what was not read is for whoever reads stdin next.
      reader?.releaseLock();
    },
  };
}

function resolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}
