// `docker exec`: more processes in a running container.

import type { AttachedStreams } from '../../api/backend/attached-streams.ts';
import type { ExecBackend, ExecStartOptions } from '../../api/backend/exec.ts';
import type { ContainerConfig } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import type { ExecCreateRequest, ExecInspect } from '../../api/exec.ts';
import { exitCodeOf, open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { GuestError } from '../../guest/results.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { deferred, type Deferred } from '../../lib/deferred.ts';
import { randomHex } from '../../lib/hex.ts';
import type { EngineContext } from '../context.ts';
import { startExec } from '../runtime/exec-program.ts';
import { cgroupRoot } from '../runtime/paths.ts';
import { defaultRlimits, type ProcessSpec } from '../runtime/process.ts';
import { execStartMessage, explainStartFailure } from '../runtime/start-failure.ts';
import { openStreams } from '../runtime/streams.ts';
import { resolveCapabilities, type CapabilitySet } from '../security/capabilities.ts';
import { capabilitiesFor, noNewPrivilegesFor, rlimitsFor, seccompFor } from './confinement.ts';
import { requireNotRestarting, type Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { DetachKeys } from './detach-keys.ts';
import { FrameQueue } from './frame-queue.ts';
import { processEnvironment, readInRoot, textOf } from './start.ts';
import { SIGKILL } from './signals.ts';
import { settlesWithin, Stdio, type OutputSink } from './stdio.ts';
import { resizeTerminal } from './terminal.ts';
import { withLinks } from './links.ts';
import { resolveUser, type ExecUser } from './user.ts';

/** One exec instance: a command prepared for a container, running, or done. */
interface Exec {
  readonly id: string;
  readonly container: Container;
  readonly request: ExecCreateRequest;
  readonly config: ContainerConfig;
  readonly detachKeys: DetachKeys;
  readonly stdio: Stdio;
  state: 'created' | 'running' | 'exited';
  pid: number;
  exitCode: number | null;
  /** Resolves when it runs, or could not. */
  readonly started: Deferred;
  /** Milliseconds since 1970. */
  endedAt: number | undefined;
  terminalSize: readonly [height: number, width: number] | undefined;
}

/** Milliseconds for which an exec that has ended can be inspected at least. Docker forgets them after some minutes too. */
const keptAfterExit = 300_000;

/** Milliseconds for which a resize waits for the start (moby's). */
const resizePatience = 10_000;

export class ExecService implements ExecBackend {
  readonly #context: EngineContext;
  readonly #execs = new Map<string, Exec>();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  async create(reference: string, request: ExecCreateRequest): Promise<{ Id: string }> {
    const container = this.#context.containers.get(reference);
    requireRunning(container, reference);
    if (request.Cmd.length === 0) throw new DockerError('invalid-parameter', 'No exec command specified');
    const keys = request.DetachKeys ?? '';
    const detachKeys = DetachKeys.parse(keys);
    if (!detachKeys) throw new DockerError('system', `Invalid escape keys (${keys}) provided`);
    if (request.User) {
      await this.#lookUp(container, request.User).catch((error: unknown) => {
        throw new DockerError('invalid-parameter', (error as Error).message, { cause: error });
      });
    }
    // Only to see that what it is linked to runs.
    withLinks(container, []);
    const exec: Exec = {
      id: randomHex(),
      container,
      request,
      config: container.config,
      detachKeys,
      stdio: new Stdio(),
      state: 'created',
      pid: 0,
      exitCode: null,
      started: deferred(),
      endedAt: undefined,
      terminalSize: request.ConsoleSize,
    };
    for (const { id, endedAt = Infinity } of this.#execs.values()) {
      if (endedAt < Date.now() - keptAfterExit) this.#execs.delete(id);
    }
    this.#execs.set(exec.id, exec);
    container.execIds.add(exec.id);
    containerEvent(this.#context, container, `exec_create: ${request.Cmd.join(' ')}`, { execID: exec.id });
    return { Id: exec.id };
  }

  async check(id: string): Promise<void> {
    const exec = this.#get(id);
    requireRunning(exec.container);
  }

  async start(id: string, options: ExecStartOptions, signal: AbortSignal): Promise<AttachedStreams> {
    const exec = this.#get(id);
    const { request } = exec;
    requireNew(exec);
    if (options.consoleSize) exec.terminalSize = [options.consoleSize.height, options.consoleSize.width];
    const queue = new FrameQueue();
    const attachment = exec.stdio.attachOutput((stream, data) => queue.push({ stream, data }));
    void attachment.closed.then(() => queue.end());
    const stopped = new AbortController();
    signal.addEventListener('abort', () => {
      stopped.abort();
      attachment.detach();
    });

    const tty = request.Tty ?? false;
    let stdin: WritableStream<Uint8Array> | undefined;
    if (request.AttachStdin) {
      const detach = (): void => {
        stopped.abort();
        attachment.detach();
        containerEvent(this.#context, exec.container, 'exec_detach', { execID: exec.id });
      };
      const input = tty ? exec.detachKeys.watch(detach) : new TransformStream<Uint8Array, Uint8Array>();
      const given = exec.stdio.attachInput(input.readable, !tty, stopped.signal);
      void given.then(() => tty && attachment.detach()).catch(() => {});
      stdin = input.writable;
    }
    try {
      await this.#run(exec);
    } catch (error) {
      void queue.push({ stream: 'stdout', data: encodeUtf8(`${errorText(error)}\r\n`) });
      queue.end();
      exec.stdio.abandon();
    }
    return { tty, stdin, output: queue.frames() };
  }

  async startDetached(id: string): Promise<void> {
    const exec = this.#get(id);
    requireNew(exec);
    await this.#run(exec, true);
  }

  /**
   * Runs a command for the engine itself. Rejects when it cannot start; `ended` settles with its exit code when it and
   * its output have ended, -1 when the machine is gone.
   */
  async run(
    container: Container,
    request: ExecCreateRequest,
    output: OutputSink,
  ): Promise<{ ended: Promise<number>; kill(): Promise<void> }> {
    const exec = this.#get((await this.create(container.id, request)).Id);
    exec.stdio.attachOutput(output);
    const { ended } = await this.#run(exec);
    return {
      ended: ended.then(() => exec.exitCode ?? -1),
      kill: async () => {
        if (exec.state !== 'running') return;
        const p = new ProgramBuilder(`kill command in container ${container.shortId}`);
        p.try.kill(exec.pid, SIGKILL);
        await this.#context.machine.channel.run(p.build());
      },
    };
  }

  async inspect(id: string): Promise<ExecInspect> {
    const { container, request, state, exitCode, pid } = this.#get(id);
    const [entrypoint = '', ...args] = request.Cmd;
    return {
      ID: id,
      Running: state === 'running',
      ExitCode: exitCode,
      ProcessConfig: {
        tty: request.Tty ?? false,
        entrypoint,
        arguments: args,
        privileged: request.Privileged ?? false,
        ...(request.User ? { user: request.User } : {}),
      },
      OpenStdin: request.AttachStdin ?? false,
      OpenStderr: request.AttachStderr ?? false,
      OpenStdout: request.AttachStdout ?? false,
      CanRemove: false,
      ContainerID: container.id,
      DetachKeys: request.DetachKeys ?? '',
      Pid: pid,
    };
  }

  async resize(id: string, { height, width }: { height: number; width: number }): Promise<void> {
    const exec = this.#get(id);
    // A client may resize what it is only about to start.
    if (!(await settlesWithin(exec.started.promise, resizePatience))) {
      throw new DockerError('system', 'timeout waiting for exec session ready');
    }
    if (exec.pid === 0) throw new DockerError('invalid-parameter', 'exec process is not started');
    if (exec.state === 'exited') throw new DockerError('not-found', `process does not exist ${id}: not found`);
    if (exec.request.Tty) await resizeTerminal(this.#context, exec.pid, height, width);
  }

  /** Forgets a container's execs: with the end of a run those that never started, with the container all. */
  forget(container: Container, which: 'unstarted' | 'all'): void {
    for (const { id, container: owner, state } of this.#execs.values()) {
      if (owner !== container || (which === 'unstarted' && state !== 'created')) continue;
      this.#execs.delete(id);
      container.execIds.delete(id);
    }
  }

  #get(id: string): Exec {
    const exec = this.#execs.get(id);
    if (!exec) throw new DockerError('not-found', `No such exec instance: ${id}`);
    return exec;
  }

  /** Runs the command; rejects with the text a client shows, and leaves the exit code for inspect, when it cannot. */
  async #run(exec: Exec, detached = false): Promise<{ ended: Promise<void> }> {
    const { container, request } = exec;
    const { channel } = this.#context.machine;
    requireRunning(container);
    exec.state = 'running';
    try {
      if (request.WorkingDir && !request.WorkingDir.startsWith('/')) {
        throw new DockerError('system', 'OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown');
      }
      const spec = await this.#processSpec(exec);
      const p = new ProgramBuilder(`exec in container ${container.shortId}`);
      const { pid, stdio } = startExec(p, {
        process: spec,
        containerPid: container.pid,
        cgroup: cgroupRoot + container.cgroup,
        stdin: !detached && (request.AttachStdin ?? false),
        stdout: !detached && (request.AttachStdout ?? false),
        stderr: !detached && (request.AttachStderr ?? false),
      });
      const streams = openStreams(channel, p, stdio);
      const result = await channel.run(p.build());
      exec.pid = result.of(pid).result;
      exec.started.resolve();
      const exited = channel.exited(exec.pid).then((status) => this.#end(exec, exitCodeOf(status)));
      const drained = exec.stdio.connect(streams, exited);
      containerEvent(this.#context, container, `exec_start: ${request.Cmd.join(' ')}`, { execID: exec.id });
      return { ended: this.#supervise(exec, exited, drained) };
    } catch (error) {
      const failure =
        error instanceof GuestError
          ? explainStartFailure(error, request.Cmd[0]!, request.WorkingDir || exec.config.WorkingDir || '/')
          : undefined;
      this.#end(exec, failure?.exitCode ?? 126);
      throw failure ? new DockerError('invalid-parameter', execStartMessage(failure), { cause: error }) : error;
    }
  }

  async #supervise(exec: Exec, exited: Promise<void>, drained: Promise<void>): Promise<void> {
    try {
      await exited;
      await drained;
      containerEvent(this.#context, exec.container, 'exec_die', { execID: exec.id, exitCode: String(exec.exitCode) });
    } catch {
      this.#end(exec, 137);
    }
  }

  #end(exec: Exec, exitCode: number): void {
    exec.state = 'exited';
    exec.exitCode = exitCode;
    exec.container.execIds.delete(exec.id);
    exec.endedAt = Date.now();
    exec.started.resolve();
  }

  /** Who `user` is in the container; Docker looks it up when the exec is made, and again when it starts. */
  async #lookUp(container: Container, user: string): Promise<ExecUser> {
    const p = new ProgramBuilder(`look up user in container ${container.shortId}`);
    const root = p.open(`/proc/${container.pid}/root`, open.O_PATH | open.O_DIRECTORY);
    const passwd = readInRoot(p, root, 'etc/passwd');
    const group = readInRoot(p, root, 'etc/group');
    const result = await this.#context.machine.channel.run(p.build());
    return resolveUser(
      user,
      { passwd: textOf(result, passwd), group: textOf(result, group) },
      container.hostConfig.GroupAdd ?? [],
    );
  }

  async #processSpec({ container, request, config, terminalSize }: Exec): Promise<ProcessSpec> {
    const user = await this.#lookUp(container, request.User || config.User);
    const privileged = request.Privileged ?? false;
    const capabilities: CapabilitySet = privileged
      ? resolveCapabilities({ add: [], drop: [], privileged: true })
      : capabilitiesFor(container.hostConfig);
    const tty = request.Tty ?? false;
    return {
      argv: request.Cmd,
      env: processEnvironment(withLinks(container, [...(config.Env ?? []), ...(request.Env ?? [])]), {
        hostname: config.Hostname,
        tty,
        home: user.home,
      }),
      cwd: request.WorkingDir || config.WorkingDir || '/',
      user,
      tty,
      terminalSize,
      capabilities,
      noNewPrivileges: noNewPrivilegesFor(container.hostConfig),
      seccomp: privileged ? undefined : seccompFor(container.hostConfig),
      rlimits: [...defaultRlimits, ...rlimitsFor(container.hostConfig)],
      oomScoreAdj: container.hostConfig.OomScoreAdj,
    };
  }
}

function requireNew({ id, state }: Exec): void {
  if (state === 'created') return;
  throw new DockerError(
    'conflict',
    `exec command ${id} ${state === 'running' ? 'is already running' : 'has already run'}`,
  );
}

/** @param reference how the client named the container, for the daemon's message */
function requireRunning(container: Container, reference = container.id): void {
  if (!container.running) throw new DockerError('conflict', `container ${container.id} is not running`);
  if (container.paused) {
    throw new DockerError('conflict', `Container ${reference} is paused, unpause the container before exec`);
  }
  requireNotRestarting(container);
}

const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
