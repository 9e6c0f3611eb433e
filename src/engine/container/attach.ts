import type { AttachedStreams } from '../../api/backend/attached-streams.ts';
import type { ContainerAttachOptions, ContainerLogs, ContainerLogsOptions } from '../../api/backend/container.ts';
import { DockerError } from '../../api/error.ts';
import type { StdFrame } from '../../lib/stdcopy.ts';
import type { EngineContext } from '../context.ts';
import type { LogEntry } from '../logs/log-format.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { DetachKeys } from './detach-keys.ts';
import { FrameQueue } from './frame-queue.ts';
import { logOf } from './logging.ts';

/** Attaches a client to the container of that name, running or about to run. */
export async function attachContainer(
  context: EngineContext,
  reference: string,
  options: ContainerAttachOptions,
  signal: AbortSignal,
): Promise<AttachedStreams> {
  const keys = DetachKeys.parse(options.detachKeys);
  if (!keys) throw new DockerError('invalid-parameter', `Invalid detach keys (${options.detachKeys}) provided`);
  const container = context.containers.get(reference);
  if (container.paused) {
    throw new DockerError('conflict', `container ${reference} is paused, unpause the container before attach`);
  }
  if (container.restarting) {
    throw new DockerError('conflict', `container ${reference} is restarting, wait until the container is running`);
  }
  const queue = new FrameQueue();
  const wanted = (stream: 'stdout' | 'stderr'): boolean => (stream === 'stdout' ? options.stdout : options.stderr);
  const replay = options.logs
    ? logOf(context.machine.channel, container)?.read({ stdout: options.stdout, stderr: options.stderr, follow: false })
    : undefined;

  const stopped = new AbortController();
  const streams = { tty: container.config.Tty };
  if (!options.stream) {
    queue.end();
    return { ...streams, output: output(replay, queue, stopped) };
  }

  const attachment = container.stdio.attachOutput((stream, data) =>
    wanted(stream) ? queue.push({ stream, data }) : undefined,
  );
  void attachment.closed.then(() => queue.end());
  const detach = (): void => {
    stopped.abort();
    attachment.detach();
  };
  signal.addEventListener('abort', detach);
  containerEvent(context, container, 'attach');
  if (!options.stdin || !container.config.OpenStdin) {
    return { ...streams, output: output(replay, queue, stopped, detach) };
  }

  const onDetachKeys = (): void => {
    containerEvent(context, container, 'detach');
    detach();
  };
  const input = container.config.Tty ? keys.watch(onDetachKeys) : new TransformStream<Uint8Array, Uint8Array>();
  const closeAtEnd = container.config.StdinOnce && !container.config.Tty;
  // Where the process keeps its input, the end of the client's is a detach (moby's CopyStreams).
  const given = container.stdio.attachInput(input.readable, closeAtEnd, stopped.signal);
  void given.then(() => closeAtEnd || detach()).catch(() => {});
  return { ...streams, stdin: input.writable, output: output(replay, queue, stopped, detach) };
}

/** What the client gets: first the replay, then what comes. */
async function* output(
  replay: AsyncIterable<readonly LogEntry[]> | undefined,
  queue: FrameQueue,
  stopped: AbortController,
  detach?: () => void,
): AsyncGenerator<StdFrame> {
  try {
    if (replay) {
      for await (const entries of replay) for (const { stream, line } of entries) yield { stream, data: line };
    }
    yield* queue.frames();
  } finally {
    stopped.abort();
    detach?.();
  }
}

/** The log as the API serves it. */
export function containerLogs(
  { machine }: EngineContext,
  container: Container,
  options: ContainerLogsOptions,
  signal: AbortSignal,
): ContainerLogs {
  const log = logOf(machine.channel, container);
  if (!log) {
    throw new DockerError('not-implemented', 'configured logging driver does not support reading');
  }
  return { tty: container.config.Tty, records: log.read({ ...options, signal }) };
}
