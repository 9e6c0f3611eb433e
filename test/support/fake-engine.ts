/**
 * An engine of a few lines for tests of the server and its clients: containers live in memory and their "processes" are
 * the functions below. It says what Docker says, so that a client cannot tell, but runs nothing.
 */
import type { ContainerConfig, HostConfig } from '../../src/api/container-config.ts';
import type { ContainerInspect, ContainerSummary, ContainerWaitResponse } from '../../src/api/container.ts';
import { DockerError } from '../../src/api/error.ts';
import type { EventMessage } from '../../src/api/events.ts';
import type { ExecCreateRequest } from '../../src/api/exec.ts';
import type { ContainerStats } from '../../src/api/stats.ts';
import type { Info, Version } from '../../src/api/system.ts';
import { encodeUtf8 } from '../../src/lib/bytes.ts';
import { deferred } from '../../src/lib/deferred.ts';
import type { StdFrame, StdStream } from '../../src/lib/stdcopy.ts';
import type { Backends } from '../../src/server/backends.ts';
import type { AttachedStreams } from '../../src/api/backend/attached-streams.ts';

interface Process {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly write: (stream: StdStream, text: string | Uint8Array) => void;
  readonly killed: Promise<number>;
}

/** What can be "run": a function from arguments to exit code. */
const programs: Record<string, (process: Process, ...args: string[]) => Promise<number> | number> = {
  true: () => 0,
  echo: ({ write }, ...words) => (write('stdout', `${words.join(' ')}\n`), 0),
  both: ({ write }) => (write('stdout', 'out\n'), write('stderr', 'err\n'), 0),
  exit: (_process, code) => Number(code),
  sleep: ({ killed }) => killed,
  async cat({ stdin, write }) {
    for await (const chunk of stdin) write('stdout', chunk);
    return 0;
  },
  async yes({ write }, count) {
    const line = 'y'.repeat(1023);
    for (let at = 0; at < Number(count); at++) write('stdout', `${line}\n`);
    return 0;
  },
};

/** Frames for any number of readers, who see what is pushed after they began. */
class Broadcast<T> {
  readonly #readers = new Set<{ queue: T[]; wake: () => void }>();
  #ended = false;

  push(item: T): void {
    for (const reader of this.#readers) {
      reader.queue.push(item);
      reader.wake();
    }
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.wake();
  }

  /** Subscribes now. */
  read(signal?: AbortSignal): AsyncIterable<T> {
    let changed = deferred();
    const reader = {
      queue: [] as T[],
      wake: () => {
        changed.resolve();
        changed = deferred();
      },
    };
    this.#readers.add(reader);
    signal?.addEventListener('abort', () => reader.wake(), { once: true });
    const items = async function* (this: Broadcast<T>) {
      try {
        for (;;) {
          const wait = changed.promise;
          yield* reader.queue.splice(0);
          if (reader.queue.length > 0) continue;
          if (this.#ended || signal?.aborted) break;
          await wait;
        }
      } finally {
        this.#readers.delete(reader);
      }
    };
    return items.call(this);
  }

  get readerCount(): number {
    return this.#readers.size;
  }
}

class FakeProcess {
  readonly output = new Broadcast<StdFrame>();
  readonly stdin = new TransformStream<Uint8Array, Uint8Array>();
  readonly log: StdFrame[] = [];
  readonly exited = deferred<number>();
  readonly #killed = deferred<number>();
  running = false;

  start([program, ...args]: readonly string[]): void {
    const run = programs[program ?? ''];
    if (run === undefined) {
      throw new DockerError(
        'invalid-parameter',
        `failed to create task for container: exec: "${program}": executable file not found in $PATH`,
      );
    }
    this.running = true;
    const process: Process = {
      stdin: this.stdin.readable,
      killed: this.#killed.promise,
      write: (stream, text) => {
        const frame = { stream, data: typeof text === 'string' ? encodeUtf8(text) : text };
        this.log.push(frame);
        this.output.push(frame);
      },
    };
    void Promise.race([Promise.resolve(run(process, ...args)), this.#killed.promise]).then((code) => {
      this.running = false;
      this.output.end();
      this.exited.resolve(code);
    });
  }

  kill(code: number): void {
    this.#killed.resolve(code);
  }

