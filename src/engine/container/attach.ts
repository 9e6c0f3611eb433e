import type { AttachedStreams } from '../../api/backend/attached-streams.ts';
import type {
  ContainerAttachOptions,
  ContainerLogs,
  ContainerLogsOptions,
  LogRecord,
} from '../../api/backend/container.ts';
import { DockerError } from '../../api/error.ts';
import type { StdFrame } from '../../lib/stdcopy.ts';
import { formatRfc3339NanoFixed } from '../../lib/timestamp.ts';
import type { EngineContext } from '../context.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { DetachKeys } from './detach-keys.ts';
import { FrameQueue } from './frame-queue.ts';

/** Attaches a client to a container, running or about to run. */
export async function attachContainer(
  context: EngineContext,
  container: Container,
  options: ContainerAttachOptions,
  signal: AbortSignal,
): Promise<AttachedStreams> {
  if (container.paused && options.stream) {
    throw new DockerError('conflict', `container ${container.id} is paused, unpause the container before attach`);
  }
  if (container.restarting) {
    throw new DockerError('conflict', `container ${container.id} is restarting, wait until the container is running`);
  }
  const keys = DetachKeys.parse(options.detachKeys);
  const queue = new FrameQueue();
  const wanted = (stream: 'stdout' | 'stderr'): boolean => (stream === 'stdout' ? options.stdout : options.stderr);
  const replay = options.logs
    ? container.log.read({ stdout: options.stdout, stderr: options.stderr, follow: false })
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
  void container.stdio.attachInput(input.readable, closeAtEnd, stopped.signal).catch(() => {});
  return { ...streams, stdin: input.writable, output: output(replay, queue, stopped, detach) };
}

/** What the client gets: first the replay, then what comes. */
async function* output(
  replay: AsyncIterable<{ stream: 'stdout' | 'stderr'; line: Uint8Array }> | undefined,
  queue: FrameQueue,
  stopped: AbortController,
  detach?: () => void,
): AsyncGenerator<StdFrame> {
  try {
    if (replay) for await (const { stream, line } of replay) yield { stream, data: line };
    yield* queue.frames();
  } finally {
    stopped.abort();
    detach?.();
  }
}

/** The log as the API serves it. */
export function containerLogs(container: Container, options: ContainerLogsOptions, signal: AbortSignal): ContainerLogs {
  if (container.hostConfig.LogConfig.Type === 'none') {
    throw new DockerError('not-implemented', 'configured logging driver does not support reading');
  }
  async function* records(): AsyncGenerator<LogRecord> {
    for await (const { stream, line, time } of container.log.read({ ...options, signal })) {
      yield { stream, line, timestamp: formatRfc3339NanoFixed(time) };
    }
  }
  return { tty: container.config.Tty, records: records() };
}
