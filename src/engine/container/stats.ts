// `docker stats`: what a container uses, from its cgroup's files and its network namespace's counters. Whoever wants a
// sample at the same moment shares one op program.

import type { ContainerStatsOptions } from '../../api/backend/container.ts';
import { DockerError } from '../../api/error.ts';
import type { BlkioEntry, BlkioStats, ContainerStats, CpuStats, MemoryStats, NetworkStats } from '../../api/stats.ts';
import { ProgramBuilder, type OpRef } from '../../guest/program-builder.ts';
import { formatRfc3339Nano, nowNanoseconds, zeroTime } from '../../lib/timestamp.ts';
import type { EngineContext } from '../context.ts';
import { cgroupRoot } from '../runtime/paths.ts';
import type { Container } from './container.ts';
import { textOf } from './start.ts';
import { cpuCount } from './validate.ts';

const period = 1000;
const largestFile = 8192;
/** Containers read by one op program. */
const batchSize = 16;
const files = [
  'cpu.stat',
  'memory.current',
  'memory.max',
  'memory.stat',
  'pids.current',
  'pids.max',
  'io.stat',
] as const;

type Sample = Omit<ContainerStats, 'name' | 'id' | 'preread' | 'precpu_stats'>;

const noCpu: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

const blockIo = (bytes: BlkioEntry[] | null): BlkioStats => ({
  io_service_bytes_recursive: bytes,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
});

/** A container without processes. */
const nothing: Sample = {
  read: zeroTime,
  pids_stats: {},
  blkio_stats: blockIo(null),
  num_procs: 0,
  storage_stats: {},
  cpu_stats: noCpu,
  memory_stats: {},
};

interface Request {
  readonly container: Container;
  resolve(sample: Sample): void;
  reject(reason: unknown): void;
}

export class StatsCollector {
  readonly #context: EngineContext;
  #requests: Request[] = [];
  #tick: Promise<void> | undefined;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** One sample a second until `signal` fires, or a single one. */
  stats(container: Container, options: ContainerStatsOptions, signal: AbortSignal): AsyncIterable<ContainerStats> {
    if (options.stream && options.oneShot) {
      throw new DockerError('invalid-parameter', 'cannot have stream=true and one-shot=true');
    }
    return this.#stats(container, options, signal);
  }

  async *#stats(
    container: Container,
    { stream, oneShot }: ContainerStatsOptions,
    signal: AbortSignal,
  ): AsyncGenerator<ContainerStats> {
    let before: Pick<Sample, 'read' | 'cpu_stats'> = { read: zeroTime, cpu_stats: noCpu };
    const complete = (sample: Sample): ContainerStats => ({
      ...sample,
      preread: before.read,
      precpu_stats: before.cpu_stats,
      name: `/${container.name}`,
      id: container.id,
    });
    if (!stream) {
      if (!oneShot && container.pid !== 0) {
        before = await this.#sample(container);
        await this.#nextTick();
      }
      yield complete(await this.#sample(container));
      return;
    }
    while (!signal.aborted && container.status !== 'removing') {
      const sample = await this.#sample(container);
      yield complete(sample);
      before = sample;
      await this.#nextTick();
    }
  }

  /** The next of the moments at which all that stream take their samples. */
  #nextTick(): Promise<void> {
    this.#tick ??= new Promise((resolve) => {
      setTimeout(() => {
        this.#tick = undefined;
        resolve();
      }, period);
    });
    return this.#tick;
  }

  #sample(container: Container): Promise<Sample> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ container, resolve, reject });
      if (this.#requests.length === 1) setTimeout(() => this.#answer(), 0);
    });
  }

  #answer(): void {
    const requests = this.#requests;
    this.#requests = [];
    const running = requests.filter(({ container }) => container.pid !== 0);
    for (const request of requests) if (request.container.pid === 0) request.resolve(nothing);
    for (let at = 0; at < running.length; at += batchSize) void this.#read(running.slice(at, at + batchSize));
  }

  async #read(requests: readonly Request[]): Promise<void> {
    try {
      const p = new ProgramBuilder(`stats of ${requests.map(({ container }) => container.shortId).join(' ')}`);
      const uptime = p.readFile('/proc/uptime', largestFile);
      const memory = p.readFile('/proc/meminfo', largestFile);
      const reads = requests.map(({ container }) => ({
        files: files.map((file) => p.try.readFile(`${cgroupRoot}${container.cgroup}/${file}`, largestFile)),
        // Who shares the host's network has no counters of its own.
        network:
          container.hostConfig.NetworkMode === 'host'
            ? undefined
            : p.try.readFile(`/proc/${container.pid}/net/dev`, largestFile),
      }));
      const result = await this.#context.machine.channel.run(p.build());
      const text = (ref: OpRef): string => textOf(result, ref);
      const system = {
        cpu: systemCpu(text(uptime)),
        memory: Number(/^MemTotal:\s+(\d+)/m.exec(text(memory))?.[1]) * 1024,
        read: formatRfc3339Nano(nowNanoseconds()),
      };
      for (const [at, { resolve }] of requests.entries()) {
        const read = reads[at]!;
        const [cpu = '', current = '', max = '', memoryStat = '', pids = '', pidsMax = '', io = ''] =
          read.files.map(text);
        // The run may have ended meanwhile, and its cgroup with it.
        if (cpu === '') resolve(nothing);
        else {
          resolve({
            ...nothing,
            read: system.read,
            cpu_stats: cpuStats(cpu, system.cpu),
            memory_stats: memoryStats(current, max, memoryStat, system.memory),
            pids_stats: pidsStats(pids, pidsMax),
            blkio_stats: blockIo(ioBytes(io)),
            ...(read.network && { networks: networkStats(text(read.network)) }),
          });
        }
      }
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }
}

