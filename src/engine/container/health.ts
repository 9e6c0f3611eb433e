// Health checks: a command run in the container again and again, whose exit code says how the container is (moby's
// daemon/health.go, with its defaults).

import type { ContainerConfig, HealthConfig } from '../../api/container-config.ts';
import type { Health } from '../../api/container.ts';
import { DockerError } from '../../api/error.ts';
import { concatBytes, decodeUtf8 } from '../../lib/bytes.ts';
import { formatRfc3339Nano, nowNanoseconds } from '../../lib/timestamp.ts';
import type { EngineContext } from '../context.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';

const second = 1e9;
/** Nanoseconds, as the configuration has them. */
const defaults = { interval: 30 * second, timeout: 30 * second, startInterval: 5 * second, retries: 3 };
const millisecond = 1e6;

const largestOutput = 4096;
const keptResults = 5;

export interface ProbeResult {
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  /** -1 when the command could not run or took too long. */
  readonly exitCode: number;
  readonly output: string;
}

/** What another engine needs to go on with a health check. Instants are decimal. */
export interface HealthState {
  readonly status: ContainerHealth['status'];
  readonly failingStreak: number;
  readonly log: readonly (Omit<ProbeResult, 'start' | 'end'> & { readonly start: string; readonly end: string })[];
}

/** How a container with a health check is. */
export class ContainerHealth {
  status: 'starting' | 'healthy' | 'unhealthy' = 'starting';
  failingStreak = 0;
  #log: ProbeResult[] = [];
  /** Ends the probing that is going on. */
  #monitor: AbortController | undefined;

  /** The probes are to begin; undefined when they go on already. */
  open(): AbortSignal | undefined {
    if (this.#monitor) return undefined;
    this.#monitor = new AbortController();
    return this.#monitor.signal;
  }

  /** Leaves the probing to another engine. */
  suspend(): void {
    this.#monitor?.abort();
    this.#monitor = undefined;
  }

  /** When the last probe ended; nanoseconds since 1970. */
  get lastProbe(): bigint | undefined {
    return this.#log.at(-1)?.end;
  }

  save(): HealthState {
    return {
      status: this.status,
      failingStreak: this.failingStreak,
      log: this.#log.map((result) => ({ ...result, start: String(result.start), end: String(result.end) })),
    };
  }

  static restore({ status, failingStreak, log }: HealthState): ContainerHealth {
    const health = new ContainerHealth();
    health.status = status;
    health.failingStreak = failingStreak;
    health.#log = log.map((result) => ({ ...result, start: BigInt(result.start), end: BigInt(result.end) }));
    return health;
  }

  /** A container that nobody probes counts as unhealthy. */
  close(): void {
    if (!this.#monitor) return;
    this.#monitor.abort();
    this.#monitor = undefined;
    this.status = 'unhealthy';
  }

  /** Takes in what a probe found. @param age of the run when the probe began, in nanoseconds */
  record(result: ProbeResult, config: HealthConfig, age: bigint): void {
    this.#log = [...this.#log, result].slice(-keptResults);
    if (result.exitCode === 0) {
      this.failingStreak = 0;
      this.status = 'healthy';
      return;
    }
    // Failures of a container that may still be starting do not count.
    if (this.status === 'starting' && age < BigInt(config.StartPeriod ?? 0)) return;
    this.failingStreak++;
    if (this.failingStreak >= (config.Retries || defaults.retries)) this.status = 'unhealthy';
  }

  inspect(): Health {
    return {
      Status: this.status,
      FailingStreak: this.failingStreak,
      Log: this.#log.map(({ start, end, exitCode, output }) => ({
        Start: formatRfc3339Nano(start),
        End: formatRfc3339Nano(end),
        ExitCode: exitCode,
        Output: output,
      })),
    };
  }
}

/** The daemon's checks at create, in its words. */
export function validateHealthcheck(config: HealthConfig | undefined): void {
  if (!config) return;
  const invalid = (what: string): DockerError => new DockerError('invalid-parameter', what);
  const atLeast = (name: 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'): void => {
    const value = config[name] ?? 0;
    if (value !== 0 && value < millisecond) throw invalid(`${name} in Healthcheck cannot be less than 1ms`);
  };
  atLeast('Interval');
  atLeast('Timeout');
  if ((config.Retries ?? 0) < 0) throw invalid('Retries in Healthcheck cannot be negative');
  atLeast('StartPeriod');
  atLeast('StartInterval');
}