  streams(tty: boolean, stdin: boolean, signal: AbortSignal): AttachedStreams {
    return { tty, stdin: stdin ? this.stdin.writable : undefined, output: this.output.read(signal) };
  }
}

class FakeContainer {
  readonly id = [...crypto.getRandomValues(new Uint8Array(32))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  readonly created = new Date();
  readonly removed = deferred();
  process = new FakeProcess();
  status: 'created' | 'running' | 'paused' | 'exited' = 'created';
  exitCode = 0;
  size = { height: 0, width: 0 };
  name: string;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;

  constructor(name: string, config: ContainerConfig, hostConfig: HostConfig) {
    this.name = name || `fake_${this.id.slice(0, 8)}`;
    this.config = config;
    this.hostConfig = hostConfig;
  }

  get command(): string[] {
    return [...(this.config.Entrypoint ?? []), ...(this.config.Cmd ?? [])];
  }
}

const pathStat = { name: 'x', size: 5, mode: 0o644, mtime: '2026-11-21T00:00:00Z', linkTarget: '' };

export interface FakeEngine extends Backends {
  readonly found: ReadonlyMap<string, FakeContainer>;
  /** Calls whose arguments tests want to see: `[method, …]`. */
  readonly calls: unknown[][];
  /** Client connections still following events. */
  eventReaders(): number;
}

export function createFakeEngine(): FakeEngine {
  const found = new Map<string, FakeContainer>();
  const execs = new Map<
    string,
    { container: FakeContainer; request: ExecCreateRequest; process: FakeProcess; code: number | null }
  >();
  const images = new Set(['busybox:latest']);
  const calls: unknown[][] = [];
  const events = new Broadcast<EventMessage>();

  const find = (reference: string): FakeContainer => {
    const container = [...found.values()].find(({ id, name }) => id.startsWith(reference) || name === reference);
    if (container === undefined) throw new DockerError('not-found', `No such container: ${reference}`);
    return container;
  };
  const emit = (Action: string, container: FakeContainer): void => {
    const Attributes = { image: container.config.Image, name: container.name };
    const now = Date.now();
    const times = { time: Math.floor(now / 1000), timeNano: BigInt(now) * 1_000_000n };
    const Actor = { ID: container.id, Attributes };
    events.push({
      status: Action,
      id: container.id,
      from: container.config.Image,
      Type: 'container',
      Action,
      Actor,
      scope: 'local',
      ...times,
    });
  };
  const remove = (container: FakeContainer): void => {
    found.delete(container.id);
    container.removed.resolve();
    emit('destroy', container);
  };
  const stop = async (container: FakeContainer, code: number): Promise<void> => {
    container.process.kill(code);
    await container.process.exited.promise;
  };

  return {
    found,
    calls,
    eventReaders: () => events.readerCount,
    containers: {
      async list(options) {
        calls.push(['list', options]);
        return [...found.values()].filter(({ status }) => options.all || status === 'running').map(summaryOf);
      },
      async create(options) {
        calls.push(['create', options]);
        const { name, config, hostConfig } = options;
        if (!images.has(config.Image) && !images.has(`${config.Image}:latest`)) {
          throw new DockerError('not-found', `No such image: ${config.Image}:latest`);
        }
        const container = new FakeContainer(name, config, hostConfig);
        found.set(container.id, container);
        emit('create', container);
        return { Id: container.id, Warnings: [] };
      },
      inspect: async (reference) => inspectOf(find(reference)),
      async start(reference) {
        const container = find(reference);
        if (container.status === 'running') throw new DockerError('not-modified', '');
        container.process.start(container.command);
        container.status = 'running';
        emit('start', container);
        void container.process.exited.promise.then((code) => {
          container.status = 'exited';
          container.exitCode = code;
          emit('die', container);
          if (container.hostConfig.AutoRemove) remove(container);
        });
      },
      async stop(reference, options) {
        calls.push(['stop', options]);
        const container = find(reference);
        if (container.status !== 'running') throw new DockerError('not-modified', '');
        await stop(container, 143);
      },
      restart: async (reference) => stop(find(reference), 143),
      async kill(reference, signal) {
        calls.push(['kill', signal]);
        const container = find(reference);
        if (container.status !== 'running')
          throw new DockerError('conflict', `container ${container.id} is not running`);
        await stop(container, 137);
      },
      pause: async (reference) => void (find(reference).status = 'paused'),
      unpause: async (reference) => void (find(reference).status = 'running'),
      async wait(reference, condition) {
        const container = find(reference);
        const { process } = container;
        const result = async (): Promise<ContainerWaitResponse> => {
          const already = condition === 'not-running' && container.status === 'exited';
          const StatusCode = already ? container.exitCode : await process.exited.promise;
          if (condition === 'removed') await container.removed.promise;
          return { StatusCode };
        };
        return { result: result() };
      },
      async remove(reference, options) {
        calls.push(['remove', options]);
        const container = find(reference);
        if (container.status === 'running') {
          if (!options.force) {
            throw new DockerError(
              'conflict',
              `cannot remove container "${container.name}": container is running: stop the container before removing or force remove`,
            );
          }
          await stop(container, 137);
        }
        remove(container);
      },
      rename: async (reference, name) => void (find(reference).name = name),
      resize: async (reference, size) => void (find(reference).size = size),
      async attach(reference, options, signal) {
        const container = find(reference);
        return container.process.streams(container.config.Tty, options.stdin && container.config.OpenStdin, signal);
      },
      async logs(reference, options, signal) {
        calls.push(['logs', options]);
        const { process, config } = find(reference);
        const live = options.follow && process.running ? process.output.read(signal) : [];
        const past = [...process.log];
        const records = async function* () {
          for (const frames of [past, live]) {
            for await (const { stream, data } of frames) {
              if (!options[stream]) continue;
              yield [{ stream, line: data, time: 1_795_227_834_000_000_001n, attributes: { b: '2 3', a: '1' } }];
            }
          }
        };
        return { tty: config.Tty, records: records() };
      },
      top: async () => ({ Titles: ['PID', 'CMD'], Processes: [['1', 'sleep']] }),
      async stats(reference, options) {
        const { id, name } = find(reference);
        const sample = { id, name, num_procs: 0 } as ContainerStats;
        const samples = async function* () {
          for (let at = 0; at < (options.stream ? 3 : 1); at++) yield sample;
        };
        return samples();
      },
      changes: async () => [{ Path: '/x', Kind: 1 }],
      statPath: async () => pathStat,
      archive: async () => ({
        stat: pathStat,
        content: (async function* () {
          yield encodeUtf8('a tar');
        })(),
      }),
      async extract(reference, path, content, options) {
        let size = 0;
        for await (const chunk of content) size += chunk.length;
        calls.push(['extract', reference, path, size, options]);
      },
      async commit(reference, options) {
        calls.push(['commit', reference, options]);
        return 'sha256:0123';
      },
      export: async () =>
        (async function* () {
          yield encodeUtf8('a tar');
        })(),
      async update(_reference, update) {
        calls.push(['update', update]);
        return { Warnings: null };
      },
      prune: async () => ({ ContainersDeleted: null, SpaceReclaimed: 0 }),
    },
    execs: {
      async create(reference, request) {
        const container = find(reference);
        const Id = container.id.split('').reverse().join('');
        execs.set(Id, { container, request, process: new FakeProcess(), code: null });
        return { Id };
      },
      async inspect(id) {
        const { container, process, request, code } = execs.get(id)!;
        return {
          ID: id,
          Running: process.running,
          ExitCode: code,
          ProcessConfig: {
            tty: request.Tty ?? false,
            entrypoint: request.Cmd[0]!,
            arguments: request.Cmd.slice(1),
            privileged: false,
          },
          OpenStdin: request.AttachStdin ?? false,
          OpenStderr: true,
          OpenStdout: true,
          CanRemove: false,
          ContainerID: container.id,
          DetachKeys: '',
          Pid: 42,
        };
      },
      async check(id) {
        if (!execs.has(id)) throw new DockerError('not-found', `No such exec instance: ${id}`);
      },
      async start(id, options, signal) {
        calls.push(['execStart', options]);
        const exec = execs.get(id)!;
        const streams = exec.process.streams(options.tty, exec.request.AttachStdin ?? false, signal);
        try {
          exec.process.start(exec.request.Cmd);
        } catch {
          exec.code = 127;
          throw new DockerError(
            'system',
            `OCI runtime exec failed: exec failed: unable to start container process: exec: "${exec.request.Cmd[0]}": executable file not found in $PATH: unknown`,
          );
        }
        void exec.process.exited.promise.then((code) => (exec.code = code));
        return streams;
      },
      async startDetached(id) {
        execs.get(id)!.process.start(execs.get(id)!.request.Cmd);
      },
      async resize() {},
    },
    images: {
      list: async () => [],
      async inspect(image) {
        throw new DockerError('not-found', `No such image: ${image}`);
      },
      history: async () => [],
      async pull(options, progress) {
        calls.push(['pull', options]);
        if (options.image.endsWith('refused')) throw new DockerError('forbidden', 'pull access denied');
        const tag = options.tag || 'latest';
        progress({ status: `Pulling from library/${options.image}`, id: tag });
        await new Promise((resolve) => setImmediate(resolve));
        if (options.image.endsWith('broken')) throw new DockerError('system', 'unexpected EOF');
        progress({ status: `Status: Downloaded newer image for ${options.image}:${tag}` });
        images.add(`${options.image}:${tag}`);
      },
      async distribution(image) {
        throw new DockerError('not-found', `manifest unknown: ${image}`);
      },
      async search(options) {
        calls.push(['search', options]);
        return [];
      },
      async push(options, progress) {
        calls.push(['push', options]);
        progress({ status: `The push refers to repository [${options.image}]` });
      },
      async import({ source, ...options }, progress) {
        let size = 0;
        if (typeof source !== 'string') for await (const chunk of source) size += chunk.length;
        calls.push(['import', size || source, options]);
        progress({ status: 'sha256:0123' });
      },
      async save(names, platform) {
        calls.push(['save', names, platform]);
        if (names.includes('nosuch')) throw new DockerError('not-found', 'No such image: nosuch');
        return (async function* () {
          yield encodeUtf8('a tar');
        })();
      },
      async load(archive, options, progress) {
        let size = 0;
        for await (const chunk of archive) size += chunk.length;
        calls.push(['load', size, options]);
        if (size === 0) throw new DockerError('system', 'unexpected EOF');
        progress({ stream: 'Loaded image: busybox:latest\n' });
      },
      async tag(image, target) {
        calls.push(['tag', image, target]);
      },
      async delete(image, options) {
        calls.push(['delete', image, options]);
        return [{ Untagged: image }];
      },
      prune: async () => ({ ImagesDeleted: null, SpaceReclaimed: 0 }),
    },
    networks: {
      list: async () => [],
      async inspect(network) {
        throw new DockerError('not-found', `network ${network} not found`);
      },
      prune: async () => ({ NetworksDeleted: null }),
    },
    volumes: {
      list: async () => [],
      async inspect(name) {
        throw new DockerError('not-found', `get ${name}: no such volume`);
      },
      async create({ Name, Driver, DriverOpts, Labels }) {
        calls.push(['createVolume', Name]);
        return { Name, Driver, Options: DriverOpts, Labels, Mountpoint: '', Scope: 'local' };
      },
      async remove(name, options) {
        calls.push(['removeVolume', name, options]);
      },
      prune: async () => ({ VolumesDeleted: null, SpaceReclaimed: 0 }),
    },
    system: {
      engineVersion: '28.2.2',
      version: async () => version,
      async login(auth) {
        calls.push(['login', auth]);
        if (auth.password !== 'secret') throw new DockerError('unauthorized', 'wrong password');
      },
      pruneBuildCache: async () => ({ CachesDeleted: null, SpaceReclaimed: 0 }),
      async diskUsage(kinds) {
        calls.push(['diskUsage', [...kinds]]);
        return { LayersSize: 0, Images: [], Containers: [], Volumes: [], BuildCache: [] };
      },
      info: async () => ({ ...emptyInfo, Containers: found.size }),
      events(options, signal) {
        calls.push(['events', options]);
        return options.follow ? events.read(signal) : (async function* () {})();
      },
    },
  };
}

const summaryOf = (container: FakeContainer): ContainerSummary => ({
  Id: container.id,
  Names: [`/${container.name}`],
  Image: container.config.Image,
  ImageID: `sha256:${'0'.repeat(64)}`,
  Command: container.command.join(' '),
  Created: Math.floor(container.created.getTime() / 1000),
  Ports: [],
  Labels: {},
  State: container.status,
  Status: container.status === 'running' ? 'Up Less than a second' : 'Exited (0) Less than a second ago',
  HostConfig: { NetworkMode: 'bridge' },
  NetworkSettings: { Networks: {} },
  Mounts: [],
});

const inspectOf = (container: FakeContainer): ContainerInspect => ({
  Id: container.id,
  Created: container.created.toISOString(),
  Path: container.command[0] ?? '',
  Args: container.command.slice(1),
  State: {
    Status: container.status,
    Running: container.status === 'running',
    Paused: container.status === 'paused',
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: container.status === 'running' ? 4242 : 0,
    ExitCode: container.exitCode,
    Error: '',
    StartedAt: container.created.toISOString(),
    FinishedAt: '0001-01-01T00:00:00Z',
  },
  Image: `sha256:${'0'.repeat(64)}`,
  ResolvConfPath: '',
  HostnamePath: '',
  HostsPath: '',
  LogPath: '',
  Name: `/${container.name}`,
  RestartCount: 0,
  Driver: 'overlay2',
  Platform: 'linux',
  MountLabel: '',
  ProcessLabel: '',
  AppArmorProfile: '',
  ExecIDs: null,
  HostConfig: container.hostConfig,
  GraphDriver: { Name: 'overlay2', Data: null },
  Mounts: [],
  Config: container.config,
  NetworkSettings: {
    Bridge: '',
    SandboxID: '',
    SandboxKey: '',
    Ports: {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: '',
    Gateway: '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: '',
    IPPrefixLen: 0,
    IPv6Gateway: '',
    MacAddress: '',
    Networks: {},
  },
});

const version: Version = {
  Platform: { Name: 'Fake' },
  Version: '28.2.2',
  ApiVersion: '1.50',
  MinAPIVersion: '1.24',
  GitCommit: '',
  GoVersion: '',
  Os: 'linux',
  Arch: '386',
};

// Only what `docker info` and dockerode read without checking.
const emptyInfo = { ID: 'fake', Driver: 'overlay2', OSType: 'linux', ServerVersion: '28.2.2' } as Info;