/** `name value` lines. */
const keyed = (text: string): Record<string, number> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' '))
      .map(([name, value]) => [name!, Number(value)]),
  );

/**
 * Nanoseconds that all CPUs have had since boot. Docker adds up /proc/stat, which counts timer ticks: an emulated machine
 * that its host lets wait misses most of them, and containers would seem to use several times what there is.
 */
const systemCpu = (procUptime: string): number => Number(procUptime.split(' ', 1)[0]) * 1e9 * cpuCount;

function cpuStats(text: string, system: number): CpuStats {
  const stat = keyed(text);
  const nanoseconds = (name: string): number => (stat[name] ?? 0) * 1000;
  return {
    cpu_usage: {
      total_usage: nanoseconds('usage_usec'),
      usage_in_kernelmode: nanoseconds('system_usec'),
      usage_in_usermode: nanoseconds('user_usec'),
    },
    system_cpu_usage: system,
    online_cpus: cpuCount,
    throttling_data: {
      periods: stat.nr_periods ?? 0,
      throttled_periods: stat.nr_throttled ?? 0,
      throttled_time: nanoseconds('throttled_usec'),
    },
  };
}

/** Without a limit the host's memory is the limit. */
function memoryStats(current: string, max: string, stat: string, total: number): MemoryStats {
  const limit = max.trim() === 'max' ? total : Math.min(Number(max), total);
  return { usage: Number(current), stats: keyed(stat), limit };
}

/** Docker says 2^64-1 for no limit, which is more than a number here holds; it is left out. */
function pidsStats(current: string, max: string): ContainerStats['pids_stats'] {
  return { current: Number(current), ...(max.trim() !== 'max' && { limit: Number(max) }) };
}

/** Lines like `8:0 rbytes=4096 wbytes=0 …`. */
function ioBytes(text: string): BlkioEntry[] | null {
  const entries = [...text.matchAll(/^(\d+):(\d+) .*?rbytes=(\d+) wbytes=(\d+)/gm)].flatMap(
    ([, major, minor, read, written]) => [
      { major: Number(major), minor: Number(minor), op: 'read', value: Number(read) },
      { major: Number(major), minor: Number(minor), op: 'write', value: Number(written) },
    ],
  );
  return entries.length > 0 ? entries : null;
}

/** The table of /proc/net/dev without the loopback. */
export function networkStats(text: string): Record<string, NetworkStats> {
  const rows = text
    .split('\n')
    .slice(2)
    .map((line) => /^ *([^:]+): *(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== 'lo');
  return Object.fromEntries(
    rows.map((match) => {
      const counters = match![2]!.split(/\s+/).map(Number);
      const counter = (at: number): number => counters[at] ?? 0;
      return [
        match![1]!,
        {
          rx_bytes: counter(0),
          rx_packets: counter(1),
          rx_errors: counter(2),
          rx_dropped: counter(3),
          tx_bytes: counter(8),
          tx_packets: counter(9),
          tx_errors: counter(10),
          tx_dropped: counter(11),
        },
      ];
    }),
  );
}