/** What the user says of the health check, completed by what the image says. */
export function mergeHealthcheck(
  user: HealthConfig | undefined,
  image: HealthConfig | undefined,
): HealthConfig | undefined {
  if (!user || !image) return user ?? image;
  return {
    ...image,
    ...Object.fromEntries(
      Object.entries(user).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value))),
    ),
  };
}

/** The command line of a probe; undefined without a health check. */
function probeCommand({ Healthcheck: check, Shell: shell }: ContainerConfig): string[] | undefined {
  const [kind, ...words] = check?.Test ?? [];
  if (kind === 'CMD') return words;
  if (kind === 'CMD-SHELL') return [...(shell?.length ? shell : ['/bin/sh', '-c']), ...words];
  return undefined;
}

/** Begins to probe a container that has just started. */
export function startHealthchecks(context: EngineContext, container: Container): void {
  if (!probeCommand(container.config)) return;
  container.health ??= new ContainerHealth();
  container.health.close();
  container.health.status = 'starting';
  container.health.failingStreak = 0;
  resumeHealthchecks(context, container);
}

/** Probes on after a pause, or, given the instant of the last probe, where another engine has left off. */
export function resumeHealthchecks(context: EngineContext, container: Container, lastProbe?: bigint): void {
  const signal = container.health?.open();
  if (signal) void monitor(context, container, container.health!, signal, lastProbe);
}

async function monitor(
  context: EngineContext,
  container: Container,
  health: ContainerHealth,
  signal: AbortSignal,
  lastProbe?: bigint,
): Promise<void> {
  const config = container.config.Healthcheck!;
  const { startedAt } = container;
  const interval = (): number => {
    const starting = health.status === 'starting' && nowNanoseconds() - startedAt < BigInt(config.StartPeriod ?? 0);
    return starting ? config.StartInterval || defaults.startInterval : config.Interval || defaults.interval;
  };
  let waited = lastProbe === undefined ? 0 : Number(nowNanoseconds() - lastProbe);
  for (;;) {
    await sleep(Math.max(0, interval() - waited), signal);
    waited = 0;
    if (signal.aborted) return;
    const start = nowNanoseconds();
    const result = await probe(context, container, config, signal).catch((error: unknown) => ({
      exitCode: -1,
      output: error instanceof Error ? error.message : String(error),
    }));
    if (signal.aborted) return;
    const before = health.status;
    health.record({ ...result, start, end: nowNanoseconds() }, config, start - startedAt);
    if (health.status !== before) containerEvent(context, container, `health_status: ${health.status}`);
  }
}

/** Runs the command once, for no longer than its timeout. Rejects when it cannot start. */
async function probe(
  context: EngineContext,
  container: Container,
  config: HealthConfig,
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const output = new LimitedOutput();
  const { ended, kill } = await context.execs.run(
    container,
    { Cmd: probeCommand(container.config)!, AttachStdout: true, AttachStderr: true },
    (_stream, bytes) => output.add(bytes),
  );
  const timeout = config.Timeout || defaults.timeout;
  const timer = new AbortController();
  const exitCode = await Promise.race([
    ended,
    sleep(timeout, AbortSignal.any([signal, timer.signal])).then(() => undefined),
  ]);
  timer.abort();
  if (exitCode !== undefined) return { exitCode, output: output.text };
  // What it leaves in the background may hold the output for long; nobody waits for that.
  await kill();
  const said = output.text === '' ? '' : `: ${output.text}`;
  return { exitCode: -1, output: `Health check exceeded timeout (${goDuration(timeout)})${said}` };
}

/** The beginning of what a probe prints. */
class LimitedOutput {
  readonly #parts: Uint8Array[] = [];
  #size = 0;
  #truncated = false;

  add(bytes: Uint8Array): void {
    const kept = bytes.slice(0, largestOutput - this.#size);
    this.#parts.push(kept);
    this.#size += kept.length;
    this.#truncated ||= kept.length < bytes.length;
  }

  get text(): string {
    return decodeUtf8(concatBytes(this.#parts)) + (this.#truncated ? '...' : '');
  }
}

/** Waits so many nanoseconds, or until aborted. */
function sleep(nanoseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, nanoseconds / 1e6);
    // In Node a pending timer would keep the process alive for nothing.
    (timer as { unref?: () => void }).unref?.();
    signal.addEventListener('abort', done);
  });
}

/** Nanoseconds as Go prints a duration of at least a millisecond: `500ms`, `1.5s`, `1m30s`. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds < second) return `${nanoseconds / 1e6}ms`;
  const seconds = nanoseconds / second;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = Number(((nanoseconds % (60 * second)) / second).toFixed(9));
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${rest}s`;
}
